//! The table of all bounds of a process, made from its configuration.
//!
//! A test holds the table in `docs/operations.md` to this one, and requires that every named wait in the source has a row.

use likewise_saga::{
    bound::BoundRow,
    http::{self, Limits},
    store::{PoolConfig, postgres_bounds, sqlite_bounds},
};

use crate::coordinator::{self, CoordinatorConfig};

/// The bounds of a process with these configurations, in groups with a title.
#[must_use]
pub fn table(
    config: &CoordinatorConfig,
    pool: PoolConfig,
    limits: Limits,
) -> [(&'static str, Vec<BoundRow>); 4] {
    [
        ("Coordinator", coordinator::bounds(config)),
        ("HTTP", http::bounds(limits)),
        ("PostgreSQL", postgres_bounds(pool)),
        ("SQLite", sqlite_bounds(pool)),
    ]
}

#[cfg(test)]
mod tests;
