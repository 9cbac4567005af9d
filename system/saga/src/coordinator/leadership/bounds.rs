//! The bounds of leadership, as rows of the table of bounds.

use super::{Lease, epoch_watch::READ_BOUND, handle::RELEASE_BOUND};
use crate::bound::BoundRow;

/// The rows of the table, with this lease.
pub(in crate::coordinator) fn bounds(lease: &Lease) -> Vec<BoundRow> {
    vec![
        BoundRow::time(
            "the renewal of the lease",
            lease.valid_for(),
            "`--lease`; 7/8 of it, since the last renewal",
            "the leader stops",
        ),
        BoundRow::time(
            "the pause between two renewals",
            lease.renew_every,
            "`--lease` / 4",
            "the lease is renewed",
        ),
        BoundRow::time(
            "the pause after a failed renewal",
            lease.retry_interval(),
            "`--lease` / 16",
            "the renewal is tried again",
        ),
        BoundRow::time(
            "to take over, after the leader died",
            lease.takeover_max(),
            "`--lease` and 1/8 of it",
            "a standby claims the lease, and loads the open sagas",
        ),
        BoundRow::time(
            "the lease of the saga log",
            lease.answer_timeout(),
            "`--lease` + 2 s",
            "reading or claiming the lease is tried again",
        ),
        BoundRow::time(
            READ_BOUND.name,
            READ_BOUND.limit,
            "constant",
            "the role is unknown: not ready",
        ),
        BoundRow::time(
            RELEASE_BOUND.name,
            RELEASE_BOUND.limit,
            "constant",
            "a standby waits for the end of the lease",
        ),
    ]
}
