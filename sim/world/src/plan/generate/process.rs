//! Faults of processes.
//!
//! The database of a process outlives it, apart from what was not yet synced when the power was cut. What these
//! faults test is mostly what the process kept only in memory.

use rand::RngExt;
use rand_pcg::Pcg64Mcg;

use super::places::{Places, side};
use crate::plan::{CommitPoint, Fault, FaultKind, Host, PlannedFault, SagaColumn, Trigger};

/// Draws a fault of this kind. `None` if the kind belongs to another family.
pub(super) fn draw(rng: &mut Pcg64Mcg, places: &Places, kind: FaultKind) -> Option<PlannedFault> {
    let millis = rng.random_range(5..2_000);
    let trigger = match kind {
        // Early, so that something follows, and where sagas are open: the coordinator writes a saga and its end.
        FaultKind::UnreadableRow => Trigger::Commit(CommitPoint {
            host: Host::COORDINATOR,
            what: Some("saga-log".into()),
            nth: rng.random_range(1..=12),
            side: side(rng),
        }),
        _ => places.anywhere(rng),
    };
    let host = match &trigger {
        // Mostly the host that commits.
        Trigger::Commit(point) if rng.random_ratio(3, 4) => point.host,
        _ => places.service(rng),
    };
    let fault = match kind {
        FaultKind::Crash => Fault::Crash {
            host,
            down_millis: millis,
        },
        FaultKind::PowerCut => Fault::PowerCut {
            host,
            down_millis: millis,
        },
        FaultKind::Restart => Fault::Restart {
            host,
            down_millis: millis,
        },
        // Some pauses last longer than every time-out and deadline.
        FaultKind::Pause => Fault::Pause {
            host,
            millis: millis * rng.random_range(1..=4),
        },
        // Longer than any lease, so that another coordinator takes over.
        FaultKind::Zombie => Fault::Zombie {
            millis: rng.random_range(3_000..12_000),
        },
        // Some outlast the deadline of a saga.
        FaultKind::AcceptAndNeverAnswer => Fault::AcceptAndNeverAnswer {
            host,
            millis: millis * rng.random_range(1..=4),
        },
        // Mostly long enough to be noticed.
        FaultKind::SecondProcess => Fault::SecondProcess {
            millis: millis * rng.random_range(1..=4),
        },
        FaultKind::UnreadableRow => Fault::UnreadableRow {
            host: Host::COORDINATOR,
            column: SagaColumn::ALL[rng.random_range(0..SagaColumn::ALL.len())],
            down_millis: millis,
        },
        _ => return None,
    };
    Some(PlannedFault { trigger, fault })
}
