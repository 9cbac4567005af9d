//! One transaction on either engine: statements, arguments and rows.

use sqlx::{
    PgExecutor, Postgres, Row as _, Sqlite, SqliteExecutor, Transaction,
    postgres::{PgArguments, PgRow},
    query::Query,
    sqlite::{SqliteArguments, SqliteRow},
};

use super::{
    StoreError,
    batch::{Batch, Column},
    sized,
};

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
pub struct AtOnce {
    /// The name of its file.
    pub name: &'static str,
    /// Its text.
    pub text: &'static str,
}

/// Reads a statement from `sql/postgres/NAME.sql`.
macro_rules! at_once {
    ($name:literal) => {
        $crate::store::AtOnce {
            name: $name,
            text: include_str!(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/sql/postgres/",
                $name,
                ".sql"
            )),
        }
    };
}
pub(crate) use at_once;

/// Reads a statement from `sql/sqlite/NAME.sql` and `sql/postgres/NAME.sql`.
macro_rules! sql {
    ($name:literal) => {
        $crate::store::Sql {
            name: $name,
            sqlite: include_str!(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/sql/sqlite/",
                $name,
                ".sql"
            )),
            postgres: include_str!(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/sql/postgres/",
                $name,
                ".sql"
            )),
        }
    };
}
pub(crate) use sql;

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
    Sqlite(SqliteRow),
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
            Self::Sqlite(row) => row.try_get(column),
            Self::Postgres(row) => row.try_get(column),
        }?)
    }

    /// Text that may be missing.
    ///
    /// # Errors
    /// If the column is not text.
    pub fn opt_text(&self, column: usize) -> Result<Option<String>, StoreError> {
        Ok(match self {
            Self::Sqlite(row) => row.try_get(column),
            Self::Postgres(row) => row.try_get(column),
        }?)
    }

    /// Text.
    ///
    /// # Errors
    /// If the column is not text, or is missing.
    pub fn text(&self, column: usize) -> Result<String, StoreError> {
        self.opt_text(column)?
            .ok_or_else(|| StoreError::Broken(format!("column {column} is empty")))
    }

    /// Text that is read into a type: an identity, a JSON document.
    ///
    /// # Errors
    /// If the column is not the text of one.
    pub fn json<T: serde::de::DeserializeOwned>(&self, column: usize) -> Result<T, StoreError> {
        Ok(serde_json::from_str(&self.text(column)?)?)
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

/// An open transaction. Dropped without a commit, it is rolled back.
pub struct Tx<'c>(pub(super) Engine<'c>);

pub(super) enum Engine<'c> {
    Sqlite(Transaction<'c, Sqlite>),
    Postgres(Transaction<'c, Postgres>),
}

impl<'c> From<Transaction<'c, Sqlite>> for Tx<'c> {
    /// A transaction, or a savepoint inside of one, that somebody else has begun.
    fn from(begun: Transaction<'c, Sqlite>) -> Self {
        Self(Engine::Sqlite(begun))
    }
}

impl Tx<'_> {
    /// Commits.
    ///
    /// # Errors
    /// [`StoreError::Unknown`]: it may have been committed.
    pub async fn commit(self) -> Result<(), StoreError> {
        match self.0 {
            Engine::Sqlite(begun) => begun.commit().await,
            Engine::Postgres(begun) => begun.commit().await,
        }
        .map_err(StoreError::Unknown)
    }

    /// Runs a statement and returns its rows.
    ///
    /// # Errors
    /// The engine's; the transaction can only be rolled back then.
    pub async fn rows<const N: usize>(
        &mut self,
        sql: &'static Sql,
        args: [Arg; N],
    ) -> Result<Vec<Row>, StoreError> {
        match &mut self.0 {
            Engine::Sqlite(tx) => sqlite_rows(&mut **tx, sql, args).await,
            Engine::Postgres(tx) => Ok(postgres_rows(&mut **tx, sql.postgres, args).await?),
        }
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
        Ok(match &mut self.0 {
            Engine::Sqlite(tx) => bind_sqlite(sql, args)
                .execute(&mut **tx)
                .await?
                .rows_affected(),
            Engine::Postgres(tx) => bind_postgres(sqlx::query(sql.postgres), args)
                .execute(&mut **tx)
                .await?
                .rows_affected(),
        })
    }
}

/// Runs a statement on SQLite, in or outside of a transaction.
pub(super) async fn sqlite_rows<'c, const N: usize>(
    on: impl SqliteExecutor<'c>,
    sql: &'static Sql,
    args: [Arg; N],
) -> Result<Vec<Row>, StoreError> {
    let rows = bind_sqlite(sql, args).fetch_all(on).await?;
    Ok(rows.into_iter().map(Row::Sqlite).collect())
}

/// Runs a statement on PostgreSQL, in or outside of a transaction.
pub(super) async fn postgres_rows<'c, const N: usize>(
    on: impl PgExecutor<'c>,
    text: &'static str,
    args: [Arg; N],
) -> sqlx::Result<Vec<Row>> {
    let rows = bind_postgres(sqlx::query(text), args).fetch_all(on).await?;
    Ok(rows.into_iter().map(Row::Postgres).collect())
}

fn bind_sqlite<const N: usize>(
    sql: &'static Sql,
    args: [Arg; N],
) -> Query<'static, Sqlite, SqliteArguments> {
    let text = match args.first() {
        Some(Arg::Batch(batch)) => {
            debug_assert!(batch.fits(sql.sqlite), "{} takes other columns", sql.name);
            sized::text(sql.sqlite, batch.rows(), batch.columns.len(), N)
        }
        _ => sql.sqlite,
    };
    args.into_iter()
        .fold(sqlx::query(text), |query, arg| match arg {
            Arg::Int(value) => query.bind(value),
            Arg::Text(value) => query.bind(value),
            Arg::Batch(batch) => bind_rows(query, batch),
        })
}

/// Row by row, then the rows too many.
fn bind_rows(
    mut query: Query<'static, Sqlite, SqliteArguments>,
    mut batch: Batch,
) -> Query<'static, Sqlite, SqliteArguments> {
    let rows = batch.rows();
    for row in 0..rows {
        for (_, column) in &mut batch.columns {
            query = match column {
                Column::Ints(values) => query.bind(values[row]),
                Column::Texts(values) => query.bind(values[row].take()),
                Column::Uuids(values) => query.bind(values[row].to_string()),
            };
        }
    }
    let too_many = (sized::rows_of_text(rows) - rows) * batch.columns.len();
    (0..too_many).fold(query, |query, _| query.bind(None::<i64>))
}

fn bind_postgres<const N: usize>(
    mut query: Query<'static, Postgres, PgArguments>,
    args: [Arg; N],
) -> Query<'static, Postgres, PgArguments> {
    for arg in args {
        query = match arg {
            Arg::Int(value) => query.bind(value),
            Arg::Text(value) => query.bind(value),
            Arg::Batch(batch) => {
                batch
                    .columns
                    .into_iter()
                    .fold(query, |query, (_, column)| match column {
                        Column::Ints(values) => query.bind(values),
                        Column::Texts(values) => query.bind(values),
                        Column::Uuids(values) => query.bind(values),
                    })
            }
        };
    }
    query
}
