//! An open SQLite file: one writer, because SQLite has one at a time, and a few readers.
//!
//! A read or a transaction is one blocking call. The [`StoreExecutor`] decides on which thread it runs.

use std::{
    path::Path,
    sync::{Arc, Mutex as BlockingMutex, PoisonError},
    time::Duration,
};

use futures::{FutureExt, future::BoxFuture};
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::{
    call::{answer_bound, call},
    connection::SqliteConnection,
    log_space::LogSpace,
    options::SqliteOptions,
    readers::Readers,
    silence::Silence,
};
use crate::{
    bound::{Bound, within},
    metrics::Samples,
    store::{
        error::StoreError,
        executor::StoreExecutor,
        metrics::{REACHABLE, WaitCounts},
        pool_config::PoolConfig,
        row::Row,
        statement::Statement,
        tx::{Tx, TxEngine},
        unit::UnitKind,
    },
};

/// How many connections read concurrently with the writer.
const READERS_MAX: usize = 4;

/// An open SQLite file. Dropping it closes the file: SQLite then copies the write-ahead log into it, which blocks for
/// some milliseconds.
pub(in crate::store) struct SqliteDatabase {
    writer: Arc<Mutex<SqliteConnection>>,
    /// `None` in a simulator: reads use the writer.
    readers: Option<Readers>,
    /// `None` in a simulator: its files are in memory, and nobody else has them. Only the owner of the writer locks it.
    log_space: Option<Arc<BlockingMutex<LogSpace>>>,
    /// How long a transaction waits for the writer.
    acquire_timeout: Duration,
    /// How long this process waits for a call.
    answer: Bound,
    /// Of the writer.
    silence: Silence,
    /// Of the writer.
    waits: WaitCounts,
}

impl SqliteDatabase {
    /// A database with readers of its own.
    pub(super) fn new(
        path: &Path,
        writer: SqliteConnection,
        readers: SqliteOptions,
        pool: PoolConfig,
    ) -> Self {
        let readers = Readers::new(READERS_MAX, readers, pool.acquire_timeout);
        Self {
            writer: Arc::new(Mutex::new(writer)),
            readers: Some(readers),
            log_space: Some(Arc::new(BlockingMutex::new(LogSpace::of(path)))),
            acquire_timeout: pool.acquire_timeout,
            answer: answer_bound(pool),
            silence: Silence::default(),
            waits: WaitCounts::default(),
        }
    }

    /// A database of a simulator, which keeps a share of the connection.
    pub(super) fn simulated(writer: Arc<Mutex<SqliteConnection>>, pool: PoolConfig) -> Self {
        Self {
            writer,
            readers: None,
            log_space: None,
            acquire_timeout: pool.acquire_timeout,
            answer: answer_bound(pool),
            silence: Silence::default(),
            waits: WaitCounts::default(),
        }
    }

    /// Runs one statement that only reads.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(in crate::store) async fn read(
        &self,
        executor: &dyn StoreExecutor,
        statement: Statement,
    ) -> Result<Vec<Row>, StoreError> {
        match &self.readers {
            Some(readers) => {
                let reader = readers.acquire().await?;
                let read = move || reader.read(statement);
                let read = call(executor, self.answer, UnitKind::Read, read).await;
                readers.note(&read);
                read
            }
            None => {
                let writer = self.writer().await?;
                let read = move || Ok(writer.run(statement)?.rows);
                call(executor, self.answer, UnitKind::Read, read).await
            }
        }
    }

    /// Takes the write lock and gives it back, and checks that reads are possible. Without readers, nothing runs concurrently
    /// with the writer, and reading proves as much.
    ///
    /// # Errors
    /// [`StoreError`]: the lock was not free in time, or all readers wait for the disk.
    pub(in crate::store) async fn probe(
        &self,
        executor: &dyn StoreExecutor,
        statement: Statement,
    ) -> Result<(), StoreError> {
        match &self.readers {
            Some(readers) => readers.check()?,
            None => return self.read(executor, statement).await.map(drop),
        }
        let mut writer = self.writer().await?;
        let begin = move || {
            drop(writer.begin()?);
            Ok(())
        };
        let begun = call(executor, self.answer, UnitKind::Read, begin).await;
        self.silence.note(&begun);
        begun
    }

    /// Runs one writing transaction: begin, the work, `before_commit`, commit.
    ///
    /// # Errors
    /// [`StoreError::Unknown`] if the commit failed. Every other error means that nothing was done.
    pub(in crate::store) async fn write<T, W, C>(
        &self,
        executor: &dyn StoreExecutor,
        work: W,
        before_commit: C,
    ) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: for<'t> FnOnce(&'t mut Tx<'_>) -> BoxFuture<'t, Result<T, StoreError>> + Send + 'static,
        C: FnOnce(&mut SqliteConnection) -> Result<(), StoreError> + Send + 'static,
    {
        let mut writer = self.writer().await?;
        let log_space = self.log_space.clone();
        let write = move || {
            let transaction =
                |writer: &mut SqliteConnection| run_transaction(writer, work, before_commit);
            match log_space {
                None => transaction(&mut writer),
                Some(space) => {
                    // After a panic in a transaction the sizes are measured again.
                    let mut space = space.lock().unwrap_or_else(PoisonError::into_inner);
                    space.run(&mut writer, transaction)
                }
            }
        };
        let written = call(executor, self.answer, UnitKind::Write, write).await;
        self.silence.note(&written);
        written
    }

    /// Acquires the writer.
    ///
    /// # Errors
    /// [`StoreError::Exhausted`]: the transactions before this one took too long. [`StoreError::Absent`]: the one before was
    /// given up, and has not returned yet.
    ///
    /// # Cancel safety
    /// Safe.
    async fn writer(&self) -> Result<OwnedMutexGuard<SqliteConnection>, StoreError> {
        let writer = || Arc::clone(&self.writer);
        // A simulator never has to wait here, and must not: its clock stands still.
        match writer().try_lock_owned() {
            Ok(writer) => Ok(writer),
            Err(_) => {
                let wait = self.waits.begin();
                let bound = Bound::new("the writer of the database", self.acquire_timeout);
                let locked = within(bound, writer().lock_owned()).await;
                drop(wait);
                locked.map_err(|_| {
                    self.waits.exhausted.inc();
                    self.silence.not_free()
                })
            }
        }
    }

    pub(in crate::store) fn collect(&self, samples: &mut Samples, database: &str) {
        self.waits.collect(samples, database);
        let is_answering = self.silence.reason().is_none();
        samples.flag(&REACHABLE, &[database], is_answering);
        if let Some(readers) = &self.readers {
            readers.state().collect(samples, database);
            readers.waits().collect(samples, database);
        }
    }
}

fn run_transaction<T>(
    writer: &mut SqliteConnection,
    work: impl for<'t> FnOnce(&'t mut Tx<'_>) -> BoxFuture<'t, Result<T, StoreError>>,
    before_commit: impl FnOnce(&mut SqliteConnection) -> Result<(), StoreError>,
) -> Result<T, StoreError> {
    let transaction = writer.begin()?;
    let value = {
        let mut tx = Tx::new(TxEngine::Sqlite(&mut *transaction.0));
        complete_in_one_poll(work(&mut tx))?
    };
    before_commit(&mut *transaction.0)?;
    transaction
        .commit()
        .map_err(|error| StoreError::Unknown(error.into()))?;
    Ok(value)
}

/// Polls the work of a SQLite transaction once. Its statements block, so one poll completes it.
///
/// # Errors
/// The error of the work, or [`StoreError::Invariant`] if the work waited for something else. Nothing could wake it while
/// the file is locked.
pub fn complete_in_one_poll<T>(
    work: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    let waited = || StoreError::Invariant("a transaction waited for something else".to_owned());
    work.now_or_never().ok_or_else(waited)?
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{sqlite::connection::tests::with_table, statement::Sql};

    static INSERT: Sql = Sql {
        name: "insert",
        sqlite: "INSERT INTO t VALUES (1)",
        postgres: "",
    };

    fn stored(connection: &SqliteConnection) -> i64 {
        let count = "SELECT count(*) FROM t";
        let driver = connection.driver();
        driver.query_row(count, [], |row| row.get(0)).unwrap()
    }

    fn insert<'t>(tx: &'t mut Tx<'_>) -> BoxFuture<'t, Result<u64, StoreError>> {
        tx.execute(&INSERT, []).boxed()
    }

    fn insert_and_wait<'t>(tx: &'t mut Tx<'_>) -> BoxFuture<'t, Result<(), StoreError>> {
        async {
            insert(tx).await?;
            std::future::pending().await
        }
        .boxed()
    }

    #[test]
    fn a_transaction_commits_only_if_the_step_before_its_commit_succeeds() {
        let mut writer = with_table();
        let fails = |_: &mut SqliteConnection| Err(StoreError::Invariant("on purpose".to_owned()));
        run_transaction(&mut writer, insert, fails).unwrap_err();
        assert_eq!(stored(&writer), 0);
        assert_eq!(run_transaction(&mut writer, insert, |_| Ok(())).unwrap(), 1);
        assert_eq!(stored(&writer), 1);
    }

    #[test]
    fn a_transaction_that_waits_for_something_else_is_refused_and_rolled_back() {
        let mut writer = with_table();
        let refused = run_transaction(&mut writer, insert_and_wait, |_| Ok(()));
        assert!(matches!(refused, Err(StoreError::Invariant(_))));
        assert_eq!(stored(&writer), 0);
    }
}
