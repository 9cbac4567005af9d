//! Faults of the process whose commit it is, or of those at both ends of a message.

use super::{LONG_MILLIS, SHORT_MILLIS};
use crate::world::plan::{Fault, Host, InjectionPoint};

/// A process that is soon back, and one that comes back after the deadline.
const DOWN_MILLIS: [u64; 2] = [SHORT_MILLIS, LONG_MILLIS];

/// The faults of this family that can strike here.
pub(super) fn at(point: &InjectionPoint) -> Vec<Fault> {
    let hosts = match point {
        InjectionPoint::Commit(point) => vec![point.host],
        InjectionPoint::Message(point) => vec![point.from, point.to],
    };
    let services = hosts.into_iter().filter(|host| host.service().is_some());
    services.flat_map(faults_of).collect()
}

fn faults_of(host: Host) -> Vec<Fault> {
    let faults = |millis| {
        [
            Fault::Crash {
                host,
                down_millis: millis,
            },
            Fault::PowerCut {
                host,
                down_millis: millis,
            },
            Fault::Pause { host, millis },
        ]
    };
    let restart = Fault::Restart {
        host,
        down_millis: DOWN_MILLIS[0],
    };
    let down = DOWN_MILLIS.into_iter().flat_map(faults);
    down.chain([restart]).collect()
}
