//! Statements and their arguments, for either engine.

use super::{batch::Batch, error::StoreError};

/// One statement, with its text for each engine.
///
/// Arguments are numbered `$1`, `$2` and so on. A [`Batch`] stands for `$rows` in the text for SQLite.
#[derive(Debug)]
pub struct Sql {
    /// The name of its files.
    pub name: &'static str,
    /// The text for SQLite.
    pub sqlite: &'static str,
    /// The text for PostgreSQL.
    pub postgres: &'static str,
}

/// One statement that is a whole transaction, for PostgreSQL only: SQLite cannot write several tables in one statement.
#[derive(Debug)]
pub struct PostgresStatement {
    /// The name of its file.
    pub name: &'static str,
    /// Its text.
    pub text: &'static str,
}

/// A statement that inserts a batch of rows and skips those that exist.
///
/// On PostgreSQL it returns the keys of the rows that it inserted. On SQLite a returned row costs as much as an inserted
/// one, so it returns nothing there. If some rows were skipped, `inserted` selects the others.
#[derive(Debug)]
pub struct Insert {
    /// The statement.
    pub sql: Sql,
    /// For SQLite: selects those keys of a batch whose row id is greater than `$2`.
    pub inserted: Sql,
}

/// An argument of a statement.
#[derive(Debug, Clone)]
pub enum Arg {
    /// An integer.
    Int(i64),
    /// Text, a JSON document, or NULL.
    Text(Option<String>),
    /// Many rows: an array for each column on PostgreSQL, an argument for each field on SQLite. A statement for both
    /// engines can take one batch only, as its first argument.
    Batch(Batch),
    /// One row: an argument for each of its columns.
    Row(Batch),
}

impl Arg {
    /// The JSON text of a value.
    ///
    /// # Errors
    /// [`StoreError::Invariant`]: the value cannot be written as JSON.
    pub fn json<T: serde::Serialize>(value: &T) -> Result<Self, StoreError> {
        Ok(Self::Text(Some(serde_json::to_string(value)?)))
    }
}

impl From<Batch> for Arg {
    fn from(batch: Batch) -> Self {
        Self::Batch(batch)
    }
}

impl From<i64> for Arg {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<String> for Arg {
    fn from(value: String) -> Self {
        Self::Text(Some(value))
    }
}

/// A statement with its arguments.
#[derive(Debug)]
pub struct Statement {
    pub(crate) sql: &'static Sql,
    pub(crate) args: Vec<Arg>,
}

impl Sql {
    /// A statement of a service that runs on SQLite only.
    #[must_use]
    pub const fn sqlite_only(name: &'static str, sqlite: &'static str) -> Self {
        Self {
            name,
            sqlite,
            postgres: "",
        }
    }

    /// Adds the arguments.
    #[must_use]
    pub fn with(&'static self, args: impl Into<Vec<Arg>>) -> Statement {
        Statement {
            sql: self,
            args: args.into(),
        }
    }
}

impl Statement {
    /// The batch, if the statement takes one.
    pub(crate) fn batch(&self) -> Option<&Batch> {
        match self.args.first() {
            Some(Arg::Batch(batch)) => Some(batch),
            _ => None,
        }
    }
}
