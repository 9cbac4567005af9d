//! Where two numbers that must meet parted for good: the commit after which they never met again.

use std::collections::BTreeMap;

use likewise_world::record::{
    ChangeOp, Event, EventKind, Plot, PlotLine, Row, RunRecord, TableLabels, Violation,
};

use crate::analysis::narrative::{phases, tables::key_columns};

/// The commit after which the numbers of a plot never met again before a violation, and what they were then. `None` if no
/// plot has numbers that differ.
pub(super) fn of_numbers(record: &RunRecord, violation: &Violation) -> Option<(usize, String)> {
    let labels = record.labels.as_deref()?;
    let found = labels.plots.iter().filter_map(|plot| {
        let tables = &labels.tables;
        parted(record, plot, tables, violation.event)
    });
    found.min_by_key(|(event, _)| *event)
}

/// What the numbers of a plot were in the end, before the probes, if they did not meet.
pub(super) fn at_end(record: &RunRecord) -> Option<String> {
    let labels = record.labels.as_deref()?;
    let is_end = |event: &Event| matches!(&event.kind, EventKind::Phase { name } if name == phases::PROBES || name == phases::END);
    let end = record.events.iter().position(is_end)?;
    let mut plots = labels.plots.iter();
    let parted = plots.find_map(|plot| parted(record, plot, &labels.tables, end));
    parted.map(|(_, words)| words)
}

/// The rows that a line of a plot counts or adds up, by their key: which number they belong to, and how much they add.
type Rows = BTreeMap<String, (String, i64)>;

fn parted(
    record: &RunRecord,
    plot: &Plot,
    tables: &[TableLabels],
    until: usize,
) -> Option<(usize, String)> {
    let [one, other] = &plot.lines;
    let mut rows = [Rows::new(), Rows::new()];
    let mut since: BTreeMap<String, usize> = BTreeMap::new();
    let mut last: BTreeMap<String, (i64, i64)> = BTreeMap::new();
    for (place, event) in record.events.iter().enumerate().take(until + 1) {
        let EventKind::Committed { changes, .. } = &event.kind else {
            continue;
        };
        for change in changes {
            for (line, rows) in [one, other].into_iter().zip(&mut rows) {
                if event.host.first().name() == line.service && change.table == line.table {
                    note(line, tables, (change.op, &change.row), rows);
                }
            }
        }
        let numbers = numbers(&rows);
        for (key, (a, b)) in &numbers {
            match a == b {
                true => drop(since.remove(key)),
                false => drop(since.entry(key.clone()).or_insert(place)),
            }
        }
        last = numbers;
    }
    let (key, place) = since.into_iter().min_by_key(|(_, place)| *place)?;
    let (a, b) = last.get(&key).copied()?;
    let of = match (plot.noun.as_ref(), key.as_str()) {
        ("", _) | (_, "") => String::new(),
        (noun, key) => format!(" of {noun} {key}"),
    };
    let number = |number: i64| number.to_string().replace('-', "−");
    let (a, b) = (number(a), number(b));
    let words = format!(
        "the two numbers{of} differ: {} {a}, {} {b}",
        one.name, other.name
    );
    Some((place, words))
}

fn note(line: &PlotLine, tables: &[TableLabels], (op, row): (ChangeOp, &Row), rows: &mut Rows) {
    let mut labelled = tables.iter();
    let labels = labelled.find(|it| it.service == line.service && it.table == line.table);
    let columns: Vec<&str> = match labels {
        Some(labels) => labels.key.iter().map(|column| &**column).collect(),
        None => key_columns(row),
    };
    let shown = |column: &str| row.shown(column).unwrap_or_default();
    let id: Vec<String> = columns.into_iter().map(|it| shown(it).into()).collect();
    let id = id.join(" ");
    if op == ChangeOp::Delete {
        rows.remove(&id);
        return;
    }
    let key = line
        .key
        .as_deref()
        .map_or_else(String::new, |it| shown(it).into());
    let amount = match &line.sum {
        Some(column) => row.integer(column).unwrap_or(0),
        None => 1,
    };
    rows.insert(id, (key, amount));
}

/// Both numbers for each key.
fn numbers(rows: &[Rows; 2]) -> BTreeMap<String, (i64, i64)> {
    let mut numbers: BTreeMap<String, (i64, i64)> = BTreeMap::new();
    for (key, amount) in rows[0].values() {
        numbers.entry(key.clone()).or_default().0 += amount;
    }
    for (key, amount) in rows[1].values() {
        numbers.entry(key.clone()).or_default().1 += amount;
    }
    numbers
}
