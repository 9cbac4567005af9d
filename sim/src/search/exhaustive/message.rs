//! Faults of single messages, at their requests and replies.

use super::SHORT_MILLIS;
use crate::world::plan::{Fault, InjectionPoint, Side};

/// Longer than the deadline and every retry of a run: long after the end.
const REPLAY_MILLIS: u64 = 2_000;

/// The faults of this family that can strike here.
pub(super) fn at(point: &InjectionPoint) -> Vec<Fault> {
    let InjectionPoint::Message(point) = point else {
        return Vec::new();
    };
    let delay = Fault::Delay {
        // A retry overtakes what is held back.
        millis: SHORT_MILLIS,
    };
    match point.side {
        Side::After => vec![
            delay,
            Fault::LoseReply,
            Fault::Truncate { keep_percent: 50 },
            Fault::Forge { status: 500 },
        ],
        Side::Before => vec![
            delay,
            Fault::LoseRequest,
            Fault::Reorder,
            Fault::Truncate { keep_percent: 50 },
            Fault::Forge { status: 503 },
            Fault::Duplicate { copies: 2 },
            Fault::ReplayLate {
                millis: REPLAY_MILLIS,
            },
        ],
    }
}
