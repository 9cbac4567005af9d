//! The words of a story for rows, effects, replies and statuses.

use likewise_barrier::BarrierState;
use likewise_protocol::Status;

use crate::state::{Reply, State};

/// A write to the log without a confirmation.
pub(super) fn unconfirmed(saga: usize, is_made: bool) -> String {
    let result = match is_made {
        true => "it was written",
        false => "nothing was written",
    };
    format!(
        "writes saga {} to the log without a confirmation: {result}",
        saga + 1
    )
}

/// The state of a barrier row.
pub(super) fn row(row: Option<BarrierState>) -> &'static str {
    match row {
        None => "no row is left",
        Some(BarrierState::Done) => "row done",
        Some(BarrierState::Refused) => "row refused",
        Some(BarrierState::Undone) => "row undone",
        Some(BarrierState::Tomb) => "row tomb",
    }
}

/// The change of the business data, if any.
pub(super) fn effect(before: &State, after: &State) -> String {
    if before.likes != after.likes {
        return format!(", likes {} → {}", before.likes, after.likes);
    }
    match (before.record, after.record) {
        (None, Some(_)) => ", the record exists".to_owned(),
        (Some(_), None) => ", the record is gone".to_owned(),
        _ => String::new(),
    }
}

/// The name of a reply.
pub(super) fn reply_name(reply: Reply) -> &'static str {
    match reply {
        Reply::Done => "done",
        Reply::Refused => "refused",
        Reply::Dead => "dead",
        Reply::Undone => "undone",
    }
}

/// The name of a status.
pub(super) fn status(status: Status) -> &'static str {
    match status {
        Status::Running => "running",
        Status::Completed => "completed",
        Status::Compensating => "compensating",
        Status::Compensated => "compensated",
    }
}
