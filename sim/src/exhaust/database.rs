//! Faults of the database whose commit it is.

use crate::{plan::Fault, record::CutPoint};

/// Longer than the deadline of a saga.
const MILLIS: u64 = 4_500;
/// Longer than an attempt at a step.
const EXTRA_MILLIS: u64 = 500;

/// The faults of this family that can strike here.
pub(super) fn at(cut: &CutPoint) -> Vec<Fault> {
    let CutPoint::Commit(cut) = cut else {
        return Vec::new();
    };
    let (host, millis) = (cut.host, MILLIS);
    vec![
        Fault::LoseConnection,
        Fault::Busy { host, millis },
        Fault::PoolExhausted { host, millis },
        Fault::Outage { host, millis },
        Fault::SlowDatabase {
            host,
            extra_millis: EXTRA_MILLIS,
            millis,
        },
    ]
}
