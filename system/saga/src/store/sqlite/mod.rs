//! SQLite: the connection, the file with its writer and readers, and the text of batch statements.

pub(crate) mod connection;
pub(crate) mod file;
mod values;

pub use connection::SqliteHandle;
pub use file::without_waiting;
