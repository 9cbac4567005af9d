//! Transactions on SQLite, with as few trips to a connection's thread as they need.
//!
//! The driver works on a thread of its own for each connection, so every call of it is a change of threads there and
//! back, and its own begin and commit are two. Here a transaction begins with its first statement, statements that
//! need nothing of each other go together, and the end is one call.
//!
//! Whether a transaction is open is known here, not asked: one that failed, or whose future was dropped, is rolled
//! back before anything else happens on its connection. On a full disk or an I/O error SQLite has done so by itself;
//! that there is nothing to roll back then is no error.

use std::{
    ops::{Deref, DerefMut},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures::TryStreamExt;
use sqlx::{Either, Executor, sqlite::SqliteConnection};
use tokio::{
    runtime::Handle,
    sync::{Mutex, MutexGuard},
    time::timeout,
};

use super::{
    StoreError, sized,
    tx::{Outcome, Row, Statement},
    warm::Warm,
};

/// SQLite has one writer at a time: one connection that writes, and a pool that reads.
pub(super) struct Sqlite {
    writer: Arc<Mutex<SqliteConnection>>,
    /// Whether the writer has a transaction open.
    is_open: Arc<AtomicBool>,
    pub(super) readers: Option<Warm<sqlx::Sqlite>>,
    /// How long one who wants to write waits for those before.
    patience: Duration,
}

impl Sqlite {
    pub(super) fn new(
        writer: Arc<Mutex<SqliteConnection>>,
        readers: Option<Warm<sqlx::Sqlite>>,
        patience: Duration,
    ) -> Self {
        Self {
            writer,
            is_open: Arc::default(),
            readers,
            patience,
        }
    }

    /// The connection that writes, with no transaction open.
    ///
    /// # Errors
    /// [`StoreError::Exhausted`]: those before took too long. Otherwise it does not answer.
    pub(super) async fn writer(&self) -> Result<Writer<'_>, StoreError> {
        // A simulator never has to wait, and cannot: its time stands still meanwhile.
        let mut connection = match self.writer.try_lock() {
            Ok(connection) => connection,
            Err(_) => timeout(self.patience, self.writer.lock())
                .await
                .map_err(|_| StoreError::Exhausted)?,
        };
        roll_back(&mut connection, &self.is_open).await?;
        Ok(Writer {
            connection,
            unfinished: Unfinished(self),
        })
    }
}

/// The connection that writes, in use. Dropped with an open transaction, it rolls that back as soon as it can.
pub(super) struct Writer<'s> {
    // Dropped first: who rolls back needs it.
    connection: MutexGuard<'s, SqliteConnection>,
    unfinished: Unfinished<'s>,
}

impl Deref for Writer<'_> {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        &self.connection
    }
}

impl DerefMut for Writer<'_> {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.connection
    }
}

impl Writer<'_> {
    /// A transaction that begins with its first statement.
    pub(super) fn transaction(&mut self) -> SqliteTx<'_> {
        SqliteTx {
            connection: &mut self.connection,
            begins: Some(&self.unfinished.0.is_open),
        }
    }

    /// Commits what was begun.
    ///
    /// # Errors
    /// [`StoreError::Unknown`]: it may have been committed.
    pub(super) async fn commit(mut self) -> Result<(), StoreError> {
        let is_open = &self.unfinished.0.is_open;
        if !is_open.load(Ordering::Relaxed) {
            return Ok(());
        }
        match sqlx::query("COMMIT").execute(&mut *self.connection).await {
            Ok(_) => {
                is_open.store(false, Ordering::Relaxed);
                Ok(())
            }
            Err(error) => {
                // What it says changes nothing: it may have been committed before.
                let _ = roll_back(&mut self.connection, is_open).await;
                Err(StoreError::Unknown(error))
            }
        }
    }

    /// Takes back what was begun.
    pub(super) async fn roll_back(mut self) {
        let is_open = &self.unfinished.0.is_open;
        // If it does not answer, the next one who needs it is told.
        let _ = roll_back(&mut self.connection, is_open).await;
    }
}

/// Ends the open transaction, if there is one.
async fn roll_back(connection: &mut SqliteConnection, is_open: &AtomicBool) -> sqlx::Result<()> {
    if !is_open.load(Ordering::Relaxed) {
        return Ok(());
    }
    match sqlx::query("ROLLBACK").execute(connection).await {
        // Nothing is open: it was not begun, or is over.
        Ok(_) | Err(sqlx::Error::Database(_)) => {
            is_open.store(false, Ordering::Relaxed);
            Ok(())
        }
        Err(error) => Err(error),
    }
}

/// Sees to it that what a dropped future has left open does not keep others from the file until somebody writes again.
struct Unfinished<'s>(&'s Sqlite);

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        if !self.0.is_open.load(Ordering::Relaxed) {
            return;
        }
        // Without a runtime the connection is closed next, which rolls back.
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        let (writer, is_open) = (Arc::clone(&self.0.writer), Arc::clone(&self.0.is_open));
        runtime.spawn(async move {
            let rolled_back = roll_back(&mut *writer.lock().await, &is_open).await;
            if let Err(error) = rolled_back {
                tracing::warn!(%error, "a transaction was left open");
            }
        });
    }
}

/// An open transaction.
pub(super) struct SqliteTx<'c> {
    pub(super) connection: &'c mut SqliteConnection,
    /// Set when it begins, with its first statement.
    begins: Option<&'c AtomicBool>,
}

impl<'c> SqliteTx<'c> {
    /// One that somebody else has begun and will end.
    pub(super) fn of(connection: &'c mut SqliteConnection) -> Self {
        Self {
            connection,
            begins: None,
        }
    }

    /// Runs statements one after another.
    ///
    /// # Errors
    /// That of the first one that fails.
    pub(super) async fn each(&mut self, statements: Vec<Statement>) -> sqlx::Result<Vec<Outcome>> {
        let begins = self.begins.take();
        if let Some(is_open) = begins {
            is_open.store(true, Ordering::Relaxed);
        }
        run(self.connection, statements, begins.is_some()).await
    }
}

/// Runs statements on a connection, in one trip; `begins` goes before them.
///
/// # Errors
/// That of the first one that fails.
pub(super) async fn run(
    connection: &mut SqliteConnection,
    statements: Vec<Statement>,
    begins: bool,
) -> sqlx::Result<Vec<Outcome>> {
    let number = statements.len();
    let query = sized::query(statements, begins);
    let mut outcomes = Vec::with_capacity(number + 1);
    let mut rows = Vec::new();
    let mut results = connection.fetch_many(query);
    while let Some(result) = results.try_next().await? {
        match result {
            Either::Right(row) => rows.push(Row::Sqlite(row)),
            Either::Left(done) => outcomes.push(Outcome {
                rows: std::mem::take(&mut rows),
                changed: done.rows_affected(),
                last_row: Some(done.last_insert_rowid()),
            }),
        }
    }
    match begins {
        true => Ok(outcomes.split_off(1)),
        false => Ok(outcomes),
    }
}

#[cfg(test)]
mod tests {
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

    async fn with_table() -> Sqlite {
        let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        let table = sqlx::raw_sql("CREATE TABLE t (x)");
        table.execute(&mut connection).await.unwrap();
        Sqlite::new(
            Arc::new(Mutex::new(connection)),
            None,
            Duration::from_secs(5),
        )
    }

    fn insert(values: &[i64], below: i64) -> Statement {
        let batch = Batch::default().ints("x", values.iter().copied());
        INSERT.with([batch.into(), below.into()])
    }

    /// The writer, with this value inserted in an open transaction.
    async fn begun(sqlite: &Sqlite, value: i64) -> Writer<'_> {
        let mut writer = sqlite.writer().await.unwrap();
        let inserted = writer.transaction().each(vec![insert(&[value], 5)]).await;
        assert_eq!(inserted.unwrap()[0].changed, 1);
        writer
    }

    async fn stored(sqlite: &Sqlite) -> Vec<i64> {
        let mut writer = sqlite.writer().await.unwrap();
        let all = run(&mut writer, vec![ALL.with([Arg::Int(99)])], false).await;
        let rows = &all.unwrap()[0].rows;
        rows.iter().map(|row| row.int(0).unwrap()).collect()
    }

    #[tokio::test]
    async fn statements_that_go_together_have_their_own_arguments_and_outcomes() {
        let sqlite = with_table().await;
        let mut writer = sqlite.writer().await.unwrap();
        let statements = vec![
            insert(&[1, 2, 7], 5),
            ALL.with([Arg::Int(1)]),
            insert(&[8], 9),
            ALL.with([Arg::Int(2)]),
        ];
        let outcomes = writer.transaction().each(statements).await.unwrap();
        writer.commit().await.unwrap();
        let told = outcomes.iter().map(|outcome| {
            let rows = outcome.rows.iter().map(|row| row.int(0).unwrap());
            (rows.collect::<Vec<_>>(), outcome.last_row)
        });
        let told: Vec<_> = told.collect();
        assert_eq!(outcomes[0].changed, 2);
        assert_eq!(outcomes[2].changed, 1);
        assert_eq!(told[1].0, [2]);
        assert_eq!(told[3].0, [1, 8]);
        assert_eq!(told[2].1, Some(3));
        assert_eq!(stored(&sqlite).await, [1, 2, 8]);
    }

    #[tokio::test]
    async fn a_transaction_that_sqlite_has_rolled_back_does_not_bar_the_next() {
        let sqlite = with_table().await;
        let mut writer = begun(&sqlite, 1).await;
        // What SQLite does on a full disk.
        let rollback = sqlx::raw_sql("ROLLBACK");
        rollback.execute(&mut *writer).await.unwrap();
        assert!(matches!(writer.commit().await, Err(StoreError::Unknown(_))));
        begun(&sqlite, 2).await.commit().await.unwrap();
        assert_eq!(stored(&sqlite).await, [2]);
    }

    #[tokio::test]
    async fn a_transaction_that_is_dropped_is_rolled_back_though_nobody_writes() {
        let sqlite = with_table().await;
        drop(begun(&sqlite, 1).await);
        for _ in 0..1_000 {
            if !sqlite.is_open.load(Ordering::Relaxed) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        assert!(!sqlite.is_open.load(Ordering::Relaxed));
        assert_eq!(stored(&sqlite).await, [0; 0]);
    }

    #[tokio::test]
    async fn who_comes_right_after_a_dropped_transaction_sees_nothing_of_it() {
        let sqlite = with_table().await;
        drop(begun(&sqlite, 1).await);
        assert_eq!(stored(&sqlite).await, [0; 0]);
    }
}
