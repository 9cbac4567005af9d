//! What only a simulator needs of a SQLite database: its own files, prepared connections, and a look at each commit.
//!
//! Production has none of these. A simulator keeps its files in memory behind a VFS of its own, starts thousands of
//! services a second, and checks the rows that every transaction changes before the transaction commits.

use std::{sync::Arc, time::Duration};

use tokio::sync::Mutex;

use super::{
    error::StoreError,
    sqlite::{connection::SqliteConnection, options::SqliteOptions},
    unit::Unit,
};

/// The hooks of a simulator. A simulated SQLite database has no readers: every read uses the writer, because nothing
/// runs concurrently with it.
pub trait SimulatorHooks: Send + Sync {
    /// Changes how a SQLite file is opened.
    fn sqlite_options(&self, options: SqliteOptions) -> SqliteOptions;

    /// A connection that an earlier open has shared ([`sqlite_shared`](Self::sqlite_shared)), to a database that is migrated
    /// already. If there is one, no file is opened.
    fn prepared_sqlite(&self, _database: &'static str) -> Option<Arc<Mutex<SqliteConnection>>> {
        None
    }

    /// The longest wait for a unit of work. A simulated database may fail to answer, as a server or a disk does. In production
    /// the engines limit their waits themselves.
    fn statement_timeout(&self) -> Option<Duration> {
        None
    }

    /// Called once on a new connection, after the migrations.
    ///
    /// # Errors
    /// An error fails the opening of the database.
    fn sqlite_opened(
        &self,
        _database: &'static str,
        _connection: &mut SqliteConnection,
    ) -> Result<(), StoreError> {
        Ok(())
    }

    /// Gives the simulator a share of an open connection, for example to keep it for a later run.
    fn sqlite_shared(&self, _connection: &Arc<Mutex<SqliteConnection>>) {}

    /// Called inside each writing transaction, just before it commits.
    ///
    /// # Errors
    /// An error rolls the transaction back.
    fn sqlite_committing(
        &self,
        _unit: Unit,
        _connection: &mut SqliteConnection,
    ) -> Result<(), StoreError> {
        Ok(())
    }
}
