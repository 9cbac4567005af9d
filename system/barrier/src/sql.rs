//! The statements of the barrier: the table, and the statements for whole batches on each engine.
//!
//! A statement for PostgreSQL takes an array a column. A statement for SQLite takes its rows where it says `$rows`.

/// Reads a statement from the folder of an engine.
macro_rules! text {
    ($file:literal) => {
        include_str!(concat!("../sql/", $file))
    };
}

/// Creates the table on PostgreSQL. Part of a service's own migrations.
pub const POSTGRES_TABLE: &str = text!("postgres/barrier_table.sql");
/// Creates the table on SQLite. Part of a service's own migrations.
pub const SQLITE_TABLE: &str = text!("sqlite/barrier_table.sql");

/// Inserts the rows that are missing, on PostgreSQL; returns the keys of those that it inserted.
pub const POSTGRES_INSERT: &str = text!("postgres/barrier_insert.sql");
/// Inserts the rows that are missing, on SQLite; returns nothing.
pub const SQLITE_INSERT: &str = text!("sqlite/barrier_insert.sql");
/// Selects the rows of a batch that the last insert created, on SQLite: those after row number `$2`.
pub const SQLITE_INSERTED: &str = text!("sqlite/barrier_insert_done.sql");

/// Reads rows by key, on PostgreSQL.
pub const POSTGRES_READ: &str = text!("postgres/barrier_read.sql");
/// Reads rows by key, on SQLite.
pub const SQLITE_READ: &str = text!("sqlite/barrier_read.sql");

/// Writes state, result and undo data into rows, on PostgreSQL.
pub const POSTGRES_SETTLE: &str = text!("postgres/barrier_settle.sql");
/// Writes state, result and undo data into rows, on SQLite.
pub const SQLITE_SETTLE: &str = text!("sqlite/barrier_settle.sql");

/// Moves rows from done to undone and returns their undo data, on PostgreSQL.
pub const POSTGRES_UNDO: &str = text!("postgres/barrier_undo.sql");
/// Moves rows from done to undone and returns their undo data, on SQLite.
pub const SQLITE_UNDO: &str = text!("sqlite/barrier_undo.sql");
