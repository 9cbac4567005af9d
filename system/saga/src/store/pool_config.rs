//! Limits on the connections of a database and on its statements.

use std::time::Duration;

/// Limits on the connections of a database and on its statements. On SQLite `acquire_timeout` and `statement_timeout` apply: it
/// has one writer and four readers, and its statements run in this process.
#[derive(Debug, Clone, Copy)]
pub struct PoolConfig {
    /// The most connections to PostgreSQL. 20 by default.
    pub connections_max: u32,
    /// How long a request waits for a free connection before it fails with
    /// [`StoreError::Exhausted`](super::error::StoreError::Exhausted), and for a new connection to be opened. 2 s by
    /// default.
    pub acquire_timeout: Duration,
    /// How long PostgreSQL executes a statement. 2 s by default. A server that is silent for half a second longer loses
    /// the connection. On SQLite, a call is given up after this time and five seconds, in which SQLite waits for the lock
    /// of another process.
    pub statement_timeout: Duration,
    /// How long a statement on PostgreSQL waits for a lock. 500 ms by default.
    pub lock_timeout: Duration,
}

impl Default for PoolConfig {
    fn default() -> Self {
        Self {
            connections_max: 20,
            acquire_timeout: Duration::from_secs(2),
            statement_timeout: Duration::from_secs(2),
            lock_timeout: Duration::from_millis(500),
        }
    }
}
