//! The bounds on waits for SQLite.

use super::options::BUSY_TIMEOUT;
use crate::{bound::BoundRow, store::pool_config::PoolConfig};

/// The rows of the table.
pub(in crate::store) fn bounds(config: PoolConfig) -> Vec<BoundRow> {
    vec![
        BoundRow::time(
            "the writer of the database",
            config.acquire_timeout,
            "`--pool-wait`",
            "503; nothing was done",
        ),
        BoundRow::time(
            "the lock of another process",
            BUSY_TIMEOUT,
            "constant",
            "the statement fails; nothing was done",
        ),
    ]
}
