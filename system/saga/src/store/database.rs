//! An open database: reads and writing transactions, on either engine.

use std::{sync::Arc, time::Duration};

use futures::{FutureExt, future::BoxFuture};
use sqlx::Connection;
use tokio::sync::oneshot;

use super::{
    DatabaseUrl, OpenError, Schema, StoreError, StoreExecutor, Tx, Unit, UnitKind,
    open::{open_postgres, open_sqlite, unreachable_database},
    postgres::{idle_pool::IdlePool, statements},
    sql,
    sqlite::file::{Sqlite, transaction},
    tx::{Arg, Engine as TxEngine, PostgresStatement, Row, Sql},
};

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
    edge: Arc<dyn StoreExecutor>,
}

pub(crate) enum Engine {
    Sqlite(Sqlite),
    Postgres(IdlePool),
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
        edge: Arc<dyn StoreExecutor>,
    ) -> Result<Self, OpenError> {
        let unit = Unit {
            database: schema.service,
            name: "open",
            kind: UnitKind::Open,
        };
        let mut opened = None;
        let work = async {
            opened = Some(match url {
                DatabaseUrl::Sqlite(path) => open_sqlite(url, path, schema, pool, &edge).await,
                DatabaseUrl::Postgres(options) => open_postgres(url, options, schema, pool).await,
            });
            Ok(())
        }
        .boxed();
        edge.execute(unit, work)
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
    /// The work may wait for its own statements only: on SQLite nothing else goes on meanwhile.
    ///
    /// # Cancel safety
    /// Dropping the future leaves the same doubt as `Unknown`.
    pub async fn write<T, W>(&self, name: &'static str, work: W) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: for<'t> FnOnce(&'t mut Tx<'_>) -> BoxFuture<'t, Result<T, StoreError>> + Send + 'static,
    {
        let unit = self.unit(name, UnitKind::Write);
        self.execute(unit, async {
            match &self.0.engine {
                Engine::Sqlite(sqlite) => self.write_sqlite(unit, sqlite, work).await,
                Engine::Postgres(warm) => write_postgres(warm, work).await,
            }
        })
        .await
    }

    /// Whether one statement can write several tables: then [`Database::write_single`] saves the
    /// statements around it.
    #[must_use]
    pub fn supports_single_statement(&self) -> bool {
        matches!(self.0.engine, Engine::Postgres(_))
    }

    /// Runs one statement that is a writing transaction of its own.
    ///
    /// # Errors
    /// [`StoreError::Unknown`], unless the server said that it refused; then nothing was done.
    ///
    /// # Cancel safety
    /// Dropping the future leaves the same doubt as `Unknown`.
    pub async fn write_single<const N: usize>(
        &self,
        name: &'static str,
        statement: &'static PostgresStatement,
        args: [Arg; N],
    ) -> Result<Vec<Row>, StoreError> {
        let Engine::Postgres(warm) = &self.0.engine else {
            return Err(StoreError::Broken(format!(
                "this engine cannot run {} at once",
                statement.name
            )));
        };
        self.execute(self.unit(name, UnitKind::Write), async {
            let mut taken = warm.take().await?;
            let rows = statements::rows(&mut *taken.connection, statement.text, args).await;
            let rows = rows.map_err(StoreError::of_commit)?;
            taken.keep();
            Ok(rows)
        })
        .await
    }

    /// Runs one statement that only reads, in a snapshot of its own.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn query<const N: usize>(
        &self,
        name: &'static str,
        sql: &'static Sql,
        args: [Arg; N],
    ) -> Result<Vec<Row>, StoreError> {
        let unit = self.unit(name, UnitKind::Read);
        self.execute(unit, async {
            match &self.0.engine {
                Engine::Sqlite(sqlite) => {
                    let statement = sql.with(args);
                    match &sqlite.readers {
                        Some(readers) => {
                            let reader = readers.take().await?;
                            self.call(move || reader.read(statement)).await
                        }
                        None => {
                            let writer = sqlite.writer().await?;
                            self.call(move || Ok(writer.run(statement)?.rows)).await
                        }
                    }
                }
                Engine::Postgres(warm) => {
                    let mut taken = warm.take().await?;
                    let rows = statements::rows(&mut *taken.connection, sql.postgres, args).await?;
                    taken.keep();
                    Ok(rows)
                }
            }
        })
        .await
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// [`StoreError`] if it does not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        static PING: Sql = sql!("ping");
        self.query("ping", &PING, []).await.map(drop)
    }

    fn unit(&self, name: &'static str, kind: UnitKind) -> Unit {
        Unit {
            database: self.0.name,
            name,
            kind,
        }
    }

    async fn execute<T: Send>(
        &self,
        unit: Unit,
        work: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        let mut value = None;
        let store = async {
            value = Some(work.await?);
            Ok(())
        };
        self.0.edge.execute(unit, store.boxed()).await?;
        value.ok_or_else(|| StoreError::Broken("the work was not carried out".to_owned()))
    }

    async fn write_sqlite<T, W>(
        &self,
        unit: Unit,
        sqlite: &Sqlite,
        work: W,
    ) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: for<'t> FnOnce(&'t mut Tx<'_>) -> BoxFuture<'t, Result<T, StoreError>> + Send + 'static,
    {
        let mut writer = sqlite.writer().await?;
        let edge = Arc::clone(&self.0.edge);
        self.call(move || {
            transaction(&mut writer, work, |begun| {
                edge.sqlite_committing(unit, begun)
            })
        })
        .await
    }

    /// Makes a call that blocks.
    async fn call<T: Send + 'static>(
        &self,
        call: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        let call = Box::new(move || {
            // Whoever asked may have left; the work is done all the same.
            let _ = answer.send(call());
        });
        self.0.edge.call(call).await;
        let lost = |_| StoreError::Unknown(sqlx::Error::WorkerCrashed.into());
        answered.await.map_err(lost)?
    }
}

async fn write_postgres<T, W>(warm: &IdlePool, work: W) -> Result<T, StoreError>
where
    W: for<'t> FnOnce(&'t mut Tx<'_>) -> BoxFuture<'t, Result<T, StoreError>> + Send,
{
    let mut taken = warm.take().await?;
    let value = {
        let mut tx = Tx(TxEngine::Postgres(taken.connection.begin().await?));
        let value = work(&mut tx).await?;
        let Tx(TxEngine::Postgres(begun)) = tx else {
            return Err(changed_engine());
        };
        let committed = begun.commit().await;
        committed.map_err(|error| StoreError::Unknown(error.into()))?;
        value
    };
    taken.keep();
    Ok(value)
}

fn changed_engine() -> StoreError {
    StoreError::Broken("the transaction changed its engine".to_owned())
}
