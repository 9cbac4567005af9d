//! Faults of the disk under the database in which a transaction commits.

use super::bases::LONG_MILLIS;
use likewise_world::plan::{Fault, InjectionPoint};

/// The faults of this family that can be injected at this point.
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
