//! The tables whose changes are captured, and reading all their rows.
//!
//! `change_capture.rs` is the hook itself.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use likewise_saga::store::{SqliteConnection, StoreError};
use rusqlite::types::ValueRef;

use super::change_capture::{CapturedTable, ChangeCapture, TableMap};
use crate::{
    record::{Change, ChangeOp, Row, SqlValue},
    system::ServiceSpec,
};

/// The name of a database, and the tables whose changes the checks see.
type Known = (&'static str, &'static [&'static str]);

/// The captured tables of one database.
pub(crate) struct CapturedTables {
    tables: Arc<TableMap>,
    /// Their names, a table before those whose rows belong to it.
    order: &'static [&'static str],
}

/// The captured tables of a database. They are read once in a test process, because the schema is always the same.
///
/// # Errors
/// The schema cannot be read.
pub(crate) fn of_database(
    service: &'static ServiceSpec,
    connection: &SqliteConnection,
) -> Result<Arc<CapturedTables>, StoreError> {
    static KNOWN: Mutex<BTreeMap<Known, Arc<CapturedTables>>> = Mutex::new(BTreeMap::new());
    let known = || KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let key = (service.name.text(), service.tables);
    if let Some(captured) = known().get(&key) {
        return Ok(Arc::clone(captured));
    }
    let tables = tables(service.tables, connection)?;
    let captured = Arc::new(CapturedTables {
        tables: Arc::new(tables),
        order: service.tables,
    });
    known().insert(key, Arc::clone(&captured));
    Ok(captured)
}

/// Captures the changes that a connection to this database makes from now on.
///
/// # Errors
/// The schema cannot be read, or the connection has no memory left.
pub(crate) fn capture(
    service: &'static ServiceSpec,
    connection: &mut SqliteConnection,
) -> Result<ChangeCapture, StoreError> {
    of_database(service, connection)?.capture(connection)
}

impl CapturedTables {
    /// Captures the changes that a connection makes from now on.
    pub(crate) fn capture(
        &self,
        connection: &mut SqliteConnection,
    ) -> Result<ChangeCapture, StoreError> {
        let capture = ChangeCapture::default();
        capture.watch(&self.tables, connection)?;
        Ok(capture)
    }

    /// All rows of these tables, as if they had just been inserted.
    pub(crate) fn all_rows(
        &self,
        connection: &SqliteConnection,
    ) -> Result<Vec<Change>, StoreError> {
        let mut rows = Vec::new();
        let in_order = self.order.iter().filter_map(|name| self.tables.get(name));
        for CapturedTable { name, columns, .. } in in_order {
            let select = format!("SELECT {} FROM {name}", columns.join(", "));
            let mut select = connection.driver().prepare(&select)?;
            let found = select.query_map([], |row| {
                Ok(Change {
                    table: (*name).into(),
                    op: ChangeOp::Insert,
                    row: copy(row, columns)?,
                })
            });
            rows.extend(found?.collect::<rusqlite::Result<Vec<_>>>()?);
        }
        Ok(rows)
    }
}

/// A row with these columns. A row with a value that the record cannot hold gets no columns, which the checks report.
fn copy(from: &rusqlite::Row<'_>, columns: &Arc<[String]>) -> rusqlite::Result<Row> {
    let mut packed = Vec::new();
    for place in 0..columns.len() {
        match from.get_ref(place)? {
            ValueRef::Null => SqlValue::Null.pack(&mut packed),
            ValueRef::Integer(number) => SqlValue::Integer(number).pack(&mut packed),
            ValueRef::Text(text) => {
                SqlValue::Text(&String::from_utf8_lossy(text)).pack(&mut packed)
            }
            ValueRef::Real(_) | ValueRef::Blob(_) => return Ok(Row::default()),
        }
    }
    Ok(Row::new(columns, &packed))
}

/// Reads the captured tables and their columns from the schema.
fn tables(
    captured: &'static [&'static str],
    connection: &SqliteConnection,
) -> Result<TableMap, StoreError> {
    let mut select = connection.driver().prepare(
        "SELECT m.name, c.name
         FROM sqlite_schema AS m JOIN pragma_table_info(m.name) AS c
         WHERE m.type = 'table' ORDER BY m.name, c.cid",
    )?;
    let mut rows = select.query([])?;
    let mut columns: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let table = row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?;
        if let Some(known) = captured.iter().find(|known| **known == table) {
            columns.entry(known).or_default().push(row.get(1)?);
        }
    }
    let tables = columns.into_iter();
    Ok(tables
        .map(|(name, columns)| (name, CapturedTable::new(name, columns)))
        .collect())
}
