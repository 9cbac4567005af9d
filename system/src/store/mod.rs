//! Storage: one way to run a transaction on PostgreSQL and on SQLite.
//!
//! The two engines differ in the text of a few statements, which stand side by side in
//! `system/sql/`; the code that runs them is written once. A batch (`batch.rs`) travels as arrays, or
//! field by field on SQLite (`sized.rs`), so that every statement is multi-row on both engines.

mod batch;
mod database;
mod error;
mod handle;
mod inspect;
mod migrate;
mod open;
mod postgres;
mod sized;
mod sqlite;
mod tx;
mod url;
mod warm;

pub use batch::Batch;
pub use database::{Database, PoolConfig};
pub use error::{Effect as ErrorEffect, EngineError, OpenError, StoreError};
pub use handle::SqliteHandle;
pub use inspect::inspect;
pub use migrate::{ARTICLE, COORDINATOR, Schema, USER};
pub(crate) use open::IDLE_IN_TRANSACTION_MAX;
pub use open::sqlite_options;
pub use sqlite::without_waiting;
pub use tx::{Arg, AtOnce, Insert, Inserted, Outcome, Row, Sql, Statement, Tx};
pub(crate) use tx::{at_once, insert, sql};
pub use url::{DatabaseUrl, UrlError};
