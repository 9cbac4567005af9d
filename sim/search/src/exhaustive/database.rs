//! Faults of the database in which a transaction commits.

use super::bases::{LONG_MILLIS, SHORT_MILLIS};
use likewise_world::plan::{CommitPoint, Fault, InjectionPoint, Side};

/// The faults of this family that can be injected at this point.
pub(super) fn at(point: &InjectionPoint) -> Vec<Fault> {
    let InjectionPoint::Commit(point) = point else {
        return Vec::new();
    };
    let (host, millis) = (point.host, LONG_MILLIS);
    let mut faults = vec![
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
    ];
    faults.extend(refused_row(point));
    faults
}

/// The first row of a transaction is refused until after the saga's deadline. Other transactions write no item.
fn refused_row(point: &CommitPoint) -> Option<Fault> {
    let writes_items = matches!(point.what.as_deref(), Some("saga-log" | "steps"));
    (writes_items && point.side == Side::Before).then_some(Fault::RefusedRow {
        item: 1,
        millis: LONG_MILLIS,
    })
}
