//! Faults of the process that commits, or of the processes at both ends of a message.

use super::bases::{LONG_MILLIS, SHORT_MILLIS};
use likewise_world::plan::{Fault, Host, InjectionPoint, Side};

/// A process that restarts before the saga's deadline, and one that restarts after it.
const DOWN_MILLIS: [u64; 2] = [SHORT_MILLIS, LONG_MILLIS];

/// The faults of this family that can be injected at this point.
pub(super) fn at(point: &InjectionPoint) -> Vec<Fault> {
    let hosts = match point {
        InjectionPoint::Commit(point) => vec![point.host],
        InjectionPoint::Message(point) => vec![point.from, point.to],
    };
    let services = hosts.into_iter().filter(|host| host.service().is_some());
    let mut faults: Vec<Fault> = services.flat_map(faults_of).collect();
    faults.extend(silent(point));
    faults
}

/// The service that works on a request, or that commits, answers nothing until after the saga's deadline. A shorter silence
/// is that of a lost reply.
fn silent(point: &InjectionPoint) -> Option<Fault> {
    let host = match point {
        InjectionPoint::Commit(point) => point.host,
        InjectionPoint::Message(point) if point.side == Side::Before => point.to,
        InjectionPoint::Message(_) => return None,
    };
    let millis = LONG_MILLIS;
    host.service()
        .is_some()
        .then_some(Fault::AcceptAndNeverAnswer { host, millis })
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
