//! Faults of the disk under the database whose commit it is.

use crate::{plan::Fault, record::CutPoint};

/// Longer than the deadline of a saga.
const MILLIS: u64 = 4_500;

/// The faults of this family that can strike here.
pub(super) fn at(cut: &CutPoint) -> Vec<Fault> {
    let CutPoint::Commit(cut) = cut else {
        return Vec::new();
    };
    let (host, millis) = (cut.host, MILLIS);
    vec![
        Fault::DiskFull { host, millis },
        Fault::DiskError { host, millis },
    ]
}
