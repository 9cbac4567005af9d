//! A connection to a SQLite file. Its calls block.
//!
//! A transaction runs on one thread from its beginning to its commit. Async code moves the whole transaction onto a
//! thread that may block, with [`StoreExecutor::call_blocking`](crate::store::StoreExecutor::call_blocking). A driver
//! with a thread for each connection would change threads twice for every statement instead.

use std::cell::RefCell;

use super::{options::SqliteOptions, texts::StatementTexts, values};
use crate::store::{row::Outcome, statement::Statement};

/// How many prepared statements a connection caches: some ten, for as many batch sizes as there are (`texts.rs`).
const CACHED_STATEMENTS_MAX: usize = 128;

/// Begins a transaction that takes the write lock at once, before it reads anything. It can then never fail because
/// another connection wrote what it has read.
const BEGIN: &str = "BEGIN IMMEDIATE";

/// An open connection to a SQLite file. Dropping it closes the file, which blocks.
pub struct SqliteConnection {
    driver: rusqlite::Connection,
    texts: RefCell<StatementTexts>,
}

impl SqliteConnection {
    /// Opens a file. Blocks.
    ///
    /// # Errors
    /// SQLite's: the file cannot be opened, or is not a database.
    ///
    /// # Examples
    /// ```
    /// use std::path::Path;
    /// use likewise_saga::store::{SqliteConnection, SqliteOptions};
    ///
    /// let options = SqliteOptions::new(Path::new(":memory:"));
    /// let connection = SqliteConnection::open(&options)?;
    /// connection.execute_cached("CREATE TABLE articles (id INTEGER PRIMARY KEY)")?;
    /// # Ok::<(), rusqlite::Error>(())
    /// ```
    pub fn open(options: &SqliteOptions) -> rusqlite::Result<Self> {
        Ok(Self::from(options.open()?))
    }

    /// The driver's connection, for statements that [`Tx`](crate::store::Tx) does not cover.
    #[must_use]
    pub fn driver(&self) -> &rusqlite::Connection {
        &self.driver
    }

    pub(super) fn driver_mut(&mut self) -> &mut rusqlite::Connection {
        &mut self.driver
    }

    /// Runs a statement that has no arguments and returns no rows, and caches it in prepared form.
    ///
    /// # Errors
    /// SQLite's.
    pub fn execute_cached(&self, statement: &str) -> rusqlite::Result<()> {
        let mut prepared = self.driver.prepare_cached(statement)?;
        prepared.raw_execute().map(drop)
    }

    /// Runs a statement.
    ///
    /// # Errors
    /// SQLite's.
    pub(crate) fn run(&self, statement: Statement) -> rusqlite::Result<Outcome> {
        let mut prepared = self
            .driver
            .prepare_cached(self.texts.borrow_mut().of(&statement))?;
        values::bind(&mut prepared, statement.args)?;
        Ok(Outcome {
            rows: values::rows(&mut prepared)?,
            changed: self.driver.changes(),
            last_row_id: Some(self.driver.last_insert_rowid()),
        })
    }

    /// Begins a transaction. It is rolled back unless it is committed.
    ///
    /// # Errors
    /// SQLite's; nothing was begun.
    pub(crate) fn begin(&mut self) -> rusqlite::Result<SqliteTransaction<'_>> {
        self.roll_back()?;
        self.execute_cached(BEGIN)?;
        Ok(SqliteTransaction(self))
    }

    /// Rolls back the open transaction, if there is one. On a full disk or an I/O error SQLite has rolled back already.
    fn roll_back(&self) -> rusqlite::Result<()> {
        match self.driver.is_autocommit() {
            true => Ok(()),
            false => self.execute_cached("ROLLBACK"),
        }
    }
}

impl From<rusqlite::Connection> for SqliteConnection {
    fn from(driver: rusqlite::Connection) -> Self {
        driver.set_prepared_statement_cache_capacity(CACHED_STATEMENTS_MAX);
        Self {
            driver,
            texts: RefCell::default(),
        }
    }
}

/// An open transaction. Dropping it rolls it back.
pub(crate) struct SqliteTransaction<'c>(pub(crate) &'c mut SqliteConnection);

impl SqliteTransaction<'_> {
    /// Commits the transaction.
    ///
    /// # Errors
    /// SQLite's; the transaction may have been committed.
    pub(crate) fn commit(self) -> rusqlite::Result<()> {
        self.0.execute_cached("COMMIT")
    }
}

impl Drop for SqliteTransaction<'_> {
    fn drop(&mut self) {
        if let Err(error) = self.0.roll_back() {
            tracing::warn!(%error, "a transaction could not be rolled back");
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
