//! The observed state of a system that judges its rows as they are: every row by its key, and what each done step changed.
//!
//! It is enough if the invariants ask what the tables hold. A system that derives more, for example sums that are kept up to
//! date with each row, has a [`SystemState`] of its own.

use std::{
    any::{Any, TypeId},
    collections::BTreeMap,
    sync::Arc,
};

use likewise_barrier::BarrierState;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::{Delta, SystemState, row_difference};
use crate::{
    plan::Host,
    record::{Change, ChangeOp, Row, RowError},
};

/// The rows of a system's own tables, and the undo data `U` of its done steps.
#[derive(Clone)]
pub struct KeyedRows<U> {
    tables: Vec<Table>,
    done: BTreeMap<(Host, Uuid, i64), U>,
}

/// A row as its type.
type AnyRow = Arc<dyn Any + Send + Sync>;
/// The service that has the row, and the values of the columns that identify it.
type Key = (Host, Vec<String>);

#[derive(Clone)]
struct Table {
    name: &'static str,
    key: &'static [&'static str],
    row_type: TypeId,
    read: fn(&Row) -> Result<AnyRow, RowError>,
    /// What is compared: all columns.
    rows: BTreeMap<Key, Row>,
    /// What the invariants read. Each row is read once, when it comes.
    of_type: BTreeMap<Key, AnyRow>,
}

impl<U> Default for KeyedRows<U> {
    fn default() -> Self {
        let (tables, done) = (Vec::new(), BTreeMap::new());
        Self { tables, done }
    }
}

impl<U> KeyedRows<U> {
    /// The same with one more table, whose rows are of type `R`. `key` are the columns that identify a row; no update changes
    /// them. Rows of tables that are not named are not kept.
    #[must_use]
    pub fn with<R>(mut self, name: &'static str, key: &'static [&'static str]) -> Self
    where
        R: DeserializeOwned + Send + Sync + 'static,
    {
        self.tables.push(Table {
            name,
            key,
            row_type: TypeId::of::<R>(),
            read: |row| Ok(Arc::new(row.read::<R>()?)),
            rows: BTreeMap::new(),
            of_type: BTreeMap::new(),
        });
        self
    }

    /// The rows of the table with this type, of all services that have it.
    ///
    /// # Panics
    /// No table has rows of this type.
    pub fn rows<R: 'static>(&self) -> impl Iterator<Item = &R> {
        let is_meant = |table: &&Table| table.row_type == TypeId::of::<R>();
        let table = self.tables.iter().find(is_meant);
        let table = table.expect("`with` names a table for each type of row");
        let rows = table.of_type.values();
        rows.filter_map(|row| row.downcast_ref())
    }

    /// The steps that are done: their sagas, and their undo data. A step whose undo data is no `U` is left out.
    pub fn done(&self) -> impl Iterator<Item = (Uuid, &U)> {
        let done = self.done.iter();
        done.map(|((_, saga, _), undo_data)| (*saga, undo_data))
    }

    fn table(&self, name: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.name == name)
    }
}

impl Table {
    fn change(&mut self, service: Host, op: ChangeOp, row: &Row) -> Result<(), RowError> {
        let columns = self.key.iter();
        let key = columns.map(|column| row.shown(column).unwrap_or_default().into_owned());
        let key = (service, key.collect());
        if op == ChangeOp::Delete {
            self.rows.remove(&key);
            self.of_type.remove(&key);
        } else {
            self.of_type.insert(key.clone(), (self.read)(row)?);
            self.rows.insert(key, row.clone());
        }
        Ok(())
    }

    fn difference(&self, found: &Self) -> Option<String> {
        row_difference(&format!("row of {}", self.name), &self.rows, &found.rows)
    }

    fn of_service(&self, service: Host) -> Self {
        let mut table = self.clone();
        table.rows.retain(|(of, _), _| *of == service);
        table
    }
}

impl<U: DeserializeOwned + Clone + Send + 'static> SystemState for KeyedRows<U> {
    fn own_row_changed(&mut self, service: Host, change: &Change) -> Result<(), RowError> {
        let name = change.table.as_ref();
        match self.tables.iter_mut().find(|table| table.name == name) {
            Some(table) => table.change(service, change.op, &change.row),
            None => Ok(()),
        }
    }

    fn saga_row_changed(&mut self, delta: &Delta, row: &Row) -> Result<(), RowError> {
        if let Delta::Barrier {
            service,
            saga,
            step,
            after,
            ..
        } = delta
        {
            let step = (*service, *saga, *step);
            self.done.remove(&step);
            if *after == Some(BarrierState::Done) {
                let undo_data = row.text_or_null("kept")?.unwrap_or_default();
                let undo_data = serde_json::from_str(undo_data).ok();
                self.done.extend(undo_data.map(|it| (step, it)));
            }
        }
        Ok(())
    }

    fn effect_change(&self, after: &dyn SystemState) -> Option<String> {
        let after: &Self = after.of_type();
        let mut tables = self.tables.iter().zip(&after.tables);
        tables.find_map(|(table, after)| table.difference(after))
    }

    /// `found` holds the rows of one service, and another may have a table of the same name.
    fn lost_row(&self, service: Host, table: &str, found: &dyn SystemState) -> Option<String> {
        let found: &Self = found.of_type();
        let known = self.table(table)?.of_service(service);
        known.difference(found.table(table)?)
    }

    fn copy(&self) -> Box<dyn SystemState> {
        Box::new(self.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{change, step_row};
    use serde::Deserialize;
    use serde_json::json;

    const STORE: Host = Host::constant("store");
    const TILL: Host = Host::constant("till");

    #[derive(Deserialize)]
    struct Item {
        sold: i64,
    }

    fn item(op: ChangeOp, id: i64, sold: i64) -> Change {
        change("items", op, &json!({"id": id, "sold": sold, "name": "pen"}))
    }

    fn with(changes: &[(Host, Change)]) -> KeyedRows<i64> {
        let mut rows = KeyedRows::default().with::<Item>("items", &["id"]);
        for (service, change) in changes {
            rows.own_row_changed(*service, change).unwrap();
        }
        rows
    }

    #[test]
    fn a_row_is_kept_by_its_key_until_it_is_deleted() {
        let mut changes = vec![
            (STORE, item(ChangeOp::Insert, 1, 5)),
            (TILL, item(ChangeOp::Insert, 1, 7)),
            (STORE, item(ChangeOp::Update, 1, 6)),
        ];
        let sold = |changes: &[(Host, Change)]| -> Vec<i64> {
            let rows = with(changes);
            rows.rows::<Item>().map(|it| it.sold).collect()
        };
        assert_eq!(sold(&changes), [6, 7]);
        changes.push((STORE, item(ChangeOp::Delete, 1, 6)));
        assert_eq!(sold(&changes), [7]);
    }

    #[test]
    fn a_row_that_is_not_of_its_type_is_an_error() {
        let row = change("items", ChangeOp::Insert, &json!({"id": 1}));
        let error = with(&[]).own_row_changed(STORE, &row).unwrap_err();
        assert_eq!(error.to_string(), "missing field `sold`");
    }

    #[test]
    fn lost_and_changed_rows_of_one_service_are_differences() {
        let row = |sold| (STORE, item(ChangeOp::Insert, 1, sold));
        let known = with(&[row(5), (TILL, item(ChangeOp::Insert, 1, 7))]);
        let lost = |found: &[(Host, Change)]| known.lost_row(STORE, "items", &with(found));
        assert_eq!(lost(&[row(5)]), None);
        assert!(lost(&[]).unwrap().starts_with("a row of items, {"));
        assert!(lost(&[row(4)]).unwrap().contains("now is"));
        assert!(known.effect_change(&with(&[row(5)])).is_some());
        assert!(known.effect_change(&known).is_none());
    }

    #[test]
    fn undo_data_is_kept_while_its_step_is_done() {
        let mut rows = with(&[]);
        for (state, done) in [
            (BarrierState::Done, vec![5]),
            (BarrierState::Undone, vec![]),
        ] {
            let (saga, after) = (Uuid::from_u128(1), Some(state));
            let delta = Delta::Barrier {
                service: STORE,
                saga,
                step: 0,
                before: None,
                after,
            };
            let change = step_row(ChangeOp::Update, (1, 0), 0, Some(&json!(5)));
            rows.saga_row_changed(&delta, &change.row).unwrap();
            let kept: Vec<i64> = rows.done().map(|(_, delta)| *delta).collect();
            assert_eq!(kept, done);
        }
    }
}
