//! The bounds on waits for SQLite.

use super::{
    call::answer_bound,
    open::{MIGRATION, MIGRATION_TURN, OPENING},
    options::BUSY_TIMEOUT,
};
use crate::{bound::BoundRow, store::pool_config::PoolConfig};

/// The rows of the table.
pub(in crate::store) fn bounds(config: PoolConfig) -> Vec<BoundRow> {
    let answer = answer_bound(config);
    vec![
        BoundRow::time(
            OPENING.name,
            OPENING.limit,
            "constant",
            "the process exits and says that the disk does not answer",
        ),
        BoundRow::time(
            MIGRATION.name,
            MIGRATION.limit,
            "constant",
            "the process exits; the migration is rolled back when the file is opened next, or may still be completed",
        ),
        BoundRow::time(
            answer.name,
            answer.limit,
            "`--statement-timeout` + 5 s",
            "503 and not ready, with this reason; the outcome of a transaction is in doubt, and the service looks it up",
        ),
        BoundRow::time(
            "the writer of the database",
            config.acquire_timeout,
            "`--acquire-timeout`",
            "503; nothing was done",
        ),
        BoundRow::time(
            "the lock of another process",
            BUSY_TIMEOUT,
            "constant",
            "the statement fails; nothing was done",
        ),
        BoundRow::time(
            "the migration of another process",
            MIGRATION_TURN,
            "constant",
            "the process exits; nothing was done",
        ),
    ]
}
