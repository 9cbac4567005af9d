//! Faults of the disk under the database whose commit it is.

use super::LONG_MILLIS;
use crate::world::plan::{Fault, InjectionPoint};

/// The faults of this family that can strike here.
pub(super) fn at(point: &InjectionPoint) -> Vec<Fault> {
    let InjectionPoint::Commit(point) = point else {
        return Vec::new();
    };
    let (host, millis) = (point.host, LONG_MILLIS);
    vec![
        Fault::DiskFull { host, millis },
        Fault::DiskError { host, millis },
    ]
}
