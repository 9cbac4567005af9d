//! One transaction on either engine: statements, arguments and rows.

use rusqlite::types::Value;
use sqlx::{Postgres, Row as _, Transaction, postgres::PgRow};

use super::{StoreError, batch::Batch, postgres::statements, sqlite::connection::SqliteHandle};

/// One statement, with its text for each engine.
#[derive(Debug)]
pub struct Sql {
    /// The name of its files.
    pub name: &'static str,
    /// The text for SQLite.
    pub sqlite: &'static str,
    /// The text for PostgreSQL.
    pub postgres: &'static str,
}

/// A statement that is a whole writing transaction; PostgreSQL alone can write several tables in one.
#[derive(Debug)]
pub struct PostgresStatement {
    /// The name of its file.
    pub name: &'static str,
    /// Its text.
    pub text: &'static str,
}

/// An argument of a statement.
#[derive(Debug, Clone)]
pub enum Arg {
    /// A whole number.
    Int(i64),
    /// Text, or the lack of it; JSON documents too.
    Text(Option<String>),
    /// Many rows: an argument a column on PostgreSQL, an argument a field on SQLite, where they stand for `$rows`.
    /// A statement for both engines can have only one, as its first argument.
    Batch(Batch),
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

impl Arg {
    /// The JSON text of a value.
    ///
    /// # Errors
    /// If it cannot be written as JSON.
    pub fn json<T: serde::Serialize>(value: &T) -> Result<Self, StoreError> {
        Ok(Self::Text(Some(serde_json::to_string(value)?)))
    }
}

/// A row of a result; columns by their place, whole numbers or text.
pub enum Row {
    /// From SQLite.
    Sqlite(Vec<Value>),
    /// From PostgreSQL.
    Postgres(PgRow),
}

impl Row {
    /// A whole number.
    ///
    /// # Errors
    /// If the column is not one.
    pub fn int(&self, column: usize) -> Result<i64, StoreError> {
        Ok(match self {
            Self::Sqlite(row) => match row.get(column) {
                Some(Value::Integer(value)) => *value,
                _ => return Err(StoreError::Broken(format!("column {column} is no number"))),
            },
            Self::Postgres(row) => row.try_get(column)?,
        })
    }

    /// Text that may be missing.
    ///
    /// # Errors
    /// If the column is not text.
    pub fn opt_text(&self, column: usize) -> Result<Option<&str>, StoreError> {
        Ok(match self {
            Self::Sqlite(row) => match row.get(column) {
                Some(Value::Text(text)) => Some(text),
                Some(Value::Null) => None,
                _ => return Err(StoreError::Broken(format!("column {column} is no text"))),
            },
            Self::Postgres(row) => row.try_get(column)?,
        })
    }

    /// Text.
    ///
    /// # Errors
    /// If the column is not text, or is missing.
    pub fn text(&self, column: usize) -> Result<&str, StoreError> {
        self.opt_text(column)?
            .ok_or_else(|| StoreError::Broken(format!("column {column} is empty")))
    }

    /// Text that is read into a type: an identity, a JSON document.
    ///
    /// # Errors
    /// If the column is not the text of one.
    pub fn json<T: serde::de::DeserializeOwned>(&self, column: usize) -> Result<T, StoreError> {
        Ok(serde_json::from_str(self.text(column)?)?)
    }

    /// An identity that may be missing; of statements for PostgreSQL alone.
    ///
    /// # Errors
    /// If the column is none.
    pub fn opt_uuid(&self, column: usize) -> Result<Option<uuid::Uuid>, StoreError> {
        match self {
            Self::Sqlite(_) => Err(StoreError::Broken("SQLite stores text".to_owned())),
            Self::Postgres(row) => Ok(row.try_get(column)?),
        }
    }

    /// An identity: a UUID, of which SQLite has the text.
    ///
    /// # Errors
    /// If the column is none.
    pub fn uuid(&self, column: usize) -> Result<uuid::Uuid, StoreError> {
        match self {
            Self::Sqlite(_) => self
                .text(column)?
                .parse()
                .map_err(|error: uuid::Error| StoreError::Broken(error.to_string())),
            Self::Postgres(row) => Ok(row.try_get(column)?),
        }
    }
}

/// A statement with its arguments.
#[derive(Debug)]
pub struct Statement {
    pub(crate) sql: &'static Sql,
    pub(crate) args: Vec<Arg>,
}

impl Sql {
    /// The statement with these arguments.
    #[must_use]
    pub fn with(&'static self, args: impl Into<Vec<Arg>>) -> Statement {
        Statement {
            sql: self,
            args: args.into(),
        }
    }
}

impl Statement {
    /// Its batch, if it takes one.
    pub(crate) fn batch(&self) -> Option<&Batch> {
        match self.args.first() {
            Some(Arg::Batch(batch)) => Some(batch),
            _ => None,
        }
    }
}

/// What came of a statement.
pub struct Outcome {
    /// The rows that it returned.
    pub rows: Vec<Row>,
    /// How many rows it changed.
    pub changed: u64,
    /// Of the last row that was inserted, on SQLite.
    pub(crate) last_row: Option<i64>,
}

/// A statement that inserts a batch, and leaves out what is there already. On PostgreSQL it returns what identifies the
/// rows that it inserted; on SQLite, where a row that is returned costs as much as one that is inserted, it returns
/// none, and `inserted` tells which they were, if some are missing.
#[derive(Debug)]
pub struct Insert {
    /// The statement.
    pub sql: Sql,
    /// For SQLite: those of a batch of identities that stand behind the row of number `$2`.
    pub inserted: Sql,
}

/// Which rows of a batch were inserted.
pub enum Inserted {
    /// All.
    All,
    /// Those that these rows identify.
    Only(Vec<Row>),
}

/// An open transaction. Dropped without a commit, it is rolled back.
pub struct Tx<'c>(pub(crate) Engine<'c>);

pub(crate) enum Engine<'c> {
    Sqlite(&'c mut SqliteHandle),
    Postgres(Transaction<'c, Postgres>),
}

impl<'c> From<&'c mut SqliteHandle> for Tx<'c> {
    /// A transaction, or a savepoint inside of one, that somebody else has begun and will end.
    fn from(begun: &'c mut SqliteHandle) -> Self {
        Self(Engine::Sqlite(begun))
    }
}

impl Tx<'_> {
    /// Runs a statement and returns its rows.
    ///
    /// # Errors
    /// The engine's; the transaction can only be rolled back then.
    pub async fn rows<const N: usize>(
        &mut self,
        sql: &'static Sql,
        args: [Arg; N],
    ) -> Result<Vec<Row>, StoreError> {
        Ok(self.one(sql.with(args)).await?.rows)
    }

    /// Runs a statement and returns how many rows it changed.
    ///
    /// # Errors
    /// The engine's; the transaction can only be rolled back then.
    pub async fn execute<const N: usize>(
        &mut self,
        sql: &'static Sql,
        args: [Arg; N],
    ) -> Result<u64, StoreError> {
        Ok(self.one(sql.with(args)).await?.changed)
    }

    /// Runs a statement and returns what came of it. On SQLite that blocks, and waits for nothing.
    ///
    /// # Errors
    /// The engine's; the transaction can only be rolled back then.
    pub async fn one(&mut self, statement: Statement) -> Result<Outcome, StoreError> {
        match &mut self.0 {
            Engine::Sqlite(handle) => Ok(handle.run(statement)?),
            Engine::Postgres(tx) => Ok(statements::outcome(tx, statement).await?),
        }
    }

    /// Which rows an insert has made, given what came of it: it was to make one for each of these identities, and ran
    /// last.
    ///
    /// # Errors
    /// The engine's; the transaction can only be rolled back then.
    pub async fn inserted(
        &mut self,
        insert: &'static Insert,
        outcome: Outcome,
        wanted: usize,
        identities: impl FnOnce() -> Batch,
    ) -> Result<Inserted, StoreError> {
        if u64::try_from(wanted) == Ok(outcome.changed) {
            return Ok(Inserted::All);
        }
        let rows = match (outcome.last_row, outcome.changed) {
            (None, _) => outcome.rows,
            (Some(_), 0) => Vec::new(),
            // SQLite numbers the rows of a table one after another.
            (Some(last), made) => {
                let before = last.saturating_sub(i64::try_from(made).unwrap_or(i64::MAX));
                let args = [identities().into(), before.into()];
                self.rows(&insert.inserted, args).await?
            }
        };
        Ok(Inserted::Only(rows))
    }
}
