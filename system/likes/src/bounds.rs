//! The table of all bounds of a process, made from its configuration.
//!
//! A test holds the table in `docs/operations.md` to this one, and requires that every named wait in the source has a row.

use std::time::Duration;

use likewise_saga::{
    bound::{Bound, BoundRow},
    http::{self, Limits},
    store::{PoolConfig, postgres_bounds, sqlite_bounds},
};

use crate::coordinator::{self, CoordinatorConfig};

/// Creating the data folder, and locking the saga log in it. Nothing waits for another process here.
pub const DATA_FOLDER: Bound = Bound::new("the data folder", Duration::from_secs(10));

/// Reading the file of `--admin-token-file`.
pub const TOKEN_FILE: Bound = Bound::new("the token file", Duration::from_secs(10));

/// Reading the file of `--ticket-key-file`.
pub const TICKET_KEY_FILE: Bound = Bound::new("the key file of tickets", Duration::from_secs(10));

/// The bounds of a process with these configurations, in groups with a title.
#[must_use]
pub fn table(
    config: &CoordinatorConfig,
    pool: PoolConfig,
    limits: Limits,
) -> [(&'static str, Vec<BoundRow>); 4] {
    [
        ("Coordinator", coordinator::bounds(config)),
        ("HTTP", http(limits)),
        ("PostgreSQL", postgres_bounds(pool)),
        ("SQLite", sqlite(pool)),
    ]
}

fn http(limits: Limits) -> Vec<BoundRow> {
    let tokens = BoundRow::time(
        TOKEN_FILE.name,
        TOKEN_FILE.limit,
        "constant",
        "the process exits and says that the disk does not answer",
    );
    let key = BoundRow::time(
        TICKET_KEY_FILE.name,
        TICKET_KEY_FILE.limit,
        "constant",
        "the process exits and says that the disk does not answer",
    );
    [http::bounds(limits), vec![tokens, key]].concat()
}

fn sqlite(pool: PoolConfig) -> Vec<BoundRow> {
    let folder = BoundRow::time(
        DATA_FOLDER.name,
        DATA_FOLDER.limit,
        "constant",
        "the process exits and says that the disk does not answer",
    );
    [vec![folder], sqlite_bounds(pool)].concat()
}

#[cfg(test)]
mod tests;
