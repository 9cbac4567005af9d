//! Limits on the connections of a database.

use std::time::Duration;

/// Limits on the connections of a database.
#[derive(Debug, Clone, Copy)]
pub struct PoolConfig {
    /// The most connections to PostgreSQL. 20 by default. SQLite has one writer and four readers.
    pub connections_max: u32,
    /// How long a request waits for a free connection before it fails with
    /// [`StoreError::Exhausted`](super::error::StoreError::Exhausted). 2 s by default.
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
