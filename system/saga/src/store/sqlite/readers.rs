//! The connections that read a SQLite file concurrently with its writer.

use std::{sync::Arc, time::Duration};

use super::{connection::SqliteConnection, options::SqliteOptions};
use crate::store::{
    error::StoreError,
    idle_pool::{IdlePool, Slot},
    row::Row,
    statement::Statement,
};

/// The connections that read. They are opened as they are needed.
pub(super) struct Readers {
    options: Arc<SqliteOptions>,
    idle: Arc<IdlePool<SqliteConnection>>,
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
        }
    }

    /// Acquires one.
    ///
    /// # Errors
    /// [`StoreError::Exhausted`]: none became free in time.
    ///
    /// # Cancel safety
    /// Safe.
    pub(super) async fn acquire(&self) -> Result<Reader, StoreError> {
        Ok(Reader {
            slot: self.idle.acquire().await?,
            options: Arc::clone(&self.options),
        })
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
