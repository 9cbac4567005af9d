//! Seeing every committed row change: temporary triggers, which live on the simulator's connection
//! alone, hand each changed row over (`seen.rs`).

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use sqlx::{AssertSqlSafe, Row, sqlite::SqliteConnection};

use super::seen::Seen;
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
    /// What installs the triggers.
    script: String,
}

/// How the changes of a database are seen: found out once in a process, for its schema is always the same.
pub(super) async fn of(
    database: &'static str,
    connection: &mut SqliteConnection,
) -> sqlx::Result<Arc<Recording>> {
    static KNOWN: Mutex<BTreeMap<&str, Arc<Recording>>> = Mutex::new(BTreeMap::new());
    let known = || KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(recording) = known().get(database) {
        return Ok(Arc::clone(recording));
    }
    let recording = Arc::new(Recording::over(&tables(connection).await?));
    known().insert(database, Arc::clone(&recording));
    Ok(recording)
}

/// Lets the changes on a connection to a database be seen.
pub(super) async fn begin(
    database: &'static str,
    connection: &mut SqliteConnection,
) -> sqlx::Result<Seen> {
    let recording = of(database, connection).await?;
    recording.begin(connection).await
}

impl Recording {
    fn over(tables: &[(String, String)]) -> Self {
        let select = |(table, columns): &(String, String)| {
            let columns = columns.replace('@', table);
            let select = format!("SELECT json_object({columns}) FROM {table}");
            (table.clone(), select)
        };
        Self {
            selects: tables.iter().map(select).collect(),
            script: tables.iter().map(triggers).collect(),
        }
    }

    /// Installs the triggers that hand changed rows over.
    pub(super) async fn begin(&self, connection: &mut SqliteConnection) -> sqlx::Result<Seen> {
        let seen = Seen::default();
        seen.listen(connection).await?;
        let script = AssertSqlSafe(self.script.clone());
        sqlx::raw_sql(script).execute(connection).await?;
        Ok(seen)
    }

    /// Everything that the database holds, as if it had just been inserted.
    pub(super) async fn all_rows(
        &self,
        connection: &mut SqliteConnection,
    ) -> sqlx::Result<Vec<Change>> {
        let mut rows = Vec::new();
        for (table, select) in &self.selects {
            let select = sqlx::query(AssertSqlSafe(select.clone()));
            for row in select.fetch_all(&mut *connection).await? {
                rows.push(Change {
                    table: table.clone(),
                    op: ChangeOp::Insert,
                    row: row.try_get(0)?,
                });
            }
        }
        Ok(rows)
    }
}

fn triggers((table, columns): &(String, String)) -> String {
    let kinds = [
        (0, "INSERT", "NEW"),
        (1, "UPDATE", "NEW"),
        (2, "DELETE", "OLD"),
    ];
    let trigger = |(code, op, side)| {
        let content = columns.replace('@', side);
        format!(
            "CREATE TEMP TRIGGER seen_{table}_{code} AFTER {op} ON main.{table} BEGIN
                 SELECT seen('{table}', {code}, json_object({content}));
             END;"
        )
    };
    kinds.map(trigger).concat()
}

/// The tables whose changes are seen, with their columns as the arguments of `json_object`; `@`
/// stands for the row.
async fn tables(connection: &mut SqliteConnection) -> sqlx::Result<Vec<(String, String)>> {
    let rows = sqlx::query(
        "SELECT m.name, group_concat('''' || c.name || ''', @.' || c.name, ', ')
         FROM sqlite_schema AS m JOIN pragma_table_info(m.name) AS c
         WHERE m.type = 'table' GROUP BY m.name",
    )
    .fetch_all(connection)
    .await?;
    let mut tables = Vec::new();
    for row in rows {
        let table: String = row.try_get(0)?;
        if TABLES.contains(&table.as_str()) {
            tables.push((table, row.try_get(1)?));
        }
    }
    Ok(tables)
}
