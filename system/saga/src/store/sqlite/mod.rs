//! SQLite: options, connections, the open file, its migrations, and the texts of batch statements.

pub(super) mod bounds;
mod call;
pub(super) mod connection;
pub(super) mod database;
pub(super) mod inspect;
mod log_space;
mod migrate;
pub(super) mod open;
pub(super) mod options;
mod readers;
mod silence;
mod texts;
mod values;

pub use connection::SqliteConnection;
pub use database::complete_in_one_poll;
pub use options::{JournalMode, LockingMode, SqliteAccess, SqliteOptions, Synchronous};
