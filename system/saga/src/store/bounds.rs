//! The bounds on waits for databases, as rows of the table of bounds.

use super::{pool_config::PoolConfig, postgres, sqlite};
use crate::bound::BoundRow;

/// The bounds on waits for PostgreSQL with this configuration.
#[must_use]
pub fn postgres_bounds(config: PoolConfig) -> Vec<BoundRow> {
    postgres::bounds::bounds(config)
}

/// The bounds on waits for SQLite with this configuration.
#[must_use]
pub fn sqlite_bounds(config: PoolConfig) -> Vec<BoundRow> {
    sqlite::bounds::bounds(config)
}
