//! An open database: reads and writing transactions, on either engine.
//!
//! Every operation is one [`Unit`] of work, which the [`StoreExecutor`] runs. So a simulator can delay it, fail it, or
//! crash the process before or after its commit, and no service knows.

use std::sync::Arc;

use futures::{FutureExt, future::BoxFuture};

use crate::{
    bound::{Bound, within},
    metrics::Samples,
};

use super::{
    error::StoreError,
    executor::StoreExecutor,
    open_error::OpenError,
    pool_config::PoolConfig,
    postgres::{self, pool::PostgresPool, readiness::SharedProbe},
    row::Row,
    schema::Schema,
    simulator_hooks::SimulatorHooks,
    sql,
    sqlite::{self, SqliteConnection, database::SqliteDatabase},
    statement::{Arg, PostgresStatement, Sql},
    tx::Tx,
    unit::{Unit, UnitKind},
    url::DatabaseUrl,
};

/// An open database. Clones share it.
#[derive(Clone)]
pub struct Database(Arc<Inner>);

struct Inner {
    schema: Schema,
    engine: Engine,
    probe: SharedProbe,
    executor: Arc<dyn StoreExecutor>,
}

enum Engine {
    Sqlite(Box<SqliteDatabase>),
    Postgres(Box<PostgresPool>),
}

impl Database {
    /// Opens a database and applies the migrations that it lacks. A missing SQLite file is created.
    ///
    /// # Errors
    /// [`OpenError`]; nothing was changed.
    pub async fn open(
        url: &DatabaseUrl,
        schema: Schema,
        pool: PoolConfig,
        executor: Arc<dyn StoreExecutor>,
    ) -> Result<Self, OpenError> {
        let unit = Unit {
            database: schema.service,
            name: "open",
            kind: UnitKind::Open,
        };
        let mut opened = None;
        let work = async {
            opened = Some(open_engine(url, schema, pool, &*executor).await);
            Ok(())
        };
        executor
            .execute(unit, work.boxed())
            .await
            .map_err(|error| OpenError::unreachable(url, error))?;
        let engine = opened.ok_or_else(|| OpenError::unreachable(url, "it was not opened"))??;
        Ok(Self(Arc::new(Inner {
            schema,
            engine,
            probe: SharedProbe::default(),
            executor,
        })))
    }

    /// Runs one writing transaction: begin, the work, commit.
    ///
    /// The work may wait for its own statements only. On SQLite it is polled once, and refused if it waits for anything
    /// else.
    ///
    /// # Errors
    /// [`StoreError::Unknown`] if the commit failed. Every other error means that nothing was done.
    ///
    /// # Cancel safety
    /// Dropping the future leaves the outcome as unknown as [`StoreError::Unknown`] does.
    pub async fn write<T, W>(&self, name: &'static str, work: W) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: for<'t> FnOnce(&'t mut Tx<'_>) -> BoxFuture<'t, Result<T, StoreError>> + Send + 'static,
    {
        let unit = self.unit(name, UnitKind::Write);
        self.execute(unit, async {
            match &self.0.engine {
                Engine::Sqlite(sqlite) => {
                    let executor = &*self.0.executor;
                    let before_commit = before_commit(Arc::clone(&self.0.executor), unit);
                    sqlite.write(executor, work, before_commit).await
                }
                Engine::Postgres(pool) => postgres::transaction::write(pool, work).await,
            }
        })
        .await
    }

    /// Whether one statement can write several tables. If so, [`Database::write_single`] saves the round trips of begin
    /// and commit. Behind a pooler it does not, because every statement needs a transaction there.
    #[must_use]
    pub fn supports_single_statement(&self) -> bool {
        match &self.0.engine {
            Engine::Sqlite(_) => false,
            Engine::Postgres(pool) => pool.is_prepared(),
        }
    }

    /// Whether a transaction that writes excludes every other one, as on SQLite.
    #[must_use]
    pub fn has_one_writer(&self) -> bool {
        matches!(self.0.engine, Engine::Sqlite(_))
    }

    /// Runs one statement that is a whole writing transaction. The saga log and the participants append with it: begin and
    /// commit would be two more round trips. It fails as a whole; the caller then runs [`Database::write`], which can tell
    /// why.
    ///
    /// # Errors
    /// [`StoreError::Absent`] if the server refused the statement; nothing was done. Any other error of the server is
    /// [`StoreError::Unknown`], because the statement includes its commit.
    ///
    /// # Cancel safety
    /// Dropping the future leaves the outcome as unknown as [`StoreError::Unknown`] does.
    pub async fn write_single<const N: usize>(
        &self,
        name: &'static str,
        statement: &'static PostgresStatement,
        args: [Arg; N],
    ) -> Result<Vec<Row>, StoreError> {
        let Engine::Postgres(pool) = &self.0.engine else {
            let name = statement.name;
            let reason = format!("SQLite cannot run {name} as a single statement");
            return Err(StoreError::Invariant(reason));
        };
        self.execute(self.unit(name, UnitKind::Write), async {
            let classify = StoreError::of_whole_transaction;
            postgres::single::rows(pool, statement.text, args, classify).await
        })
        .await
    }

    /// Runs one statement that only reads, in its own snapshot.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn query<const N: usize>(
        &self,
        name: &'static str,
        sql: &'static Sql,
        args: [Arg; N],
    ) -> Result<Vec<Row>, StoreError> {
        self.execute(self.unit(name, UnitKind::Read), async {
            match &self.0.engine {
                Engine::Sqlite(sqlite) => sqlite.read(&*self.0.executor, sql.with(args)).await,
                Engine::Postgres(pool) => {
                    postgres::single::rows(pool, sql.postgres, args, StoreError::Absent).await
                }
            }
        })
        .await
    }

    /// Proves that the database accepts writes: takes what a writing transaction takes, and changes nothing.
    ///
    /// On PostgreSQL it runs [`Schema::write_probe`], at most once a second; the callers share the result. On SQLite it
    /// takes the write lock.
    ///
    /// # Errors
    /// Why it does not.
    ///
    /// # Cancel safety
    /// Safe.
    pub async fn ping(&self) -> Result<(), Arc<StoreError>> {
        match &self.0.engine {
            Engine::Sqlite(_) => Ok(self.probe().await?),
            Engine::Postgres(_) => self.0.probe.get_or_run(self.probe()).await,
        }
    }

    /// The name of the service that owns it.
    #[must_use]
    pub fn service(&self) -> &'static str {
        self.0.schema.service
    }

    pub(super) fn collect_pool(&self, samples: &mut Samples) {
        match &self.0.engine {
            Engine::Sqlite(sqlite) => sqlite.collect(samples, self.service()),
            Engine::Postgres(pool) => pool.collect(samples),
        }
    }

    async fn probe(&self) -> Result<(), StoreError> {
        static PING: Sql = sql!("ping");
        self.execute(self.unit("ping", UnitKind::Read), async {
            match &self.0.engine {
                Engine::Sqlite(sqlite) => sqlite.probe(&*self.0.executor, PING.with([])).await,
                Engine::Postgres(pool) => {
                    let probe = self.0.schema.write_probe.text;
                    let rows = postgres::single::rows(pool, probe, [], StoreError::Absent);
                    rows.await.map(drop)
                }
            }
        })
        .await
    }

    fn unit(&self, name: &'static str, kind: UnitKind) -> Unit {
        Unit {
            database: self.0.schema.service,
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
        let work = async {
            value = Some(work.await?);
            Ok(())
        };
        let work = self.0.executor.execute(unit, work.boxed());
        let hooks = self.0.executor.simulator_hooks();
        match hooks.and_then(SimulatorHooks::statement_timeout) {
            None => work.await?,
            Some(limit) => match within(Bound::new("the database", limit), work).await {
                Ok(done) => done?,
                Err(overdue) => return Err(StoreError::overdue(unit.kind, overdue)),
            },
        }
        value.ok_or_else(|| StoreError::Invariant("the executor did not run the work".to_owned()))
    }
}

async fn open_engine(
    url: &DatabaseUrl,
    schema: Schema,
    pool: PoolConfig,
    executor: &dyn StoreExecutor,
) -> Result<Engine, OpenError> {
    Ok(match url {
        DatabaseUrl::Sqlite(path) => {
            let opened = sqlite::open::open(url, path, schema, pool, executor).await?;
            Engine::Sqlite(Box::new(opened))
        }
        DatabaseUrl::Postgres(server) => {
            let pool = postgres::open::open(url, server, schema, pool).await?;
            Engine::Postgres(Box::new(pool))
        }
    })
}

/// The simulator's hook before each commit on SQLite.
fn before_commit(
    executor: Arc<dyn StoreExecutor>,
    unit: Unit,
) -> impl FnOnce(&mut SqliteConnection) -> Result<(), StoreError> + Send + 'static {
    move |connection| match executor.simulator_hooks() {
        Some(hooks) => hooks.sqlite_committing(unit, connection),
        None => Ok(()),
    }
}
