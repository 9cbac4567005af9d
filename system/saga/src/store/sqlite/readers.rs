//! The connections that read a SQLite file concurrently with its writer.

use std::{sync::Arc, time::Duration};

use super::{connection::SqliteConnection, options::SqliteOptions, silence::Silence};
use crate::store::{
    error::StoreError,
    idle_pool::{IdlePool, PoolState, Slot},
    metrics::WaitCounts,
    row::Row,
    statement::Statement,
};

/// The connections that read. They are opened as they are needed.
pub(super) struct Readers {
    options: Arc<SqliteOptions>,
    idle: Arc<IdlePool<SqliteConnection>>,
    silence: Silence,
}

/// The right to read on one connection.
pub(super) struct Reader {
    options: Arc<SqliteOptions>,
    slot: Slot<SqliteConnection>,
}

impl Readers {
    /// At most this many, opened with these options.
    pub(super) fn new(
        connections_max: usize,
        options: SqliteOptions,
        acquire_timeout: Duration,
    ) -> Self {
        Self {
            options: Arc::new(options),
            idle: IdlePool::new(connections_max, acquire_timeout),
            silence: Silence::default(),
        }
    }

    /// Acquires one.
    ///
    /// # Errors
    /// [`StoreError::Exhausted`]: none became free in time. [`StoreError::Absent`]: none did, and the last read was given up.
    ///
    /// # Cancel safety
    /// Safe.
    pub(super) async fn acquire(&self) -> Result<Reader, StoreError> {
        let slot = self.idle.acquire().await;
        Ok(Reader {
            slot: slot.map_err(|_| self.silence.not_free())?,
            options: Arc::clone(&self.options),
        })
    }

    /// The state of the pool.
    pub(super) fn state(&self) -> PoolState {
        self.idle.state()
    }

    /// What is counted of the waits for one.
    pub(super) fn waits(&self) -> &WaitCounts {
        &self.idle.waits
    }

    /// Remembers whether a read was given up.
    pub(super) fn note<T>(&self, done: &Result<T, StoreError>) {
        self.silence.note(done);
    }

    /// Checks that reads are possible. Waits for nothing: while connections are only busy, reads go on.
    ///
    /// # Errors
    /// [`StoreError::Absent`]: every connection is in use, and the last read was given up.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        match self.silence.reason() {
            Some(reason) if self.idle.is_exhausted() => Err(reason),
            _ => Ok(()),
        }
    }
}

impl Reader {
    /// Runs one statement. If it fails, the connection is closed, because its state is not known. Blocks.
    ///
    /// # Errors
    /// SQLite's; also if a connection cannot be opened.
    pub(super) fn read(self, statement: Statement) -> Result<Vec<Row>, StoreError> {
        let connection = match self.slot.take_idle() {
            Some(idle) => idle.connection,
            None => SqliteConnection::open(&self.options)?,
        };
        let rows = connection.run(statement)?.rows;
        self.slot.keep(connection);
        Ok(rows)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::store::statement::Sql;

    static ONE: Sql = Sql {
        name: "one",
        sqlite: "SELECT 1",
        postgres: "",
    };
    static INVALID: Sql = Sql {
        name: "invalid",
        sqlite: "SELECT nothing",
        postgres: "",
    };

    #[tokio::test]
    async fn a_reader_is_reused_unless_its_statement_failed() {
        let options = SqliteOptions::new(Path::new(":memory:"));
        let readers = Readers::new(1, options, Duration::from_millis(20));
        let reader = readers.acquire().await.unwrap();
        let refused = readers.acquire().await;
        assert!(matches!(refused.err(), Some(StoreError::Exhausted)));
        assert_eq!(reader.read(ONE.with([])).unwrap().len(), 1);
        let reader = readers.acquire().await.unwrap();
        let idle = reader.slot.take_idle().expect("it was kept");
        reader.slot.keep(idle.connection);
        let reader = readers.acquire().await.unwrap();
        assert!(reader.read(INVALID.with([])).is_err());
        let reader = readers.acquire().await.unwrap();
        assert!(reader.slot.take_idle().is_none());
    }
}
