//! The connections to PostgreSQL: opened as they are needed, tested after a pause, closed when nobody uses them.
//!
//! ```text
//!  acquire ──► idle for less than a second ──────────────► use ──► keep ──► idle
//!         ├──► idle for longer ──► test ──► answers ─────► use ──► close, if it did not answer
//!         └──► none, or no answer ──► open a connection ─► use
//! ```
//!
//! sqlx's pool tests each connection that is returned to it, without a time limit, and hands out the one that was idle
//! for longest. A batch is one statement, so the test would double its round trips, and it would always run on the
//! connection with the coldest caches. While it cannot connect, it retries, and then reports only that it took too long.

use std::{
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use sqlx::{Connection as _, PgConnection};
use tokio::time::Instant;

use super::{
    connect::{Connector, is_busy},
    limits::Limits,
};
use crate::{
    bound::{Bound, within},
    metrics::{Counter, Samples},
    store::{
        error::{EngineError, StoreError},
        idle_pool::{Idle, IdlePool, Slot},
        metrics::{REACHABLE, THROWN_AWAY},
        pool_config::PoolConfig,
        url::PostgresUrl,
    },
};

/// How long a connection may be idle before it is tested at its next use. The server or a firewall may have dropped it.
const TEST_IDLE_AFTER: Duration = Duration::from_secs(1);

/// The limit of that test, one round trip. A new connection is opened sooner than a slow one answers.
pub(super) const TEST_TIMEOUT: Duration = Duration::from_millis(500);

/// After this time a connection that nobody uses is closed, so that other programs can have it. One is left: a single
/// request must not wait for a new connection.
pub(super) const CLOSE_IDLE_AFTER: Duration = Duration::from_secs(10);

/// The number of idle connections that are left.
const IDLE_KEPT: usize = 1;

/// The time limit for telling the server that a connection ends. If it never learns, nothing is lost.
pub(super) const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// The age at which a connection is not kept any more. The server's process collects memory, and after a failover it may
/// be that of another server than a new connection would reach.
pub(super) const AGE_MAX: Duration = Duration::from_secs(30 * 60);

/// The pause before a busy server is asked again for a connection.
const BUSY_PAUSE: Duration = Duration::from_millis(50);

/// The SQLSTATE code for a write on a server that only reads. After a failover, a new connection may reach another one.
const READ_ONLY: &str = "25006";

/// The connections to one database.
pub(in crate::store) struct PostgresPool {
    /// The name of the database, for the log.
    database: &'static str,
    idle: Arc<IdlePool<Connection>>,
    connector: Connector,
    /// Whether the last attempt to open a connection failed, and the log says so.
    unreachable: AtomicBool,
    thrown_away: Counter,
}

struct Connection {
    driver: PgConnection,
    opened_at: Instant,
}

/// A connection in use. It is closed unless it is kept.
pub(super) struct PooledConnection<'p> {
    connection: Connection,
    slot: Slot<Connection>,
    pool: &'p PostgresPool,
}

impl PostgresPool {
    /// A pool of at most `config.connections_max` connections, of which none is open yet. Must be called in a runtime.
    pub(super) fn new(database: &'static str, url: PostgresUrl, config: PoolConfig) -> Self {
        let idle = IdlePool::new(config.connections_max as usize, config.acquire_timeout);
        tokio::spawn(close_unused(Arc::downgrade(&idle)));
        Self {
            database,
            idle,
            connector: Connector {
                options: url.options,
                prepared: url.prepared,
                limits: Limits::of(config),
                timeout: config.acquire_timeout,
            },
            unreachable: AtomicBool::new(false),
            thrown_away: Counter::default(),
        }
    }

    /// Takes the connection that was used last, or opens one.
    ///
    /// # Errors
    /// [`StoreError::Exhausted`]: none became free in time. [`StoreError::Unreachable`]: none could be opened.
    ///
    /// # Cancel safety
    /// Safe.
    pub(super) async fn acquire(&self) -> Result<PooledConnection<'_>, StoreError> {
        let slot = self.idle.acquire().await?;
        let connection = match slot.take_idle() {
            Some(idle) if idle.idle_for() < TEST_IDLE_AFTER => idle.connection,
            // Boxed because this future is large and rarely needed: otherwise it would enlarge that of every statement.
            idle => Box::pin(self.test_or_open(&slot, idle)).await?,
        };
        Ok(PooledConnection {
            connection,
            slot,
            pool: self,
        })
    }

    /// Whether statements stay prepared on a connection.
    pub(in crate::store) fn is_prepared(&self) -> bool {
        self.connector.prepared
    }

    pub(in crate::store) fn collect(&self, samples: &mut Samples) {
        let database = self.database;
        self.idle.state().collect(samples, database);
        self.idle.waits.collect(samples, database);
        samples.counter(&THROWN_AWAY, &[database], &self.thrown_away);
        let is_reachable = !self.unreachable.load(Ordering::Relaxed);
        samples.flag(&REACHABLE, &[database], is_reachable);
    }

    pub(super) fn limits(&self) -> Limits {
        self.connector.limits
    }

    /// Tests an idle connection. If it does not answer, opens a new one: the others that were idle as long share its fate.
    async fn test_or_open(
        &self,
        slot: &Slot<Connection>,
        idle: Option<Idle<Connection>>,
    ) -> Result<Connection, StoreError> {
        if let Some(mut idle) = idle {
            match test(&mut idle.connection.driver).await {
                Ok(()) => return Ok(idle.connection),
                Err(error) => {
                    self.log_closed(&error);
                    let others = slot.drop_idle_for(TEST_IDLE_AFTER);
                    self.thrown_away.inc_by(others as u64);
                }
            }
        }
        self.open(slot).await
    }

    /// Opens a connection. While the server is busy, waits for it, or for a connection of this pool.
    async fn open(&self, slot: &Slot<Connection>) -> Result<Connection, StoreError> {
        let deadline = Instant::now() + self.connector.timeout;
        loop {
            let error = match self.connector.connect().await {
                Ok(driver) => {
                    self.log_reachable();
                    let opened_at = Instant::now();
                    return Ok(Connection { driver, opened_at });
                }
                Err(error) => error,
            };
            if !is_busy(&error) || Instant::now() + BUSY_PAUSE > deadline {
                self.log_unreachable(&error);
                return Err(StoreError::Unreachable(error));
            }
            tokio::time::sleep(BUSY_PAUSE).await;
            if let Some(idle) = slot.take_idle() {
                return Ok(idle.connection);
            }
        }
    }

    /// Logs once that no connection can be opened: every request tries it.
    fn log_unreachable(&self, error: &EngineError) {
        if !self.unreachable.swap(true, Ordering::Relaxed) {
            let database = self.database;
            tracing::warn!(database, %error, "the database cannot be reached");
        }
    }

    fn log_reachable(&self) {
        if self.unreachable.swap(false, Ordering::Relaxed) {
            tracing::warn!(
                database = self.database,
                "the database can be reached again"
            );
        }
    }

    fn log_closed(&self, error: &EngineError) {
        self.thrown_away.inc();
        let database = self.database;
        tracing::warn!(database, %error, "a database connection was closed");
    }
}

impl PooledConnection<'_> {
    pub(super) fn driver(&mut self) -> &mut PgConnection {
        &mut self.connection.driver
    }

    /// Keeps the connection for the next statement. The server must have answered the last one.
    pub(super) fn keep(self) {
        if self.connection.opened_at.elapsed() < AGE_MAX {
            self.slot.keep(self.connection);
        }
    }

    /// Keeps the connection if the server refused the last statement, else closes it.
    pub(super) fn keep_after(self, error: &EngineError) {
        let code = error.postgres_code();
        match code.is_some_and(|code| code != READ_ONLY) && !is_fatal(error) {
            true => self.keep(),
            false => self.close(error),
        }
    }

    /// Closes the connection, and logs why.
    pub(super) fn close(self, error: &EngineError) {
        self.pool.log_closed(error);
    }
}

/// Whether the server ended the session.
fn is_fatal(error: &EngineError) -> bool {
    use sqlx::postgres::{PgDatabaseError, PgSeverity};
    let EngineError::Sqlx(sqlx::Error::Database(error)) = error else {
        return true;
    };
    let error = error.try_downcast_ref::<PgDatabaseError>();
    !error.is_some_and(|error| matches!(error.severity(), PgSeverity::Error))
}

/// One round trip.
async fn test(driver: &mut PgConnection) -> Result<(), EngineError> {
    let bound = Bound::new("the test of an idle connection", TEST_TIMEOUT);
    Ok(within(bound, driver.ping()).await??)
}

/// Closes the connections that nobody uses, until the pool is dropped.
async fn close_unused(pool: Weak<IdlePool<Connection>>) {
    loop {
        tokio::time::sleep(CLOSE_IDLE_AFTER / 2).await;
        let Some(pool) = pool.upgrade() else {
            return;
        };
        let unused = pool.take_idle_for(CLOSE_IDLE_AFTER, IDLE_KEPT);
        drop(pool);
        for connection in unused {
            let bound = Bound::new("the end of a database connection", CLOSE_TIMEOUT);
            // If the server never learns of the end, nothing is lost.
            let _ = within(bound, connection.driver.close()).await;
        }
    }
}
