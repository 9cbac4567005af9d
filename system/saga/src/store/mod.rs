//! Storage: one way to run a transaction on PostgreSQL and on SQLite.
//!
//! The engines differ only in the text of statements, which stand next to the code that runs them, in a `sql/` folder with
//! one folder an engine. The code is written once. A [`Batch`] travels as an array a column on PostgreSQL and field by field
//! on SQLite (`sqlite/values.rs`), so every statement is multi-row on both engines.

mod batch;
mod database;
mod error;
mod execution;
mod inspect;
#[macro_use]
mod macros;
mod migrate;
mod open;
mod page;
mod postgres;
mod sqlite;
mod tx;
mod url;

pub use batch::Batch;
pub use database::{Database, PoolConfig};
pub use error::{Effect as ErrorEffect, EngineError, OpenError, StoreError};
pub use execution::{StoreExecutor, Unit, UnitKind};
pub use inspect::inspect;
pub use migrate::Schema;
pub use open::{IDLE_IN_TRANSACTION_TIMEOUT, sqlite_options};
pub use page::Page;
pub use sqlite::{SqliteHandle, without_waiting};
pub use tx::{Arg, Insert, Inserted, Outcome, PostgresStatement, Row, Sql, Statement, Tx};
pub use url::{DatabaseUrl, UrlError};

pub use crate::{insert, migration, postgres_statement, sql};
