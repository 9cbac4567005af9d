//! An open database: reads and writing transactions, on either engine.

use std::{sync::Arc, time::Duration};

use futures::{FutureExt, future::BoxFuture};
use sqlx::{
    Connection, PgPool, SqlitePool,
    migrate::MigrateError,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{
        SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePoolOptions,
        SqliteSynchronous,
    },
};
use tokio::sync::Mutex;

use super::{
    DatabaseUrl, OpenError, Schema, StoreError, Tx,
    tx::{Engine as TxEngine, Sql, sql},
};
use crate::edges::{StoreEdge, Unit, UnitKind};

/// How long SQLite waits for another process's lock before it gives up.
const SQLITE_BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Limits on a database's connections.
#[derive(Debug, Clone, Copy)]
pub struct PoolConfig {
    /// Connections to PostgreSQL at most.
    pub connections_max: u32,
    /// How long a request waits for a free connection before it is told to come back.
    pub acquire_timeout: Duration,
}

impl Default for PoolConfig {
    fn default() -> Self {
        Self {
            connections_max: 20,
            acquire_timeout: Duration::from_secs(2),
        }
    }
}

/// An open database. Cloning shares it.
#[derive(Clone)]
pub struct Database(Arc<Inner>);

struct Inner {
    name: &'static str,
    engine: Engine,
    edge: Arc<dyn StoreEdge>,
}

enum Engine {
    /// SQLite has one writer at a time: one connection that writes, and a pool that reads.
    Sqlite {
        writer: Mutex<SqliteConnection>,
        readers: Option<SqlitePool>,
    },
    Postgres(PgPool),
}

impl Database {
    /// Opens a database and brings it to the newest schema.
    ///
    /// # Errors
    /// [`OpenError`]; nothing was changed then.
    pub async fn open(
        url: &DatabaseUrl,
        schema: Schema,
        pool: PoolConfig,
        edge: Arc<dyn StoreEdge>,
    ) -> Result<Self, OpenError> {
        let unit = Unit {
            database: schema.service,
            name: "open",
            kind: UnitKind::Open,
        };
        let mut opened = None;
        let work = async {
            opened = Some(match url {
                DatabaseUrl::Sqlite(path) => {
                    let options = SqliteConnectOptions::new().filename(path);
                    open_sqlite(url, options, schema, &edge).await
                }
                DatabaseUrl::Postgres(options) => open_postgres(url, options, schema, pool).await,
            });
            Ok(())
        }
        .boxed();
        edge.carry_out(unit, work)
            .await
            .map_err(|error| unreachable_database(url, &error.to_string()))?;
        let engine = opened.ok_or_else(|| unreachable_database(url, "it was not opened"))??;
        Ok(Self(Arc::new(Inner {
            name: schema.service,
            engine,
            edge,
        })))
    }

    /// Runs one writing transaction: begin, the work, commit.
    ///
    /// # Errors
    /// [`StoreError::Unknown`] if the commit failed; every other means that nothing was done.
    ///
    /// # Cancel safety
    /// Dropping the future leaves the same doubt as `Unknown`.
    pub async fn write<T, W>(&self, name: &'static str, work: W) -> Result<T, StoreError>
    where
        T: Send,
        W: for<'t> FnOnce(&'t mut Tx<'_>) -> BoxFuture<'t, Result<T, StoreError>> + Send,
    {
        let unit = self.unit(name, UnitKind::Write);
        self.carry_out(unit, async {
            match &self.0.engine {
                Engine::Sqlite { writer, .. } => self.write_sqlite(unit, writer, work).await,
                Engine::Postgres(pool) => write_postgres(pool, work).await,
            }
        })
        .await
    }

    /// Runs one transaction that only reads.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn read<T, W>(&self, name: &'static str, work: W) -> Result<T, StoreError>
    where
        T: Send,
        W: for<'t> FnOnce(&'t mut Tx<'_>) -> BoxFuture<'t, Result<T, StoreError>> + Send,
    {
        let unit = self.unit(name, UnitKind::Read);
        self.carry_out(unit, async {
            let mut guard;
            let mut tx = match &self.0.engine {
                Engine::Sqlite {
                    readers: Some(readers),
                    ..
                } => Tx(TxEngine::Sqlite(readers.begin().await?)),
                Engine::Sqlite { writer, .. } => {
                    guard = writer.lock().await;
                    Tx(TxEngine::Sqlite(guard.begin().await?))
                }
                Engine::Postgres(pool) => Tx(TxEngine::Postgres(pool.begin().await?)),
            };
            let value = work(&mut tx).await?;
            match tx.0 {
                TxEngine::Sqlite(tx) => tx.commit().await?,
                TxEngine::Postgres(tx) => tx.commit().await?,
            }
            Ok(value)
        })
        .await
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// [`StoreError`] if it does not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        static PING: Sql = sql!("ping");
        self.read("ping", |tx| {
            async { tx.rows(&PING, []).await.map(drop) }.boxed()
        })
        .await
    }

    fn unit(&self, name: &'static str, kind: UnitKind) -> Unit {
        Unit {
            database: self.0.name,
            name,
            kind,
        }
    }

    async fn carry_out<T: Send>(
        &self,
        unit: Unit,
        work: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        let mut value = None;
        let store = async {
            value = Some(work.await?);
            Ok(())
        };
        self.0.edge.carry_out(unit, store.boxed()).await?;
        value.ok_or_else(|| StoreError::Broken("the work was not carried out".to_owned()))
    }

    async fn write_sqlite<T, W>(
        &self,
        unit: Unit,
        writer: &Mutex<SqliteConnection>,
        work: W,
    ) -> Result<T, StoreError>
    where
        W: for<'t> FnOnce(&'t mut Tx<'_>) -> BoxFuture<'t, Result<T, StoreError>> + Send,
    {
        let mut connection = writer.lock().await;
        let begun = connection.begin_with("BEGIN IMMEDIATE").await?;
        let mut tx = Tx(TxEngine::Sqlite(begun));
        let value = work(&mut tx).await?;
        let Tx(TxEngine::Sqlite(mut begun)) = tx else {
            return Err(StoreError::Broken(
                "the transaction changed its engine".to_owned(),
            ));
        };
        self.0.edge.sqlite_committing(unit, &mut begun).await?;
        begun.commit().await.map_err(StoreError::Unknown)?;
        Ok(value)
    }
}

async fn write_postgres<T, W>(pool: &PgPool, work: W) -> Result<T, StoreError>
where
    W: for<'t> FnOnce(&'t mut Tx<'_>) -> BoxFuture<'t, Result<T, StoreError>> + Send,
{
    let mut tx = Tx(TxEngine::Postgres(pool.begin().await?));
    let value = work(&mut tx).await?;
    if let TxEngine::Postgres(begun) = tx.0 {
        begun.commit().await.map_err(StoreError::Unknown)?;
    }
    Ok(value)
}

async fn open_sqlite(
    url: &DatabaseUrl,
    options: SqliteConnectOptions,
    schema: Schema,
    edge: &Arc<dyn StoreEdge>,
) -> Result<Engine, OpenError> {
    let unreachable = |error: sqlx::Error| unreachable_database(url, &error.to_string());
    let options = options
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(SQLITE_BUSY_TIMEOUT);
    let options = edge.sqlite_options(options);
    let mut writer = SqliteConnection::connect_with(&options)
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
                .connect_lazy_with(options.create_if_missing(false)),
        ),
    };
    Ok(Engine::Sqlite {
        writer: Mutex::new(writer),
        readers,
    })
}

async fn open_postgres(
    url: &DatabaseUrl,
    options: &PgConnectOptions,
    schema: Schema,
    pool: PoolConfig,
) -> Result<Engine, OpenError> {
    let options = options.clone().application_name("likewise");
    let pool = PgPoolOptions::new()
        .max_connections(pool.connections_max)
        .acquire_timeout(pool.acquire_timeout)
        .connect_with(options)
        .await
        .map_err(|error| unreachable_database(url, &error.to_string()))?;
    let mut connection = pool
        .acquire()
        .await
        .map_err(|error| unreachable_database(url, &error.to_string()))?;
    migrated(
        url,
        schema,
        schema
            .postgres()
            .run_direct(None, &mut *connection, false)
            .await,
    )?;
    drop(connection);
    Ok(Engine::Postgres(pool))
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
        error => OpenError::Migration {
            url: url.to_string(),
            reason: error.to_string(),
        },
    })
}

fn unreachable_database(url: &DatabaseUrl, reason: &str) -> OpenError {
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
