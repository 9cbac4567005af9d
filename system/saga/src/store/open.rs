//! Opening a database: is it ours, is it not too new, and bring it to the newest schema.
//!
//! Whatever is wrong is found before anything is changed.

use std::{path::Path, sync::Arc, time::Duration};

use futures::FutureExt;
use sqlx::{
    Connection, PgConnection,
    migrate::MigrateError,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous},
};
use tokio::sync::Mutex;

use super::{
    DatabaseUrl, OpenError, PoolConfig, Schema, StoreError,
    database::Engine,
    inspect::{Found, connect},
    postgres::idle_pool::IdlePool,
    sqlite::{
        connection::SqliteHandle,
        file::{Readers, Sqlite},
    },
};
use crate::store::StoreExecutor;

/// How long SQLite waits for another process's lock before it gives up.
const SQLITE_BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// What the writer keeps of its file, in KiB (negative, as SQLite has it): every batch writes all over the index of pairs.
/// With four times as much SQLite reads hardly less, but looks through all of it at the end of many transactions.
const SQLITE_WRITER_CACHE: &str = "-4000";
/// What a reader keeps, likewise: it forgets all of it whenever the file has changed, and pays for the room.
const SQLITE_READER_CACHE: &str = "-256";
/// Pages of the write-ahead log after which they are copied into the file: 16 MB, for what is written again and again
/// is copied once.
const SQLITE_CHECKPOINT_AFTER: &str = "4000";
/// How long a PostgreSQL server may take to let us in at the start.
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long PostgreSQL keeps a transaction whose client says nothing. Ours say one statement right
/// after the other: one that does not is paused or cut off, and would hold its locks for as long,
/// the shard's among them, which nobody could then take over.
pub const IDLE_IN_TRANSACTION_TIMEOUT: Duration = Duration::from_secs(2);

/// How long a connection may lie idle before it is tested at its next use.
const TEST_IDLE_AFTER: Duration = Duration::from_secs(1);

/// Every statement here finds its rows by an index, a batch at a time. A plan that was made while
/// a table was empty reads all of it instead, once it has grown, and until statistics are
/// gathered: so the ways that read whole tables are closed, and a plan is made once.
const PLANS: [(&str, &str); 5] = [
    ("enable_seqscan", "off"),
    ("enable_hashjoin", "off"),
    ("enable_mergejoin", "off"),
    ("plan_cache_mode", "force_generic_plan"),
    ("jit", "off"),
];

pub(crate) async fn open_sqlite(
    url: &DatabaseUrl,
    path: &Path,
    schema: Schema,
    pool: PoolConfig,
    edge: &Arc<dyn StoreExecutor>,
) -> Result<Engine, OpenError> {
    let unreachable = |error: sqlx::Error| unreachable_database(url, &error.to_string());
    if let Some(writer) = edge.sqlite_prepared(schema.service) {
        let ready = Sqlite::new(writer, None, pool.acquire_timeout);
        return Ok(Engine::Sqlite(ready));
    }
    let options = edge.sqlite_options(sqlite_options(path));
    // Not for those that read: each forgets all its pages when the file has changed.
    let remembering = options.clone().pragma("cache_size", SQLITE_WRITER_CACHE);
    let mut writer = SqliteConnection::connect_with(&remembering)
        .await
        .map_err(unreachable)?;
    if let Err(refusal) = prepare_sqlite(url, &mut writer, schema).await {
        // Closed before anybody looks: else a file beside it may stay.
        let _ = writer.close().await;
        return Err(refusal);
    }
    let unusable = |error: StoreError| unreachable_database(url, &error.to_string());
    let mut writer = SqliteHandle::of(writer).await.map_err(unusable)?;
    edge.sqlite_opened(schema.service, &mut writer)
        .map_err(unusable)?;
    let readers = match edge.sqlite_readers() {
        0 => None,
        connections => {
            let options = options
                .pragma("cache_size", SQLITE_READER_CACHE)
                .create_if_missing(false)
                .journal_mode(SqliteJournalMode::Wal);
            Some(Readers::new(connections, options, pool.acquire_timeout))
        }
    };
    let writer = Arc::new(Mutex::new(writer));
    Ok(Engine::Sqlite(Sqlite::new(
        writer,
        readers,
        pool.acquire_timeout,
    )))
}

/// How a SQLite file is opened, unless the edge knows better.
#[must_use]
pub fn sqlite_options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(SQLITE_BUSY_TIMEOUT)
        // Else a statement of many rows keeps what it may have to take back in a file.
        .pragma("temp_store", "MEMORY")
        .pragma("wal_autocheckpoint", SQLITE_CHECKPOINT_AFTER)
}

/// Looks, and only then changes anything.
async fn prepare_sqlite(
    url: &DatabaseUrl,
    writer: &mut SqliteConnection,
    schema: Schema,
) -> Result<(), OpenError> {
    let unreachable = |error: sqlx::Error| unreachable_database(url, &error.to_string());
    let found = Found::in_sqlite(writer).await.map_err(unreachable)?;
    found.judge(url, schema)?;
    // Not with the options: it is written into the file.
    sqlx::query("PRAGMA journal_mode = WAL")
        .execute(&mut *writer)
        .await
        .map_err(unreachable)?;
    migrated(url, schema.sqlite().run_direct(None, writer, false).await)
}

pub(crate) async fn open_postgres(
    url: &DatabaseUrl,
    options: &PgConnectOptions,
    schema: Schema,
    pool: PoolConfig,
) -> Result<Engine, OpenError> {
    let unreachable = |error: sqlx::Error| unreachable_database(url, &error.to_string());
    let options = options.clone().application_name("likewise");
    let mut connection = connect(url, &options).await?;
    let found = Found::in_postgres(&mut connection).await;
    found.map_err(unreachable)?.judge(url, schema)?;
    migrated(
        url,
        schema
            .postgres()
            .run_direct(None, &mut connection, false)
            .await,
    )?;
    // It has done its work; that the server may not hear of its end changes nothing.
    let _ = connection.close().await;
    let connections = PgPoolOptions::new()
        .max_connections(pool.connections_max)
        .acquire_timeout(pool.acquire_timeout)
        .after_connect(|connection, _| settle(connection).boxed())
        // The pool's own test asks at every use, as often as there are statements.
        .test_before_acquire(false)
        .before_acquire(|connection, idle| answers(connection, idle.idle_for).boxed())
        .connect_lazy_with(options);
    let warm = IdlePool::of(connections, pool.connections_max, pool);
    Ok(Engine::Postgres(warm))
}

/// By a statement: poolers in front of the server refuse it as an option of the connection.
async fn settle(connection: &mut PgConnection) -> sqlx::Result<()> {
    let idleness = format!("{}ms", IDLE_IN_TRANSACTION_TIMEOUT.as_millis());
    let settings = [("idle_in_transaction_session_timeout", idleness.as_str())];
    let (names, values): (Vec<_>, Vec<_>) = settings.iter().chain(&PLANS).copied().unzip();
    sqlx::query("SELECT set_config(name, value, false) FROM unnest($1::text[], $2::text[]) AS s (name, value)")
        .bind(names)
        .bind(values)
        .execute(connection)
        .await
        .map(drop)
}

/// Whether a connection may be used: one that was idle for long may have been cut off meanwhile.
async fn answers(connection: &mut PgConnection, idle_for: Duration) -> sqlx::Result<bool> {
    Ok(idle_for < TEST_IDLE_AFTER || connection.ping().await.is_ok())
}

fn migrated(url: &DatabaseUrl, result: Result<(), MigrateError>) -> Result<(), OpenError> {
    result.map_err(|error| OpenError::Migration {
        url: url.to_string(),
        reason: error.to_string(),
    })
}

pub(crate) fn unreachable_database(url: &DatabaseUrl, reason: &str) -> OpenError {
    OpenError::Unreachable {
        url: url.to_string(),
        reason: reason.to_owned(),
        advice: match url {
            DatabaseUrl::Sqlite(_) => {
                "Check that the folder exists, that it may be written to, and that the file is a SQLite database."
            }
            DatabaseUrl::Postgres(_) => {
                "Check that the server runs and that the database exists (createdb NAME makes one)."
            }
        },
    }
}
