//! Seeing every committed row change (`seen.rs`), and reading what is there.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use likewise::store::{SqliteHandle, StoreError};

use super::seen::{Seen, Tables};
use crate::record::{Change, ChangeOp};

/// The tables whose changes are seen.
const TABLES: [&str; 7] = [
    "articles",
    "article_requests",
    "barrier",
    "likes",
    "blocked_users",
    "sagas",
    "shards",
];

/// How the changes of one database are seen.
pub(super) struct Recording {
    /// For each table: its name, and the statement that reads all its rows.
    selects: Vec<(String, String)>,
    /// Their columns.
    tables: Arc<Tables>,
}

/// How the changes of a database are seen: found out once in a process, for its schema is always the same.
pub(super) fn of(
    database: &'static str,
    connection: &SqliteHandle,
) -> Result<Arc<Recording>, StoreError> {
    static KNOWN: Mutex<BTreeMap<&str, Arc<Recording>>> = Mutex::new(BTreeMap::new());
    let known = || KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(recording) = known().get(database) {
        return Ok(Arc::clone(recording));
    }
    let recording = Arc::new(Recording::over(tables(connection)?));
    known().insert(database, Arc::clone(&recording));
    Ok(recording)
}

/// Lets the changes on a connection to a database be seen.
pub(super) fn begin(
    database: &'static str,
    connection: &mut SqliteHandle,
) -> Result<Seen, StoreError> {
    of(database, connection)?.begin(connection)
}

impl Recording {
    fn over(tables: Tables) -> Self {
        let select = |(table, columns): (&String, &Vec<String>)| {
            let fields = columns.iter().map(|column| format!("'{column}', {column}"));
            let fields = fields.collect::<Vec<_>>().join(", ");
            let select = format!("SELECT json_object({fields}) FROM {table}");
            (table.clone(), select)
        };
        Self {
            selects: tables.iter().map(select).collect(),
            tables: Arc::new(tables),
        }
    }

    /// Lets the changes on a connection be seen from now on.
    pub(super) fn begin(&self, connection: &mut SqliteHandle) -> Result<Seen, StoreError> {
        let seen = Seen::default();
        seen.watch(&self.tables, connection)?;
        Ok(seen)
    }

    /// Everything that the database holds, as if it had just been inserted.
    pub(super) fn all_rows(&self, connection: &SqliteHandle) -> Result<Vec<Change>, StoreError> {
        let mut rows = Vec::new();
        for (table, select) in &self.selects {
            let mut select = connection.sql().prepare(select)?;
            let found = select.query_map([], |row| {
                Ok(Change {
                    table: table.clone(),
                    op: ChangeOp::Insert,
                    row: row.get(0)?,
                })
            });
            rows.extend(found?.collect::<rusqlite::Result<Vec<_>>>()?);
        }
        Ok(rows)
    }
}

/// The tables whose changes are seen, with their columns.
fn tables(connection: &SqliteHandle) -> Result<Tables, StoreError> {
    let mut select = connection.sql().prepare(
        "SELECT m.name, c.name
         FROM sqlite_schema AS m JOIN pragma_table_info(m.name) AS c
         WHERE m.type = 'table' ORDER BY m.name, c.cid",
    )?;
    let mut rows = select.query([])?;
    let mut tables = Tables::new();
    while let Some(row) = rows.next()? {
        let table: String = row.get(0)?;
        if TABLES.contains(&table.as_str()) {
            tables.entry(table).or_default().push(row.get(1)?);
        }
    }
    Ok(tables)
}
