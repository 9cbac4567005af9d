//! The statements of the barrier on each engine: the table, and statements for whole batches of rows.
//!
//! A statement for PostgreSQL takes one array per column. A statement for SQLite takes its rows at the placeholder `$rows`, as
//! a list of `VALUES`, because SQLite has no arrays.

/// Embeds the text of a statement from the folder `sql`.
macro_rules! text {
    ($file:literal) => {
        include_str!(concat!("../sql/", $file))
    };
}

/// Creates the table on PostgreSQL. Copy it into your service's migrations.
pub const POSTGRES_TABLE: &str = text!("postgres/barrier_table.sql");
/// Creates the table on SQLite. Copy it into your service's migrations.
pub const SQLITE_TABLE: &str = text!("sqlite/barrier_table.sql");

/// Creates the table of the retention watermark on PostgreSQL, and its row: two statements. Copy them into your service's
/// migrations, too.
pub const POSTGRES_WATERMARK_TABLE: &str = text!("postgres/barrier_watermark_table.sql");
/// Creates the table of the retention watermark on SQLite, and its row: two statements. Copy them into your service's
/// migrations, too.
pub const SQLITE_WATERMARK_TABLE: &str = text!("sqlite/barrier_watermark_table.sql");

/// Reads and locks the watermark of a shard on PostgreSQL.
pub const POSTGRES_WATERMARK_LOCK: &str = text!("postgres/barrier_watermark_lock.sql");
/// Reads the watermark of a shard on SQLite.
pub const SQLITE_WATERMARK_LOCK: &str = text!("sqlite/barrier_watermark_lock.sql");
/// Writes the watermark of a shard on PostgreSQL.
pub const POSTGRES_WATERMARK_RAISE: &str = text!("postgres/barrier_watermark_raise.sql");
/// Writes the watermark of a shard on SQLite.
pub const SQLITE_WATERMARK_RAISE: &str = text!("sqlite/barrier_watermark_raise.sql");

/// Lists the open transactions that may change barrier rows, on PostgreSQL. Rows below a watermark may be deleted when all that
/// were open after its commit have ended.
pub const POSTGRES_TRANSACTIONS: &str = text!("postgres/barrier_transactions.sql");
/// Selects the saga at which a batch of rows to delete ends, on PostgreSQL.
pub const POSTGRES_COLLECT_END: &str = text!("postgres/barrier_collect_end.sql");
/// Selects the saga at which a batch of rows to delete ends, on SQLite.
pub const SQLITE_COLLECT_END: &str = text!("sqlite/barrier_collect_end.sql");
/// Deletes the rows of a range of sagas on PostgreSQL.
pub const POSTGRES_COLLECT: &str = text!("postgres/barrier_collect.sql");
/// Deletes the rows of a range of sagas on SQLite.
pub const SQLITE_COLLECT: &str = text!("sqlite/barrier_collect.sql");

/// Inserts the missing rows of a batch on PostgreSQL, except those of sagas below the watermark. Returns the keys of the inserted
/// rows.
pub const POSTGRES_INSERT: &str = text!("postgres/barrier_insert.sql");
/// Inserts the missing rows of a batch on SQLite, except those of sagas below the watermark. Returns no rows: [`SQLITE_INSERTED`] selects them.
pub const SQLITE_INSERT: &str = text!("sqlite/barrier_insert.sql");
/// Selects the rows of a batch that the last insert created on SQLite: those whose `rowid` is greater than `$2`.
pub const SQLITE_INSERTED: &str = text!("sqlite/barrier_insert_done.sql");

/// Reads rows by key on PostgreSQL, except those of sagas below the watermark. A key that was not inserted and has no row is stale.
pub const POSTGRES_READ: &str = text!("postgres/barrier_read.sql");
/// Reads rows by key on SQLite, except those of sagas below the watermark. A key that was not inserted and has no row is stale.
pub const SQLITE_READ: &str = text!("sqlite/barrier_read.sql");

/// Reads rows by key on PostgreSQL as they are stored, for a person who compares. The last column says whether the saga is below
/// the watermark; such a step is listed without a row, too. No decision may rest on it: use [`POSTGRES_READ`].
pub const POSTGRES_ROWS: &str = text!("postgres/barrier_rows.sql");
/// Reads rows by key on SQLite as they are stored, for a person who compares. The last column says whether the saga is below the
/// watermark; such a step is listed without a row, too. No decision may rest on it: use [`SQLITE_READ`].
pub const SQLITE_ROWS: &str = text!("sqlite/barrier_rows.sql");

/// Writes state, result and undo data into rows on PostgreSQL.
pub const POSTGRES_SETTLE: &str = text!("postgres/barrier_settle.sql");
/// Writes state, result and undo data into rows on SQLite.
pub const SQLITE_SETTLE: &str = text!("sqlite/barrier_settle.sql");

/// Sets rows from done to undone on PostgreSQL. Returns their undo data, saga and step.
pub const POSTGRES_UNDO: &str = text!("postgres/barrier_undo.sql");
/// Sets rows from done to undone on SQLite. Returns their undo data, saga and step.
pub const SQLITE_UNDO: &str = text!("sqlite/barrier_undo.sql");
