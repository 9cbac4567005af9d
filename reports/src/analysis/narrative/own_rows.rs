//! Changed rows of the tables that only one system has, in the words of the record's labels: `item 1: sold 0 → 1`.
//!
//! A table without labels, or an older record, is told in general words: `items 1: sold 0 → 1`. A record has only the rows
//! after each change. To name a value before, every commit of the run must be passed in order.

use std::{borrow::Cow, collections::BTreeMap};

use likewise_world::{
    plan::Host,
    record::{Change, ChangeOp, Labels, Place, Row, RunRecord, Shown, TableLabels, Template},
};

use super::tables;

/// Characters of a value that are told at most.
const VALUE_CHARACTERS_MAX: usize = 60;

/// The values of the rows after the commits so far.
pub(crate) struct OwnRows {
    labels: Cow<'static, Labels>,
    /// By service, table and the columns that identify the row.
    known: BTreeMap<[String; 3], Row>,
}

impl OwnRows {
    /// The state before the first event of a run.
    pub(super) fn of(record: &RunRecord) -> Self {
        let labels = record.labels.clone();
        Self {
            labels: labels.unwrap_or(Cow::Owned(Labels::NONE)),
            known: BTreeMap::new(),
        }
    }

    /// How the record names the tables and sagas of its system.
    pub(super) fn labels(&self) -> &Labels {
        &self.labels
    }

    /// Whether a change belongs to the set-up and not to the system.
    pub(super) fn is_set_up(&self, host: Host, change: &Change) -> bool {
        let labels = self.labels.table(host.first().name(), &change.table);
        labels.is_some_and(|labels| labels.is_set_up)
    }

    /// The change in words. `None` if the labels do not tell it, or if nothing that is told has changed.
    pub(super) fn phrase(&mut self, host: Host, change: &Change) -> Option<String> {
        let service = host.first().name();
        let labels = self.labels.table(service, &change.table);
        if labels.is_some_and(is_silent) {
            return None;
        }
        let key = key(labels, &change.row);
        let place = [service.to_owned(), change.table.to_string(), key];
        let before = match change.op {
            ChangeOp::Delete => self.known.remove(&place),
            _ => self.known.insert(place.clone(), change.row.clone()),
        };
        let [_, table, key] = place;
        match self.labels.table(service, &table) {
            Some(labels) => labelled(labels, change, before.as_ref()),
            None => general(&format!("{table} {key}"), change, before.as_ref()),
        }
    }
}

fn is_silent(labels: &TableLabels) -> bool {
    let phrases = [&labels.insert, &labels.update, &labels.delete];
    phrases.into_iter().all(Option::is_none)
}

fn key(labels: Option<&TableLabels>, row: &Row) -> String {
    match labels {
        Some(labels) => values(row, labels.key.iter().map(|column| &**column)),
        None => values(row, tables::key_columns(row).into_iter()),
    }
}

fn values<'a>(row: &Row, columns: impl Iterator<Item = &'a str>) -> String {
    columns
        .map(|column| value(row, column))
        .collect::<Vec<_>>()
        .join(" ")
}

/// An update whose value before is unknown is told as a new row.
fn labelled(labels: &TableLabels, change: &Change, before: Option<&Row>) -> Option<String> {
    let template = match (change.op, before) {
        (ChangeOp::Insert, _) => labels.insert.as_ref()?,
        (ChangeOp::Delete, _) => labels.delete.as_ref()?,
        (ChangeOp::Update, before) => {
            let update = labels.update.as_ref()?;
            match (names_before(update), before) {
                (false, _) => update,
                (true, None) => labels.insert.as_ref()?,
                (true, Some(before)) => {
                    tells_a_change(update, before, &change.row).then_some(update)?
                }
            }
        }
    };
    Some(template.render(|place| match (place.shown, before) {
        (Shown::Before, Some(before)) => value(before, place.name),
        (Shown::Changes, Some(before)) => changes(before, &change.row, place.columns()),
        _ => value(&change.row, place.name),
    }))
}

fn names_before(update: &Template) -> bool {
    update.places().any(Place::needs_before)
}

fn tells_a_change(update: &Template, before: &Row, after: &Row) -> bool {
    let told = update.places().filter(|place| place.needs_before());
    let mut told = told.flat_map(Place::columns);
    told.any(|column| before.shown(column) != after.shown(column))
}

/// Those of these columns that have changed, with both values.
fn changes<'a>(before: &Row, after: &Row, columns: impl Iterator<Item = &'a str>) -> String {
    let changed = columns.filter(|it| before.shown(it) != after.shown(it));
    let words = |it| format!("{it} {} → {}", value(before, it), value(after, it));
    changed.map(words).collect::<Vec<_>>().join(", ")
}

/// The change of a table without labels: the name of the row, and the columns that have changed.
fn general(name: &str, change: &Change, before: Option<&Row>) -> Option<String> {
    let after = &change.row;
    let told = match (change.op, before) {
        (ChangeOp::Delete, _) => return Some(format!("{name} gone")),
        (ChangeOp::Update, Some(before)) => changes(before, after, after.columns()),
        (ChangeOp::Insert | ChangeOp::Update, _) => {
            let key = tables::key_columns(after);
            let others = after.columns().filter(|column| !key.contains(column));
            let words = |column| format!("{column} {}", value(after, column));
            let mut words: Vec<String> = others.map(words).collect();
            words.insert(0, "new".to_owned());
            words.join(", ")
        }
    };
    (!told.is_empty()).then(|| format!("{name}: {told}"))
}

/// A value in a few characters and one line. An identity would differ between plans and say nothing to a reader, so only
/// its end is told. A column that does not exist is told as such: records come from files, and a caption must not make a
/// whole report fail.
fn value(row: &Row, column: &str) -> String {
    let Some(text) = row.shown(column) else {
        return "–".to_owned();
    };
    if text.is_empty() {
        return "nothing".to_owned();
    }
    if tables::is_identity(&text) {
        return format!("…{}", &text[text.len() - 6..]);
    }
    let mut short: String = text.chars().take(VALUE_CHARACTERS_MAX).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short.replace(char::is_control, " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{labels::labels, records::STORE};

    const ITEM: &str = r#"{"id":1,"name":"pencil","sold":0}"#;

    fn rows(labels: Labels) -> OwnRows {
        OwnRows {
            labels: Cow::Owned(labels),
            known: BTreeMap::new(),
        }
    }

    fn change(table: &'static str, op: ChangeOp, row: &str) -> Change {
        Change {
            table: table.into(),
            op,
            row: row.parse().unwrap(),
        }
    }

    fn told(rows: &mut OwnRows, changes: &[(ChangeOp, &str)]) -> Vec<Option<String>> {
        let told = |(op, row): &(ChangeOp, &str)| rows.phrase(STORE, &change("items", *op, row));
        changes.iter().map(told).collect()
    }

    const CHANGES: [(ChangeOp, &str); 5] = [
        (ChangeOp::Update, ITEM),
        (ChangeOp::Update, r#"{"id":1,"name":"pencil","sold":1}"#),
        (ChangeOp::Update, r#"{"id":1,"name":"pen","sold":1}"#),
        (ChangeOp::Delete, r#"{"id":1,"name":"pen","sold":1}"#),
        (ChangeOp::Insert, ITEM),
    ];

    #[test]
    fn an_update_is_told_if_a_value_before_that_it_names_has_changed() {
        let phrases = told(&mut rows(labels()), &CHANGES);
        let phrases: Vec<Option<&str>> = phrases.iter().map(Option::as_deref).collect();
        let expected = [
            Some("item 1: sold 0"),
            Some("item 1: sold 0 → 1"),
            None,
            Some("item 1 gone"),
            Some("item 1: sold 0"),
        ];
        assert_eq!(phrases, expected);
    }

    #[test]
    fn columns_that_did_not_change_are_left_out() {
        let mut labels = labels();
        let items = labels.tables.iter_mut().find(|it| it.table == "items");
        items.unwrap().update = Some(Template::new("item {id}: {sold,name:changes}"));
        let phrases = told(&mut rows(labels), &CHANGES[..3]);
        let phrases: Vec<Option<&str>> = phrases.iter().map(Option::as_deref).collect();
        let expected = [
            Some("item 1: sold 0"),
            Some("item 1: sold 0 → 1"),
            Some("item 1: name pencil → pen"),
        ];
        assert_eq!(phrases, expected);
    }

    #[test]
    fn rows_without_labels_are_told_in_general_words() {
        let phrases = told(&mut rows(Labels::NONE), &CHANGES);
        let phrases: Vec<Option<&str>> = phrases.iter().map(Option::as_deref).collect();
        let expected = [
            Some("items 1: new, name pencil, sold 0"),
            Some("items 1: sold 0 → 1"),
            Some("items 1: name pencil → pen"),
            Some("items 1 gone"),
            Some("items 1: new, name pencil, sold 0"),
        ];
        assert_eq!(phrases, expected);
    }

    #[test]
    fn a_value_is_short_and_on_one_line() {
        let row = |name: &str| -> Row {
            let row = serde_json::json!({ "id": 1, "name": name, "gone": null });
            row.to_string().parse().unwrap()
        };
        assert_eq!(value(&row("a\nb"), "name"), "a b");
        assert_eq!(value(&row("a"), "gone"), "nothing");
        assert_eq!(value(&row("a"), "other"), "–");
        assert_eq!(value(&row(&"é".repeat(99)), "name").chars().count(), 61);
        let id = "018f0000-0000-7000-8000-000000abcdef";
        assert_eq!(value(&row(id), "name"), "…abcdef");
    }
}
