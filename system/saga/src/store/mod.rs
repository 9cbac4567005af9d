//! Storage: one way to run a transaction, on PostgreSQL and on SQLite.
//!
//! The code that uses a [`Database`] is written once. The engines differ in the text of statements only, which stands
//! next to the code that runs it, in a `sql/` folder with one folder for each engine. Every statement takes many rows: a
//! [`Batch`] is sent as one array for each column on PostgreSQL, and field by field on SQLite (`sqlite/texts.rs`).
//!
//! ```text
//! Database ──► StoreExecutor::execute ──► PostgreSQL: a connection of the pool, async, sqlx
//!                                    └──► SQLite: StoreExecutor::call_blocking ──► writer or reader, rusqlite
//! ```
//!
//! Read [`Database`] first, then [`StoreExecutor`] and [`StoreError`].

mod batch;
mod blocked;
mod bounds;
mod contents;
mod database;
mod error;
mod executor;
mod idle_pool;
mod inspect;
#[macro_use]
mod macros;
pub(crate) mod metrics;
mod migrations;
mod open_error;
mod page;
mod pool_config;
mod postgres;
mod row;
mod schema;
mod simulator_hooks;
mod sqlite;
mod statement;
mod tx;
mod unit;
mod url;

pub use batch::Batch;
pub(crate) use blocked::{HALVING_MAX, ShortWaits, outlast_paused_transaction};
pub use bounds::{postgres_bounds, sqlite_bounds};
pub use database::Database;
pub use error::{CommitState, EngineError, StoreError};
pub use executor::StoreExecutor;
pub use inspect::{inspect, inspect_current};
pub use migrations::{MigrationStatus, PendingMigration, migrate, migration_status};
pub use open_error::OpenError;
pub use page::Page;
pub use pool_config::PoolConfig;
pub use postgres::facts::{ServerFacts, server_facts};
pub use postgres::session::IDLE_IN_TRANSACTION_TIMEOUT;
pub use row::{Outcome, Row};
pub use schema::{Migration, Schema};
pub use simulator_hooks::SimulatorHooks;
pub use sqlite::{
    JournalMode, LockingMode, SqliteAccess, SqliteConnection, SqliteOptions, Synchronous,
    complete_in_one_poll,
};
pub use statement::{Arg, Insert, PostgresStatement, Sql, Statement};
pub use tx::{Inserted, Tally, Tx};
pub use unit::{Unit, UnitKind};
pub use url::{DatabaseUrl, PostgresUrl, UrlError};

pub use crate::{insert, migration, postgres_migration, postgres_statement, sql};
