//! The rows that a statement returns, on either engine.

use rusqlite::types::Value;
use sqlx::{Row as _, postgres::PgRow};

use super::error::StoreError;

/// The result of one statement.
pub struct Outcome {
    /// The rows that it returned.
    pub rows: Vec<Row>,
    /// How many rows it changed.
    pub changed: u64,
    /// On SQLite, the row id of the last row that the connection inserted.
    pub(crate) last_row_id: Option<i64>,
}

/// A row of a result. Columns are addressed by position, from 0.
pub enum Row {
    /// From SQLite.
    Sqlite(Vec<Value>),
    /// From PostgreSQL.
    Postgres(PgRow),
}

impl Row {
    /// Reads an integer.
    ///
    /// # Errors
    /// [`StoreError::Invariant`]: the column holds something else.
    pub fn int(&self, column: usize) -> Result<i64, StoreError> {
        Ok(match self {
            Self::Sqlite(row) => match row.get(column) {
                Some(Value::Integer(value)) => *value,
                _ => return Err(invalid(column, "not an integer")),
            },
            Self::Postgres(row) => row.try_get(column)?,
        })
    }

    /// Reads an integer that may be NULL.
    ///
    /// # Errors
    /// [`StoreError::Invariant`]: the column holds something else.
    pub fn opt_int(&self, column: usize) -> Result<Option<i64>, StoreError> {
        Ok(match self {
            Self::Sqlite(row) => match row.get(column) {
                Some(Value::Integer(value)) => Some(*value),
                Some(Value::Null) => None,
                _ => return Err(invalid(column, "not an integer")),
            },
            Self::Postgres(row) => row.try_get(column)?,
        })
    }

    /// Reads text that may be NULL.
    ///
    /// # Errors
    /// [`StoreError::Invariant`]: the column holds something else.
    pub fn opt_text(&self, column: usize) -> Result<Option<&str>, StoreError> {
        Ok(match self {
            Self::Sqlite(row) => match row.get(column) {
                Some(Value::Text(text)) => Some(text),
                Some(Value::Null) => None,
                _ => return Err(invalid(column, "not text")),
            },
            Self::Postgres(row) => row.try_get(column)?,
        })
    }

    /// Reads text.
    ///
    /// # Errors
    /// [`StoreError::Invariant`]: the column is NULL or holds something else.
    pub fn text(&self, column: usize) -> Result<&str, StoreError> {
        self.opt_text(column)?
            .ok_or_else(|| invalid(column, "NULL"))
    }

    /// Parses JSON text into a type, for example an id or a document.
    ///
    /// # Errors
    /// [`StoreError::Invariant`]: the column does not hold such a value.
    pub fn json<T: serde::de::DeserializeOwned>(&self, column: usize) -> Result<T, StoreError> {
        Ok(serde_json::from_str(self.text(column)?)?)
    }

    /// Reads a UUID that may be NULL, from the result of a [`PostgresStatement`](super::statement::PostgresStatement).
    ///
    /// # Errors
    /// [`StoreError::Invariant`]: the row comes from SQLite, or the column holds something else.
    pub fn opt_uuid(&self, column: usize) -> Result<Option<uuid::Uuid>, StoreError> {
        match self {
            Self::Sqlite(_) => Err(invalid(column, "text, because SQLite has no UUIDs")),
            Self::Postgres(row) => Ok(row.try_get(column)?),
        }
    }

    /// Reads a UUID. SQLite stores its text.
    ///
    /// # Errors
    /// [`StoreError::Invariant`]: the column is NULL or holds something else.
    pub fn uuid(&self, column: usize) -> Result<uuid::Uuid, StoreError> {
        match self {
            Self::Sqlite(_) => self
                .text(column)?
                .parse()
                .map_err(|error: uuid::Error| StoreError::Invariant(error.to_string())),
            Self::Postgres(row) => Ok(row.try_get(column)?),
        }
    }
}

fn invalid(column: usize, what: &str) -> StoreError {
    StoreError::Invariant(format!("column {column} is {what}"))
}
