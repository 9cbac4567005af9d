//! Faults of the process whose commit it is, or of those at both ends of a message.

use super::{LONG_MILLIS, SHORT_MILLIS};
use crate::{
    plan::{Fault, Host},
    record::CutPoint,
};

/// A process that is soon back, and one that comes back after the deadline.
const DOWN_MILLIS: [u64; 2] = [SHORT_MILLIS, LONG_MILLIS];

/// The faults of this family that can strike here.
pub(super) fn at(cut: &CutPoint) -> Vec<Fault> {
    let hosts = match cut {
        CutPoint::Commit(cut) => vec![cut.host],
        CutPoint::Message(cut) => vec![cut.from, cut.to],
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
