//! Labels that contradict the tables of their system: the first one that does, by name.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use super::{Labels, Place, Plot, PlotLine, TableLabels, Template, Word};
use crate::system::ServiceSpec;

/// The tables that any system has. Reports know them.
const OF_ANY_SYSTEM: [&str; 8] = [
    "barrier",
    "barrier_watermarks",
    "sagas",
    "saga_changes",
    "saga_parks",
    "shards",
    "retention",
    "saga_audit",
];

/// A label that contradicts its system.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {what}")]
pub struct LabelProblem {
    /// The label: `tables[2].columns`.
    pub place: String,
    /// What is wrong with it, and what would be right.
    pub what: String,
}

/// The columns of each table of each service.
type Columns = BTreeMap<(Word, String), BTreeSet<String>>;

/// The first label that names a service, a table or a column that does not exist, or that cannot be shown.
///
/// The columns are those of the services' own migrations, which are applied to an empty database.
///
/// # Errors
/// A migration cannot be applied.
pub fn label_problem(
    labels: &Labels,
    services: &[ServiceSpec],
) -> Result<Option<LabelProblem>, rusqlite::Error> {
    let columns = columns(services)?;
    let tables = labels.tables.iter().enumerate();
    let of_tables = tables.map(|(place, table)| table_problem(table, place, labels, &columns));
    let sagas = labels.sagas.iter().enumerate();
    let of_sagas = sagas.map(|(place, saga)| {
        let phrases = [("purpose", &saga.purpose), ("short", &saga.short)];
        let mut phrases = phrases.into_iter();
        phrases.find_map(|(name, phrase)| {
            saga_phrase_problem(phrase, format!("sagas[{place}].{name}"))
        })
    });
    let plots = labels.plots.iter().enumerate();
    let of_plots = plots.map(|(place, plot)| plot_problem(plot, place, &columns));
    let mut all = of_tables.chain(of_sagas).chain(of_plots);
    Ok(all.find_map(|problem| problem))
}

fn problem(place: impl fmt::Display, what: String) -> Option<LabelProblem> {
    let place = place.to_string();
    Some(LabelProblem { place, what })
}

/// Reads the columns from a database with the services' migrations.
fn columns(services: &[ServiceSpec]) -> Result<Columns, rusqlite::Error> {
    let mut all = Columns::new();
    for service in services {
        let database = rusqlite::Connection::open_in_memory()?;
        for migration in service.schema.migrations {
            database.execute_batch(migration.sqlite)?;
        }
        for table in service.tables {
            let mut select = database.prepare("SELECT name FROM pragma_table_info(?1)")?;
            let names = select.query_map([table], |row| row.get(0))?;
            let columns = names.collect::<Result<_, _>>()?;
            all.insert((service.name.text().into(), (*table).to_owned()), columns);
        }
    }
    Ok(all)
}

/// The columns of a table, or why there is no such table.
fn columns_of<'a>(
    columns: &'a Columns,
    service: &Word,
    table: &str,
) -> Result<&'a BTreeSet<String>, String> {
    if OF_ANY_SYSTEM.contains(&table) {
        return Err(format!(
            "the table {table} is of any system; reports know it, so remove the label"
        ));
    }
    let found = columns.get(&(service.clone(), table.to_owned()));
    found.ok_or_else(|| {
        let of_service = columns.keys().filter(|(name, _)| name == service);
        let tables: Vec<&str> = of_service.map(|(_, table)| table.as_str()).collect();
        match tables.is_empty() {
            true => format!("there is no service {service}"),
            false => format!(
                "{service} has no captured table {table}; it has {}",
                tables.join(", ")
            ),
        }
    })
}

fn table_problem(
    table: &TableLabels,
    place: usize,
    labels: &Labels,
    columns: &Columns,
) -> Option<LabelProblem> {
    let at = |name: &str| format!("tables[{place}].{name}");
    let known = match columns_of(columns, &table.service, &table.table) {
        Ok(known) => known,
        Err(what) => return problem(at("table"), what),
    };
    let is_same =
        |other: &&TableLabels| other.service == table.service && other.table == table.table;
    if labels.tables.iter().filter(is_same).count() > 1 {
        return problem(at("table"), format!("{} has labels twice", table.table));
    }
    if table.key.is_empty() {
        return problem(at("key"), "no column identifies a row".to_owned());
    }
    let lists = [("key", &table.key), ("columns", &table.columns)];
    let phrases = [
        ("insert", &table.insert, false),
        ("update", &table.update, true),
        ("delete", &table.delete, false),
    ];
    let in_list = |(name, list): (&str, &Vec<Word>)| {
        let unknown = list.iter().find(|column| !known.contains(&***column))?;
        problem(at(name), no_column(&table.table, unknown, known))
    };
    let in_phrase = |(name, phrase, has_before): (&str, &Option<Template>, bool)| {
        table_phrase_problem(phrase.as_ref()?, table, known, has_before)
            .and_then(|what| problem(at(name), what))
    };
    let of_lists = lists.into_iter().find_map(in_list);
    of_lists.or_else(|| phrases.into_iter().find_map(in_phrase))
}

fn no_column(table: &str, column: &str, known: &BTreeSet<String>) -> String {
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    format!(
        "{table} has no column {column}; it has {}",
        known.join(", ")
    )
}

fn table_phrase_problem(
    phrase: &Template,
    table: &TableLabels,
    known: &BTreeSet<String>,
    has_before: bool,
) -> Option<String> {
    if !phrase.is_closed() {
        return Some(not_closed(phrase));
    }
    let mut columns = phrase.places().flat_map(Place::columns);
    if let Some(column) = columns.find(|column| !known.contains(*column)) {
        return Some(no_column(&table.table, column, known));
    }
    let mut places = phrase.places();
    let early = places.find(|place| place.needs_before() && !has_before)?;
    let names: Vec<String> = early.columns().map(|name| format!("{{{name}}}")).collect();
    let names = names.join(", ");
    Some(format!("only an update has a value before; write {names}"))
}

fn not_closed(phrase: &Template) -> String {
    format!("a brace is not closed in “{phrase}”")
}

fn saga_phrase_problem(phrase: &Template, at: String) -> Option<LabelProblem> {
    if !phrase.is_closed() {
        return problem(at, not_closed(phrase));
    }
    let is_known = |name: &str| name == "kind" || name.starts_with("args.");
    let unknown = phrase.places().find(|place| !is_known(place.name))?;
    let name = unknown.name;
    problem(
        at,
        format!("a saga has no {name}; write {{kind}} or {{args.{name}}}"),
    )
}

fn plot_problem(plot: &Plot, place: usize, columns: &Columns) -> Option<LabelProblem> {
    let at = |name: &str| format!("plots[{place}].{name}");
    let of_line = |(number, line): (usize, &PlotLine)| {
        let at = at(&format!("lines[{number}]"));
        let known = match columns_of(columns, &line.service, &line.table) {
            Ok(known) => known,
            Err(what) => return problem(at, what),
        };
        let mut named = line.key.iter().chain(&line.sum);
        let unknown = named.find(|column| !known.contains(&***column))?;
        problem(at, no_column(&line.table, unknown, known))
    };
    let has_key = |line: &PlotLine| line.key.is_some();
    let keyed = plot.lines.iter().filter(|line| has_key(line)).count();
    let key_of_range = plot
        .allowed
        .as_ref()
        .is_none_or(|range| range.key.is_some() == (keyed > 0) && !range.item.is_empty());
    let mut lines = plot.lines.iter().enumerate();
    lines.find_map(of_line).or_else(|| {
        if keyed == 1 {
            let what = "one line has a key and the other has none".to_owned();
            return problem(at("lines"), what);
        }
        if plot.noun.is_empty() == (keyed > 0) {
            let what = "a plot has a noun if its lines have keys, and only then".to_owned();
            return problem(at("noun"), what);
        }
        (!key_of_range).then(|| LabelProblem {
            place: at("allowed"),
            what:
                "the range needs a field with the key of the lines, and fields that name the item"
                    .to_owned(),
        })
    })
}
