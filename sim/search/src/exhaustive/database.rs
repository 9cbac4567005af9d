//! Faults of the database in which a transaction commits.

use super::bases::{LONG_MILLIS, SHORT_MILLIS};
use likewise_world::plan::{Fault, InjectionPoint};

/// The faults of this family that can be injected at this point.
pub(super) fn at(point: &InjectionPoint) -> Vec<Fault> {
    let InjectionPoint::Commit(point) = point else {
        return Vec::new();
    };
    let (host, millis) = (point.host, LONG_MILLIS);
    vec![
        Fault::LoseConnection,
        Fault::Busy { host, millis },
        Fault::PoolExhausted { host, millis },
        Fault::Outage { host, millis },
        Fault::SlowDatabase {
            host,
            extra_millis: SHORT_MILLIS,
            millis,
        },
        Fault::Hang { host, millis },
        Fault::SilentConnection,
        Fault::TooManyClients { host, millis },
        Fault::OutsiderLock { host, millis },
    ]
}
