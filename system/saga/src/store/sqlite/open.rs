//! Opens a SQLite file and migrates it. Everything is checked before anything is changed.

use std::{path::Path, sync::Arc, time::Duration};

use rusqlite::{Connection, ErrorCode};

use super::{
    call::call_at_start,
    connection::SqliteConnection,
    database::SqliteDatabase,
    log_space::KEPT_BYTES,
    migrate::{MigrateError, migrate},
    options::{BUSY_TIMEOUT, JournalMode, SqliteAccess, SqliteOptions},
};
use crate::{
    bound::Bound,
    store::{
        contents::Contents, executor::StoreExecutor, open_error::OpenError,
        pool_config::PoolConfig, schema::Schema, url::DatabaseUrl,
    },
};

/// Opening a file, with what it holds. It reads a few pages, and the write-ahead log if a kill left one. It may wait for the
/// lock of another process (`BUSY_TIMEOUT`).
pub(super) const OPENING: Bound = Bound::new("opening the file", Duration::from_secs(10));

/// The migrations of a file. One may build an index of a large table.
pub(super) const MIGRATION: Bound = Bound::new("the migration", Duration::from_secs(30 * 60));

/// How long a migration waits for that of another process, which may build an index.
pub(super) const MIGRATION_TURN: Duration = Duration::from_secs(60);

/// How often the switch to a write-ahead log is tried. Another process that switches the file does so once.
const SWITCHES_MAX: u32 = 10;

/// The page cache of the writer. Each batch writes all over the index of likes. A cache four times as large saves few
/// reads, but SQLite looks through all of it at the end of many transactions.
const WRITER_CACHE_KIB: u32 = 4_000;

/// The page cache of a reader. It is small because a reader drops all of it whenever the file has changed.
const READER_CACHE_KIB: u32 = 256;

/// Opens a file, creates it if it is missing, and migrates it.
///
/// # Errors
/// [`OpenError`]; nothing was changed.
pub(in crate::store) async fn open(
    url: &DatabaseUrl,
    path: &Path,
    schema: Schema,
    pool: PoolConfig,
    executor: &dyn StoreExecutor,
) -> Result<SqliteDatabase, OpenError> {
    let hooks = executor.simulator_hooks();
    if let Some(writer) = hooks.and_then(|hooks| hooks.prepared_sqlite(schema.service)) {
        return Ok(SqliteDatabase::simulated(writer, pool));
    }
    let options = SqliteOptions::new(path);
    let options = match hooks {
        Some(hooks) => hooks.sqlite_options(options),
        None => options,
    };
    let mut writer = open_and_migrate(url, options.clone(), schema, executor).await?;
    match hooks {
        Some(hooks) => {
            let opened = hooks.sqlite_opened(schema.service, &mut writer);
            opened.map_err(|error| OpenError::unreachable(url, error))?;
            let writer = Arc::new(tokio::sync::Mutex::new(writer));
            hooks.sqlite_shared(&writer);
            Ok(SqliteDatabase::simulated(writer, pool))
        }
        None => {
            let limited = limit_log(&writer);
            limited.map_err(|error| OpenError::unreachable(url, reason(&error, path)))?;
            let readers = reader_options(options);
            Ok(SqliteDatabase::new(path, writer, readers, pool))
        }
    }
}

/// Migrates a file, creates it if it is missing, and closes it.
///
/// # Errors
/// [`OpenError`]; nothing was changed.
pub(in crate::store) async fn migrate_file(
    url: &DatabaseUrl,
    path: &Path,
    schema: Schema,
    executor: &dyn StoreExecutor,
) -> Result<(), OpenError> {
    let options = SqliteOptions::new(path);
    open_and_migrate(url, options, schema, executor)
        .await
        .map(drop)
}

/// Limits what a write-ahead log keeps of its size when it begins anew. Not an option of every connection: a simulator
/// would record other writes.
fn limit_log(writer: &SqliteConnection) -> rusqlite::Result<()> {
    let limit = format!("PRAGMA journal_size_limit = {KEPT_BYTES}");
    writer.driver().execute_batch(&limit)
}

fn reader_options(options: SqliteOptions) -> SqliteOptions {
    SqliteOptions {
        access: SqliteAccess::Existing,
        journal_mode: Some(JournalMode::Wal),
        cache_kib: Some(READER_CACHE_KIB),
        ..options
    }
}

/// Two calls, because a migration may take long, and a silent disk is to be named soon.
async fn open_and_migrate(
    url: &DatabaseUrl,
    options: SqliteOptions,
    schema: Schema,
    executor: &dyn StoreExecutor,
) -> Result<SqliteConnection, OpenError> {
    let its_url = url.clone();
    let open = move || open_writer(&its_url, options, schema);
    let mut writer = call_at_start(executor, OPENING, url, open).await?;
    let its_url = url.clone();
    let migrate = move || match migrate_in_turn(writer.driver_mut(), schema) {
        Ok(()) => Ok(writer),
        Err(error) => Err(OpenError::migration(&its_url, error)),
    };
    call_at_start(executor, MIGRATION, url, migrate).await
}

/// Migrates the file, and waits while another process migrates it.
fn migrate_in_turn(writer: &mut Connection, schema: Schema) -> Result<(), MigrateError> {
    writer.busy_timeout(MIGRATION_TURN)?;
    migrate(writer, schema)?;
    Ok(writer.busy_timeout(BUSY_TIMEOUT)?)
}

/// Opens the writer of a file that is ours.
fn open_writer(
    url: &DatabaseUrl,
    mut options: SqliteOptions,
    schema: Schema,
) -> Result<SqliteConnection, OpenError> {
    options.cache_kib = Some(WRITER_CACHE_KIB);
    let unreachable = |error| OpenError::unreachable(url, reason(&error, &options.path));
    let writer = SqliteConnection::open(&options).map_err(unreachable)?;
    let contents = Contents::of_sqlite(writer.driver()).map_err(unreachable)?;
    contents.check(url, schema)?;
    // Not an option of the connection: the journal mode is written into the file, which may not be ours.
    switch_to_log(writer.driver()).map_err(unreachable)?;
    Ok(writer)
}

/// Switches the file to a write-ahead log. SQLite does not wait if another process is switching it, too: it would wait while it
/// holds a lock. So this waits for the write of that process, and tries again.
fn switch_to_log(connection: &Connection) -> rusqlite::Result<()> {
    for _ in 1..SWITCHES_MAX {
        match connection.execute_batch("PRAGMA journal_mode = WAL") {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {
                connection.execute_batch("BEGIN IMMEDIATE; ROLLBACK")?;
            }
            switched => return switched,
        }
    }
    connection.execute_batch("PRAGMA journal_mode = WAL")
}

/// The text of an error while a file is opened, with SQLite's extended result code. sqlx writes the errors of PostgreSQL
/// in the same form.
pub(super) fn reason(error: &rusqlite::Error, path: &Path) -> String {
    match error {
        rusqlite::Error::SqliteFailure(failure, Some(message)) => {
            // rusqlite adds the path, which the error of the open already names.
            let path = format!(": {}", path.display());
            let message = message.strip_suffix(&path).unwrap_or(message);
            let code = failure.extended_code;
            format!("error returned from database: (code: {code}) {message}")
        }
        error => error.to_string(),
    }
}
