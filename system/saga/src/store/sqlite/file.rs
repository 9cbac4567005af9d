//! A SQLite file: one connection that writes, for SQLite has one writer at a time, and a few that read.
//!
//! A transaction is one call that blocks, from its beginning to its commit. What calls it, and on which thread, is the
//! edge's matter.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures::{FutureExt, future::BoxFuture};
use sqlx::{ConnectOptions, sqlite::SqliteConnectOptions};
use tokio::{
    sync::{self, OwnedMutexGuard, OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use super::connection::SqliteHandle;
use crate::store::{
    StoreError, Tx,
    tx::{Engine, Row, Statement},
};

/// An open SQLite file.
pub(crate) struct Sqlite {
    writer: Arc<sync::Mutex<SqliteHandle>>,
    pub(crate) readers: Option<Arc<Readers>>,
    /// How long one who wants to write waits for those before.
    acquire_timeout: Duration,
}

impl Sqlite {
    pub(crate) fn new(
        writer: Arc<sync::Mutex<SqliteHandle>>,
        readers: Option<Readers>,
        acquire_timeout: Duration,
    ) -> Self {
        Self {
            writer,
            readers: readers.map(Arc::new),
            acquire_timeout,
        }
    }

    /// The connection that writes.
    ///
    /// # Errors
    /// [`StoreError::Exhausted`]: those before took too long.
    ///
    /// # Cancel safety
    /// Safe.
    pub(crate) async fn writer(&self) -> Result<OwnedMutexGuard<SqliteHandle>, StoreError> {
        // A simulator never has to wait, and cannot: its time stands still meanwhile.
        match Arc::clone(&self.writer).try_lock_owned() {
            Ok(writer) => Ok(writer),
            Err(_) => timeout(self.acquire_timeout, Arc::clone(&self.writer).lock_owned())
                .await
                .map_err(|_| StoreError::Exhausted),
        }
    }
}

/// Runs one transaction; `committing` is its last part.
///
/// # Errors
/// [`StoreError::Unknown`] if the commit failed; every other means that nothing was done.
pub(crate) fn transaction<T>(
    writer: &mut SqliteHandle,
    work: impl for<'t> FnOnce(&'t mut Tx<'_>) -> BoxFuture<'t, Result<T, StoreError>>,
    committing: impl FnOnce(&mut SqliteHandle) -> Result<(), StoreError>,
) -> Result<T, StoreError> {
    let begun = writer.begin()?;
    let value = {
        let mut tx = Tx(Engine::Sqlite(&mut *begun.0));
        without_waiting(work(&mut tx))?
    };
    committing(&mut *begun.0)?;
    begun
        .commit()
        .map_err(|error| StoreError::Unknown(error.into()))?;
    Ok(value)
}

/// What became of work in a transaction on SQLite: its statements block, so it is done when it is first asked.
///
/// # Errors
/// Its own; or it waited for something else, which nobody drives while the file is locked.
pub fn without_waiting<T>(
    work: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    let waited = || StoreError::Broken("a transaction waited for something else".to_owned());
    work.now_or_never().ok_or_else(waited)?
}

/// The connections that read, opened as they are needed.
pub(crate) struct Readers {
    options: SqliteConnectOptions,
    /// The one that was used last is used next: it has its pages at hand.
    resting: Mutex<Vec<SqliteHandle>>,
    /// As many permits as there may be connections.
    room: Arc<Semaphore>,
    acquire_timeout: Duration,
}

/// A connection that reads, in use. Dropped, it is closed.
pub(crate) struct Reader {
    handle: SqliteHandle,
    from: Arc<Readers>,
    _room: OwnedSemaphorePermit,
}

impl Readers {
    /// So many at most, opened like this.
    pub(crate) fn new(
        connections: u32,
        options: SqliteConnectOptions,
        acquire_timeout: Duration,
    ) -> Self {
        Self {
            options,
            resting: Mutex::default(),
            room: Arc::new(Semaphore::new(connections as usize)),
            acquire_timeout,
        }
    }

    /// Takes one.
    ///
    /// # Errors
    /// [`StoreError::Exhausted`]: none became free in time. Otherwise it could not be opened.
    ///
    /// # Cancel safety
    /// Safe.
    pub(crate) async fn take(self: &Arc<Self>) -> Result<Reader, StoreError> {
        let room = timeout(self.acquire_timeout, Arc::clone(&self.room).acquire_owned()).await;
        let room = room
            .map_err(|_| StoreError::Exhausted)?
            .map_err(|_| StoreError::Exhausted)?;
        let handle = match self.rested() {
            Some(handle) => handle,
            // Rare and large: on the heap, or every read would carry it about.
            None => Box::pin(self.open()).await?,
        };
        Ok(Reader {
            handle,
            from: Arc::clone(self),
            _room: room,
        })
    }

    fn rested(&self) -> Option<SqliteHandle> {
        self.resting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop()
    }

    async fn open(&self) -> Result<SqliteHandle, StoreError> {
        SqliteHandle::of(self.options.connect().await?).await
    }
}

impl Reader {
    /// Runs one statement, and gives the connection back if it is well.
    ///
    /// # Errors
    /// SQLite's.
    pub(crate) fn read(self, statement: Statement) -> Result<Vec<Row>, StoreError> {
        let rows = self.handle.run(statement)?.rows;
        let resting = self.from.resting.lock();
        resting
            .unwrap_or_else(PoisonError::into_inner)
            .push(self.handle);
        Ok(rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Sql, sqlite::connection::tests::with_table};

    static INSERT: Sql = Sql {
        name: "insert",
        sqlite: "INSERT INTO t VALUES (1)",
        postgres: "",
    };

    fn stored(handle: &SqliteHandle) -> i64 {
        let count = "SELECT count(*) FROM t";
        handle.sql().query_row(count, [], |row| row.get(0)).unwrap()
    }

    fn insert<'t>(tx: &'t mut Tx<'_>) -> BoxFuture<'t, Result<u64, StoreError>> {
        tx.execute(&INSERT, []).boxed()
    }

    fn wait<'t>(tx: &'t mut Tx<'_>) -> BoxFuture<'t, Result<(), StoreError>> {
        async {
            insert(tx).await?;
            std::future::pending().await
        }
        .boxed()
    }

    #[tokio::test]
    async fn a_transaction_is_committed_only_if_its_last_part_succeeds() {
        let mut writer = with_table().await;
        let fails = |_: &mut SqliteHandle| Err(StoreError::Broken("the last part".to_owned()));
        transaction(&mut writer, insert, fails).unwrap_err();
        assert_eq!(stored(&writer), 0);
        assert_eq!(transaction(&mut writer, insert, |_| Ok(())).unwrap(), 1);
        assert_eq!(stored(&writer), 1);
    }

    static ONE: Sql = Sql {
        name: "one",
        sqlite: "SELECT 1",
        postgres: "",
    };
    static NONSENSE: Sql = Sql {
        name: "nonsense",
        sqlite: "SELECT nothing",
        postgres: "",
    };

    #[tokio::test]
    async fn readers_are_few_and_are_used_again_if_they_are_well() {
        let acquire_timeout = Duration::from_millis(20);
        let options = SqliteConnectOptions::new().in_memory(true);
        let readers = Arc::new(Readers::new(1, options, acquire_timeout));
        let rested = || readers.resting.lock().unwrap().len();
        let reader = readers.take().await.unwrap();
        let refused = readers.take().await;
        assert!(matches!(refused.err(), Some(StoreError::Exhausted)));
        assert_eq!(reader.read(ONE.with([])).unwrap().len(), 1);
        assert_eq!(rested(), 1);
        let reader = readers.take().await.unwrap();
        assert_eq!(rested(), 0);
        assert!(reader.read(NONSENSE.with([])).is_err());
        assert_eq!(rested(), 0);
        readers.take().await.unwrap();
    }

    #[tokio::test]
    async fn a_transaction_that_waits_for_something_else_is_refused_and_rolled_back() {
        let mut writer = with_table().await;
        let refused = transaction(&mut writer, wait, |_| Ok(()));
        assert!(matches!(refused, Err(StoreError::Broken(_))));
        assert_eq!(stored(&writer), 0);
    }
}
