//! Opening a database: is it ours, is it not too new, and bring it to the newest schema.
//!
//! Whatever is wrong is found before anything is changed.

use std::{path::Path, sync::Arc, time::Duration};

use sqlx::{
    Connection, PgConnection,
    migrate::MigrateError,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{
        SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePoolOptions,
        SqliteSynchronous,
    },
};
use tokio::{sync::Mutex, time::timeout};

use super::{
    DatabaseUrl, OpenError, PoolConfig, Schema,
    database::{Engine, Sqlite},
    tx::{Sql, sql},
};
use crate::edges::StoreEdge;

/// How long SQLite waits for another process's lock before it gives up.
const SQLITE_BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a PostgreSQL server may take to let us in at the start.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// The table that the migrations keep account in: whatever has tables has it too, or is not ours.
const ACCOUNT: &str = "_sqlx_migrations";

static TABLES: Sql = sql!("tables");

pub(super) async fn open_sqlite(
    url: &DatabaseUrl,
    path: &Path,
    schema: Schema,
    pool: PoolConfig,
    edge: &Arc<dyn StoreEdge>,
) -> Result<Engine, OpenError> {
    let unreachable = |error: sqlx::Error| unreachable_database(url, &error.to_string());
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(SQLITE_BUSY_TIMEOUT);
    let options = edge.sqlite_options(options);
    let mut writer = SqliteConnection::connect_with(&options)
        .await
        .map_err(unreachable)?;
    let tables: Vec<String> = sqlx::query_scalar(TABLES.sqlite)
        .fetch_all(&mut writer)
        .await
        .map_err(unreachable)?;
    ours(url, schema, &tables)?;
    // Only now: it is written into the file.
    sqlx::query("PRAGMA journal_mode = WAL")
        .execute(&mut writer)
        .await
        .map_err(unreachable)?;
    migrated(
        url,
        schema,
        schema.sqlite().run_direct(None, &mut writer, false).await,
    )?;
    edge.sqlite_opened(schema.service, &mut writer)
        .await
        .map_err(unreachable)?;
    let readers = match edge.sqlite_readers() {
        0 => None,
        connections => Some(
            SqlitePoolOptions::new()
                .max_connections(connections)
                .acquire_timeout(pool.acquire_timeout)
                .connect_lazy_with(
                    options
                        .create_if_missing(false)
                        .journal_mode(SqliteJournalMode::Wal),
                ),
        ),
    };
    Ok(Engine::Sqlite(Sqlite {
        writer: Mutex::new(writer),
        readers,
        patience: pool.acquire_timeout,
    }))
}

pub(super) async fn open_postgres(
    url: &DatabaseUrl,
    options: &PgConnectOptions,
    schema: Schema,
    pool: PoolConfig,
) -> Result<Engine, OpenError> {
    let unreachable = |error: sqlx::Error| unreachable_database(url, &error.to_string());
    let options = options.clone().application_name("likewise");
    // Not through the pool, which goes on trying and then says only that it took too long.
    let mut connection = timeout(CONNECT_TIMEOUT, PgConnection::connect_with(&options))
        .await
        .map_err(|_| unreachable_database(url, "the server does not answer"))?
        .map_err(unreachable)?;
    let tables: Vec<String> = sqlx::query_scalar(TABLES.postgres)
        .fetch_all(&mut connection)
        .await
        .map_err(unreachable)?;
    ours(url, schema, &tables)?;
    migrated(
        url,
        schema,
        schema
            .postgres()
            .run_direct(None, &mut connection, false)
            .await,
    )?;
    // It has done its work; that the server may not hear of its end changes nothing.
    let _ = connection.close().await;
    let pool = PgPoolOptions::new()
        .max_connections(pool.connections_max)
        .acquire_timeout(pool.acquire_timeout)
        .connect_lazy_with(options);
    Ok(Engine::Postgres(pool))
}

/// A database is ours to fill if it is empty, or if migrations of ours keep account in it.
fn ours(url: &DatabaseUrl, schema: Schema, tables: &[String]) -> Result<(), OpenError> {
    match tables.first() {
        Some(table) if !tables.iter().any(|name| name == ACCOUNT) => Err(OpenError::Foreign {
            url: url.to_string(),
            service: schema.service,
            reason: format!("there is a table {table} that Likewise did not make"),
        }),
        _ => Ok(()),
    }
}

fn migrated(
    url: &DatabaseUrl,
    schema: Schema,
    result: Result<(), MigrateError>,
) -> Result<(), OpenError> {
    result.map_err(|error| match error {
        MigrateError::VersionMissing(found) => OpenError::Newer {
            url: url.to_string(),
            found,
            known: schema.version(),
        },
        MigrateError::VersionMismatch(version) => OpenError::Foreign {
            url: url.to_string(),
            service: schema.service,
            reason: format!(
                "its migration {version} is another one, perhaps of another of the services"
            ),
        },
        error => OpenError::Migration {
            url: url.to_string(),
            reason: error.to_string(),
        },
    })
}

pub(super) fn unreachable_database(url: &DatabaseUrl, reason: &str) -> OpenError {
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
