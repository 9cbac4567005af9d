//! Faults of the database whose commit it is.

use super::{LONG_MILLIS, SHORT_MILLIS};
use crate::{plan::Fault, record::CutPoint};

/// The faults of this family that can strike here.
pub(super) fn at(cut: &CutPoint) -> Vec<Fault> {
    let CutPoint::Commit(cut) = cut else {
        return Vec::new();
    };
    let (host, millis) = (cut.host, LONG_MILLIS);
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
    ]
}
