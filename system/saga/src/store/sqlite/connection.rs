//! A connection to a SQLite file whose statements run on the thread that asks.
//!
//! The driver that opens and migrates a file (sqlx) has a thread for each connection, so each of its statements is a
//! change of threads there and back. It keeps the connection open and closes it; statements are run by another
//! (rusqlite), on the same connection. So a whole transaction runs without a change of threads, and whoever must not
//! block for as long puts it on another thread as a whole ([`StoreExecutor::call`](crate::store::StoreExecutor::call)).

use rusqlite::{CachedStatement, types::Value};
use sqlx::sqlite::SqliteConnection;

use super::values;
use crate::store::{
    EngineError, StoreError,
    tx::{Outcome, Row, Statement},
};

/// Statements that a connection keeps prepared: some ten, for batches of as many sizes (`sized.rs`).
const STATEMENTS_MAX: usize = 128;

/// How a transaction begins. Immediate: it locks the file before anything is read.
const BEGIN: &str = "BEGIN IMMEDIATE";

/// An open connection to a SQLite file.
pub struct SqliteHandle {
    // Dropped first: it gives its statements back before the connection is closed.
    sql: rusqlite::Connection,
    /// Has opened the connection, and closes it.
    _owner: SqliteConnection,
}

impl SqliteHandle {
    /// Takes over a connection.
    ///
    /// # Errors
    /// It does not answer.
    pub async fn of(mut owner: SqliteConnection) -> Result<Self, StoreError> {
        let sql = adopt(&mut owner).await?;
        sql.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
        Ok(Self { sql, _owner: owner })
    }

    /// The connection, for any statement.
    #[must_use]
    pub fn sql(&self) -> &rusqlite::Connection {
        &self.sql
    }

    /// Runs a statement without arguments or rows, and keeps it prepared.
    ///
    /// # Errors
    /// SQLite's.
    pub fn say(&self, statement: &str) -> rusqlite::Result<()> {
        self.sql.prepare_cached(statement)?.raw_execute().map(drop)
    }

    /// Runs a statement.
    ///
    /// # Errors
    /// SQLite's.
    pub(crate) fn run(&self, statement: Statement) -> Result<Outcome, EngineError> {
        let mut prepared = self.sql.prepare_cached(values::text(&statement))?;
        values::bind(&mut prepared, statement.args)?;
        Ok(Outcome {
            rows: rows(&mut prepared)?,
            changed: self.sql.changes(),
            last_row: Some(self.sql.last_insert_rowid()),
        })
    }

    /// Begins a transaction, which is rolled back unless it is committed.
    ///
    /// # Errors
    /// Nothing was begun: SQLite's.
    pub(crate) fn begin(&mut self) -> rusqlite::Result<Begun<'_>> {
        self.roll_back()?;
        self.say(BEGIN)?;
        Ok(Begun(self))
    }

    /// Ends the open transaction, if there is one: on a full disk or an I/O error SQLite has done so by itself.
    fn roll_back(&self) -> rusqlite::Result<()> {
        match self.sql.is_autocommit() {
            true => Ok(()),
            false => self.say("ROLLBACK"),
        }
    }
}

#[allow(unsafe_code, reason = "two drivers share one connection")]
async fn adopt(owner: &mut SqliteConnection) -> Result<rusqlite::Connection, StoreError> {
    let mut locked = owner.lock_handle().await?;
    let connection = locked.as_raw_handle().as_ptr();
    // SAFETY: the connection is open for as long as its owner lives, which is for longer, and is not closed by what is
    // made of it. The owner is asked for nothing more, so its thread does not touch the connection beside us; and
    // SQLite lets connections go from thread to thread.
    let sql = unsafe { rusqlite::Connection::from_handle(connection) };
    Ok(sql.map_err(EngineError::from)?)
}

fn rows(prepared: &mut CachedStatement<'_>) -> rusqlite::Result<Vec<Row>> {
    let columns = prepared.column_count();
    let mut rows = Vec::new();
    let mut found = prepared.raw_query();
    while let Some(row) = found.next()? {
        let values = (0..columns).map(|column| row.get(column));
        rows.push(Row::Sqlite(values.collect::<Result<Vec<Value>, _>>()?));
    }
    Ok(rows)
}

/// An open transaction. Dropped, it is rolled back.
pub(crate) struct Begun<'h>(pub(crate) &'h mut SqliteHandle);

impl Begun<'_> {
    /// # Errors
    /// It may have been committed: SQLite's.
    pub(crate) fn commit(self) -> rusqlite::Result<()> {
        self.0.say("COMMIT")
    }
}

impl Drop for Begun<'_> {
    fn drop(&mut self) {
        if let Err(error) = self.0.roll_back() {
            tracing::warn!(%error, "a transaction was left open");
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use sqlx::Connection;

    use super::*;
    use crate::store::{
        Batch,
        tx::{Arg, Sql},
    };

    static INSERT: Sql = Sql {
        name: "insert",
        sqlite: "WITH r (x) AS (VALUES $rows) INSERT INTO t SELECT r.x FROM r WHERE r.x IS NOT NULL AND r.x < $2",
        postgres: "",
    };
    static ALL: Sql = Sql {
        name: "all",
        sqlite: "SELECT x FROM t WHERE x <> $1 ORDER BY x",
        postgres: "",
    };

    pub(in crate::store) async fn with_table() -> SqliteHandle {
        let connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        let handle = SqliteHandle::of(connection).await.unwrap();
        handle.say("CREATE TABLE t (x)").unwrap();
        handle
    }

    fn insert(handle: &SqliteHandle, values: &[i64], below: i64) -> Outcome {
        let batch = Batch::default().ints("x", values.iter().copied());
        handle
            .run(INSERT.with([batch.into(), below.into()]))
            .unwrap()
    }

    /// All values but one.
    fn stored(handle: &SqliteHandle, but: i64) -> Vec<i64> {
        let all = handle.run(ALL.with([Arg::Int(but)])).unwrap();
        all.rows.iter().map(|row| row.int(0).unwrap()).collect()
    }

    #[tokio::test]
    async fn a_statement_tells_its_rows_and_what_it_changed() {
        let mut handle = with_table().await;
        let begun = handle.begin().unwrap();
        let outcome = insert(begun.0, &[1, 2, 7], 5);
        assert_eq!((outcome.changed, outcome.last_row), (2, Some(2)));
        // As many rows as before have this text; those of before must not be seen again.
        assert_eq!(insert(begun.0, &[8, 3, 4], 9).changed, 3);
        assert_eq!(insert(begun.0, &[5, 6, 0, 0], 1).changed, 2);
        begun.commit().unwrap();
        assert_eq!(stored(&handle, 2), [0, 0, 1, 3, 4, 8]);
        assert_eq!(stored(&handle, 1), [0, 0, 2, 3, 4, 8]);
    }

    #[tokio::test]
    async fn a_transaction_that_is_dropped_is_rolled_back() {
        let mut handle = with_table().await;
        let begun = handle.begin().unwrap();
        insert(begun.0, &[1], 5);
        drop(begun);
        assert_eq!(stored(&handle, 99), [0; 0]);
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            let begun = handle.begin().unwrap();
            insert(begun.0, &[2], 5);
            panic!("inside of a transaction");
        }));
        assert!(panicked.is_err());
        assert_eq!(stored(&handle, 99), [0; 0]);
    }

    #[tokio::test]
    async fn a_transaction_that_sqlite_has_rolled_back_does_not_bar_the_next() {
        let mut handle = with_table().await;
        let begun = handle.begin().unwrap();
        insert(begun.0, &[1], 5);
        // What SQLite does on a full disk.
        begun.0.say("ROLLBACK").unwrap();
        assert!(begun.commit().is_err());
        let begun = handle.begin().unwrap();
        insert(begun.0, &[2], 5);
        begun.commit().unwrap();
        assert_eq!(stored(&handle, 99), [2]);
    }

    #[tokio::test]
    async fn a_transaction_that_somebody_left_open_does_not_bar_the_next() {
        let mut handle = with_table().await;
        handle.say(BEGIN).unwrap();
        insert(&handle, &[1], 5);
        let begun = handle.begin().unwrap();
        insert(begun.0, &[2], 5);
        begun.commit().unwrap();
        assert_eq!(stored(&handle, 99), [2]);
    }
}
