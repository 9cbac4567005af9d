//! What a process is configured with: which services it runs, on which databases, and how.

use crate::coordinator::CoordinatorConfig;
use likewise_saga::store::{DatabaseUrl, PoolConfig};

/// One service of a process.
#[derive(Debug, Clone)]
pub struct ServiceConfig {
    /// Which one.
    pub role: Role,
    /// Its database.
    pub database: DatabaseUrl,
    /// Limits on its connections.
    pub pool: PoolConfig,
}

/// Which service.
#[derive(Debug, Clone)]
pub enum Role {
    /// Owns the articles and their counters.
    Article,
    /// Owns the like records.
    User,
    /// Drives the sagas.
    Coordinator(Box<CoordinatorConfig>),
}
