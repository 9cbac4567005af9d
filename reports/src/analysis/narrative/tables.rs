//! The tables of a run: what a reader calls them, which columns identify a row, and which are shown.
//!
//! The tables that any system has are known here. The record's labels name those of its system. What has no labels, as in
//! older records, is guessed from the names of the columns.

use std::collections::BTreeMap;

use likewise_world::record::{EventKind, Labels, Row, RunRecord};
use serde::Serialize;

/// A table, as pages show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Table {
    pub(crate) title: String,
    /// The columns that identify a row.
    pub(crate) key: Vec<String>,
    /// The columns that are shown. Without any, the table is not shown.
    pub(crate) columns: Vec<String>,
    /// How many of them are enough to name a row.
    pub(crate) naming: usize,
}

/// The tables with changed rows, by service and name: `store/items`.
pub(crate) fn tables(record: &RunRecord) -> BTreeMap<String, Table> {
    let labels = record.labels.as_deref().unwrap_or(const { &Labels::NONE });
    let mut tables = BTreeMap::new();
    for event in &record.events {
        let EventKind::Committed { changes, .. } = &event.kind else {
            continue;
        };
        let service = event.host.first().name();
        for change in changes {
            let name = &*change.table;
            tables
                .entry(format!("{service}/{name}"))
                .or_insert_with(|| table(labels, service, name, &change.row));
        }
    }
    tables
}

fn table(labels: &Labels, service: &str, name: &str, row: &Row) -> Table {
    let of_any_system = of_any_system(name, row);
    of_any_system.unwrap_or_else(|| match labels.table(service, name) {
        Some(labels) => Table {
            title: labels.title.to_string(),
            key: labels.key.iter().map(ToString::to_string).collect(),
            columns: labels.columns.iter().map(ToString::to_string).collect(),
            naming: 1,
        },
        None => unknown(name, row),
    })
}

/// The tables of the barrier and of the saga log. The page writes the number of a saga in the column `saga`.
fn of_any_system(name: &str, row: &Row) -> Option<Table> {
    let (title, key, columns, naming): (_, &[&str], &[&str], _) = match name {
        "barrier" => (
            "barrier rows",
            &["saga", "step"],
            &["saga", "step", "state"],
            2,
        ),
        // In older records a saga's row has its status.
        "sagas" if row.integer("status").is_ok() => (
            "saga log",
            &["id"],
            &["saga", "kind", "status", "epoch", "parked"],
            1,
        ),
        "sagas" => ("saga log", &["id"], &["saga", "kind", "epoch"], 1),
        "saga_changes" => (
            "changes of sagas",
            &["saga", "from_status"],
            &["saga", "status", "epoch", "parked"],
            1,
        ),
        "saga_parks" => (
            "parked sagas",
            &["saga", "status"],
            &["saga", "status", "epoch"],
            1,
        ),
        "barrier_watermarks" => (
            "watermark of retention",
            &["shard"],
            &["shard", "below", "epoch"],
            1,
        ),
        "retention" => (
            "watermarks of retention",
            &["shard"],
            &["shard", "below", "keys_below"],
            1,
        ),
        "saga_audit" => (
            "audit of orders",
            &["number"],
            &["number", "actor", "action", "target", "reason"],
            1,
        ),
        "shards" => ("lease", &["shard"], &["shard", "epoch", "holder"], 1),
        _ => return None,
    };
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    Some(Table {
        title: title.to_owned(),
        key: owned(key),
        columns: owned(columns),
        naming,
    })
}

/// A table without labels shows every column, those that identify a row first.
fn unknown(name: &str, row: &Row) -> Table {
    let key = key_columns(row);
    let others = row.columns().filter(|column| !key.contains(column));
    let columns = key.iter().copied().chain(others);
    Table {
        title: name.to_owned(),
        columns: columns.map(str::to_owned).collect(),
        naming: key.len(),
        key: key.into_iter().map(str::to_owned).collect(),
    }
}

/// The columns that probably identify a row: `id`, else those whose names end with `id` or `key`, else all.
pub(crate) fn key_columns(row: &Row) -> Vec<&str> {
    if row.columns().any(|column| column == "id") {
        return vec!["id"];
    }
    let is_key = |column: &&str| column.ends_with("id") || column.ends_with("key");
    let keys: Vec<&str> = row.columns().filter(is_key).collect();
    match keys.is_empty() {
        true => row.columns().collect(),
        false => keys,
    }
}

/// Whether a text has the form of a UUID.
pub(crate) fn is_identity(text: &str) -> bool {
    let lengths = text.split('-').map(str::len);
    text.is_ascii()
        && lengths.eq([8, 4, 4, 4, 12])
        && text.chars().all(|c| c == '-' || c.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::records;

    #[test]
    fn a_table_has_the_title_and_the_columns_of_its_labels() {
        let tables = tables(&records::green());
        let names: Vec<&str> = tables.keys().map(String::as_str).collect();
        let expected = [
            "coordinator/sagas",
            "store/barrier",
            "store/items",
            "till/barrier",
            "till/orders",
        ];
        assert_eq!(names, expected);
        let items = &tables["store/items"];
        assert_eq!((items.title.as_str(), items.naming), ("items in stock", 1));
        assert_eq!(items.columns, ["id", "sold", "name"]);
        assert_eq!(tables["store/barrier"].key, ["saga", "step"]);
    }

    #[test]
    fn a_table_of_an_older_record_shows_every_column() {
        let tables = tables(&records::older());
        let orders = &tables["till/orders"];
        assert_eq!(orders.title, "orders");
        assert_eq!(orders.key, ["order_id"]);
        assert_eq!(
            orders.columns,
            ["order_id", "created_at", "customer", "item"]
        );
        assert_eq!(tables["coordinator/sagas"].title, "saga log");
    }

    #[test]
    fn columns_are_guessed_to_identify_a_row() {
        let key = |row: &str| -> Vec<String> {
            let row: Row = row.parse().unwrap();
            key_columns(&row).into_iter().map(str::to_owned).collect()
        };
        assert_eq!(key(r#"{"id":1,"shop_id":2}"#), ["id"]);
        assert_eq!(
            key(r#"{"a":1,"request_key":"x","shop_id":2}"#),
            ["request_key", "shop_id"]
        );
        assert_eq!(key(r#"{"a":1,"b":2}"#), ["a", "b"]);
    }
}
