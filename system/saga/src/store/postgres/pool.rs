//! The connections to PostgreSQL: sqlx's pool, and an [`IdlePool`] in front of it.
//!
//! sqlx tests each connection that is returned to its pool, and hands out the one that was idle for longest. A batch is
//! one statement, so the test would double its round trips, and it would always run on the connection with the coldest
//! caches. So a connection that is used again within a second does not go back to sqlx's pool. One that is idle for
//! longer does: sqlx tests it, replaces it, and closes it when it is old.

use std::{sync::Arc, time::Duration};

use sqlx::{PgPool, Postgres, pool::PoolConnection};

use crate::store::{
    error::StoreError,
    idle_pool::{IdlePool, Slot},
    pool_config::PoolConfig,
};

/// How long a connection may be idle before it goes back to sqlx's pool. After that, the server or a firewall may have
/// closed it unnoticed.
const IDLE_MAX: Duration = Duration::from_secs(1);

type Connection = PoolConnection<Postgres>;

/// The connections to one database.
pub(in crate::store) struct PostgresPool {
    pool: PgPool,
    idle: Arc<IdlePool<Connection>>,
}

/// A connection in use. Unless it is kept, it goes back to sqlx's pool, which tests it.
pub(in crate::store) struct PooledConnection {
    pub(in crate::store) connection: Connection,
    slot: Slot<Connection>,
}

impl PostgresPool {
    /// Takes over a pool of `config.connections_max` connections. There are as many slots, so nobody waits for sqlx's
    /// pool itself.
    pub(super) fn new(pool: PgPool, config: PoolConfig) -> Self {
        let connections_max = config.connections_max as usize;
        Self {
            pool,
            idle: IdlePool::new(connections_max, config.acquire_timeout, Some(IDLE_MAX)),
        }
    }

    /// Takes the connection that was used last, or one of sqlx's pool.
    ///
    /// # Errors
    /// [`StoreError::Exhausted`]: none became free in time. [`StoreError::Absent`]: none could be opened.
    ///
    /// # Cancel safety
    /// Safe.
    pub(in crate::store) async fn acquire(&self) -> Result<PooledConnection, StoreError> {
        let mut slot = self.idle.acquire().await?;
        let connection = match slot.take_idle() {
            Some(connection) => connection,
            // Boxed because this future is large and rarely needed: otherwise it would enlarge that of every statement.
            None => Box::pin(self.pool.acquire()).await?,
        };
        Ok(PooledConnection { connection, slot })
    }
}

impl PooledConnection {
    /// Keeps the connection for the next statement. The server must have answered the last one.
    pub(in crate::store) fn keep(self) {
        self.slot.keep(self.connection);
    }
}

impl Drop for PostgresPool {
    /// Closes the idle connections without a return to sqlx's pool: it would test them in a task, and the runtime may have
    /// stopped.
    fn drop(&mut self) {
        for connection in self.idle.drain() {
            drop(connection.leak());
        }
    }
}
