//! The storage edge: how a SQLite file is opened and how a whole transaction is carried out.
//!
//! Production awaits the work as it is. A simulator drives it inside one poll, charges a
//! latency, and may kill the process before or after the commit.

use std::sync::Arc;

use async_trait::async_trait;
use futures::future::BoxFuture;
use sqlx::sqlite::SqliteConnectOptions;
use tokio::sync::Mutex;

use crate::store::{SqliteHandle, StoreError};

/// What a unit of storage work is, for whoever carries it out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unit {
    /// The database's name: `article`, `user` or `coordinator`.
    pub database: &'static str,
    /// The operation, in words that stay the same between versions.
    pub name: &'static str,
    /// Whether it can change anything.
    pub kind: UnitKind,
}

/// What a unit of storage work may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnitKind {
    /// Connect and migrate.
    Open,
    /// Read only.
    Read,
    /// One transaction that writes.
    Write,
}

/// How databases are opened and their transactions carried out.
#[async_trait]
pub trait StoreExecutor: Send + Sync {
    /// The last word on how a SQLite file is opened.
    fn sqlite_options(&self, options: SqliteConnectOptions) -> SqliteConnectOptions {
        options
    }

    /// How many connections read beside the one that writes. With 0, reads use the writer.
    fn sqlite_readers(&self) -> u32;

    /// A connection to the newest schema of a database, opened before: then nothing is opened. None in production;
    /// a simulator that starts thousands of services a second keeps some.
    fn sqlite_prepared(&self, _: &'static str) -> Option<Arc<Mutex<SqliteHandle>>> {
        None
    }

    /// Called once on the connection that writes, after the migrations.
    ///
    /// # Errors
    /// Fails the opening of the database.
    fn sqlite_opened(&self, _: &'static str, _: &mut SqliteHandle) -> Result<(), StoreError> {
        Ok(())
    }

    /// Called inside every writing transaction on SQLite, just before its commit.
    ///
    /// # Errors
    /// Rolls the transaction back.
    fn sqlite_committing(&self, _: Unit, _: &mut SqliteHandle) -> Result<(), StoreError> {
        Ok(())
    }

    /// Makes a call that blocks: a whole transaction on SQLite, or a read. Production has threads for it; a simulator
    /// makes it at once, for its time stands still meanwhile.
    ///
    /// # Cancel safety
    /// Dropping the future does not take the call back.
    async fn call(&self, call: Box<dyn FnOnce() + Send>);

    /// Carries one unit of work out, from its first statement to its commit.
    ///
    /// # Errors
    /// The work's own, or one of the edge's making.
    ///
    /// # Cancel safety
    /// Dropping the future leaves a write in doubt, as [`StoreError::Unknown`] does.
    async fn execute(
        &self,
        unit: Unit,
        work: BoxFuture<'_, Result<(), StoreError>>,
    ) -> Result<(), StoreError>;
}
