//! Faults of a single message: of its request or of its reply.

use super::bases::SHORT_MILLIS;
use likewise_world::plan::{Fault, InjectionPoint, Side};

/// The delay of a late copy. It is longer than the deadline and all retries, so the copy arrives after the saga's end.
const REPLAY_MILLIS: u64 = 2_000;

/// The faults of this family that can be injected at this point.
pub(super) fn at(point: &InjectionPoint) -> Vec<Fault> {
    let InjectionPoint::Message(point) = point else {
        return Vec::new();
    };
    let delay = Fault::Delay {
        // Longer than the step time-out, so the retry overtakes the delayed message.
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
