//! The configuration of one service: its role and its database.

use axum::http::Uri;
use likewise_saga::store::{DatabaseUrl, PoolConfig};

use crate::coordinator::CoordinatorConfig;

/// The configuration of one service.
#[derive(Debug, Clone)]
pub struct ServiceConfig {
    /// Which of the three services it is.
    pub role: Role,
    /// The database. No other service may use it.
    pub database: DatabaseUrl,
    /// The limits of the connection pool.
    pub pool: PoolConfig,
}

/// Which of the three services.
#[derive(Debug, Clone)]
pub enum Role {
    /// The article service. Owns the articles and their like counts.
    Article,
    /// The user service. Owns the like records.
    User,
    /// The coordinator. Owns the saga log and drives the sagas.
    Coordinator(Box<CoordinatorRole>),
}

/// A coordinator in its own process.
#[derive(Debug, Clone)]
pub struct CoordinatorRole {
    /// The base URL of the article service.
    pub article: Uri,
    /// The base URL of the user service.
    pub user: Uri,
    /// How the coordinator is configured.
    pub config: CoordinatorConfig,
}
