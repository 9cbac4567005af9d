//! Looking at a database before it is opened for good: is it ours, and is it not too new?
//!
//! A process looks at all of its databases before it opens the first, so that a refusal leaves
//! every one of them as it was.

use std::{fs, path::Path};

use sqlx::{
    Connection, PgConnection, postgres::PgConnectOptions, sqlite::SqliteConnectOptions,
    sqlite::SqliteConnection,
};
use tokio::time::timeout;

use super::{
    DatabaseUrl, OpenError, Schema,
    open::{CONNECT_TIMEOUT, unreachable_database},
    sql,
    tx::Sql,
};

/// The table that the migrations keep account in: whatever has tables has it too, or is not ours.
const ACCOUNT: &str = "_sqlx_migrations";

static TABLES: Sql = sql!("tables");
static APPLIED: Sql = sql!("migrations_applied");

/// Whether a database could be opened. Changes nothing, not even a file beside it.
///
/// # Errors
/// [`OpenError`], as opening it would give.
pub async fn inspect(url: &DatabaseUrl, schema: Schema) -> Result<(), OpenError> {
    match url {
        DatabaseUrl::Sqlite(path) => inspect_file(url, path, schema).await,
        DatabaseUrl::Postgres(options) => {
            let mut connection = connect(url, options).await?;
            let found = Found::in_postgres(&mut connection).await;
            // It has told what it knows; that the server may not hear of its end changes nothing.
            let _ = connection.close().await;
            found
                .map_err(|error| unreachable_database(url, &error.to_string()))?
                .judge(url, schema)
        }
    }
}

async fn inspect_file(url: &DatabaseUrl, path: &Path, schema: Schema) -> Result<(), OpenError> {
    let unreachable = |error: sqlx::Error| unreachable_database(url, &error.to_string());
    if !path.exists() {
        return folder_exists(url, path);
    }
    let log = path.with_file_name(format!(
        "{}-wal",
        path.file_name().unwrap_or_default().to_string_lossy()
    ));
    if fs::metadata(log).is_ok_and(|log| log.len() > 0) {
        return inspect_without_log(url, path, schema).await;
    }
    let options = SqliteConnectOptions::new().filename(path);
    let mut connection = SqliteConnection::connect_with(&options)
        .await
        .map_err(unreachable)?;
    let found = Found::in_sqlite(&mut connection).await;
    connection.close().await.map_err(unreachable)?;
    found.map_err(unreachable)?.judge(url, schema)
}

/// A log that a kill left behind would be folded in by whoever closes the file last, so only the
/// file itself is read. It may be torn, for it lacks what is in the log: what can be read of it
/// may prove that it is too new, and nothing else.
async fn inspect_without_log(
    url: &DatabaseUrl,
    path: &Path,
    schema: Schema,
) -> Result<(), OpenError> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .read_only(true)
        .immutable(true);
    let Ok(mut connection) = SqliteConnection::connect_with(&options).await else {
        return Ok(());
    };
    let found = Found::in_sqlite(&mut connection).await;
    // Nothing was written that could be lost.
    let _ = connection.close().await;
    match found.map(|found| found.judge(url, schema)) {
        Ok(Err(newer @ OpenError::Newer { .. })) => Err(newer),
        _ => Ok(()),
    }
}

fn folder_exists(url: &DatabaseUrl, path: &Path) -> Result<(), OpenError> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() && !folder.is_dir() => Err(
            unreachable_database(url, "the folder of the file does not exist"),
        ),
        _ => Ok(()),
    }
}

/// Lets us in, or says why not. Not through a pool, which goes on trying and then says only that
/// it took too long.
pub(crate) async fn connect(
    url: &DatabaseUrl,
    options: &PgConnectOptions,
) -> Result<PgConnection, OpenError> {
    timeout(CONNECT_TIMEOUT, PgConnection::connect_with(options))
        .await
        .map_err(|_| unreachable_database(url, "the server does not answer"))?
        .map_err(|error| unreachable_database(url, &error.to_string()))
}

/// What is in a database.
pub(crate) struct Found {
    tables: Vec<String>,
    /// Version and checksum of each migration that was applied.
    applied: Vec<(i64, Vec<u8>)>,
}

impl Found {
    pub(crate) async fn in_sqlite(connection: &mut SqliteConnection) -> sqlx::Result<Self> {
        let tables = sqlx::query_scalar(TABLES.sqlite)
            .fetch_all(&mut *connection)
            .await?;
        let applied = match keeps_account(&tables) {
            true => sqlx::query_as(APPLIED.sqlite).fetch_all(connection).await?,
            false => Vec::new(),
        };
        Ok(Self { tables, applied })
    }

    pub(crate) async fn in_postgres(connection: &mut PgConnection) -> sqlx::Result<Self> {
        let tables = sqlx::query_scalar(TABLES.postgres)
            .fetch_all(&mut *connection)
            .await?;
        let applied = match keeps_account(&tables) {
            true => {
                sqlx::query_as(APPLIED.postgres)
                    .fetch_all(connection)
                    .await?
            }
            false => Vec::new(),
        };
        Ok(Self { tables, applied })
    }

    /// A database is ours to fill if it is empty, or if what was applied to it are migrations of
    /// ours.
    pub(crate) fn judge(&self, url: &DatabaseUrl, schema: Schema) -> Result<(), OpenError> {
        let foreign = |reason| OpenError::Foreign {
            url: url.to_string(),
            service: schema.service,
            reason,
        };
        if let Some(table) = self.tables.first()
            && !keeps_account(&self.tables)
        {
            return Err(foreign(format!(
                "there is a table {table} that Likewise did not make"
            )));
        }
        let known = match url {
            DatabaseUrl::Sqlite(_) => schema.sqlite(),
            DatabaseUrl::Postgres(_) => schema.postgres(),
        };
        for (version, checksum) in &self.applied {
            match known.iter().find(|known| known.version == *version) {
                None => {
                    return Err(OpenError::Newer {
                        url: url.to_string(),
                        found: *version,
                        known: schema.version(),
                    });
                }
                Some(known) if known.checksum.as_ref() != checksum.as_slice() => {
                    return Err(foreign(format!(
                        "its migration {version} is another one, perhaps of another of the services"
                    )));
                }
                Some(_) => {}
            }
        }
        Ok(())
    }
}

fn keeps_account(tables: &[String]) -> bool {
    tables.iter().any(|name| name == ACCOUNT)
}
