//! Faults of coordinators that take the saga log over, renew their lease, scan for open sagas, or talk to each other.
//!
//! A takeover happens only after something else: the end of a process without a lease, or the silence of one with a lease. So
//! these faults come in twos: the cause of a takeover, and a fault at it.

use rand::{RngExt, seq::IndexedRandom};
use rand_pcg::Pcg64Mcg;

use super::{
    message,
    places::{Places, side},
};
use crate::plan::{
    CommitPoint, Fault, FaultKind, Host, MessagePoint, Name, PlannedFault, SCAN, Side, Topology,
    Trigger,
};

/// The kinds of faults at a takeover, a renewal or a scan.
const AT_COMMITS: [FaultKind; 6] = [
    FaultKind::Crash,
    FaultKind::PowerCut,
    FaultKind::Pause,
    FaultKind::LoseConnection,
    FaultKind::Outage,
    FaultKind::SlowDatabase,
];
/// The kinds of faults of a forwarded request.
const OF_MESSAGES: [FaultKind; 8] = [
    FaultKind::LoseRequest,
    FaultKind::LoseReply,
    FaultKind::Duplicate,
    FaultKind::Delay,
    FaultKind::Reorder,
    FaultKind::ReplayLate,
    FaultKind::Truncate,
    FaultKind::Forge,
];
/// Half of the operations of a plan are forwarded, if it has two coordinators.
const FORWARDED_MAX: u32 = 12;
/// How long a coordinator is down: shorter and longer than a lease.
const DOWN_MILLIS: std::ops::Range<u64> = 50..4_000;

/// Draws the cause of a takeover, and a fault at the takeover, at a renewal or at the scan that follows.
pub(super) fn at_takeover(rng: &mut Pcg64Mcg, topology: &Topology) -> Vec<PlannedFault> {
    let hosts = topology.hosts_of(Name::COORDINATOR);
    let host = *hosts.choose(rng).unwrap_or(&Host::COORDINATOR);
    let places: &[(&str, u32)] = match hosts.len() {
        1 => &[("take-over", 2), (SCAN, 3)],
        _ => &[("claim-shard", 2), ("renew-shard", 20), (SCAN, 3)],
    };
    let (what, most) = *places.choose(rng).unwrap_or(&(SCAN, 1));
    let point = CommitPoint {
        side: side(rng),
        ..CommitPoint::before(host, what, rng.random_range(1..=most))
    };
    let millis = rng.random_range(DOWN_MILLIS);
    let fault = match AT_COMMITS.choose(rng).unwrap_or(&FaultKind::LoseConnection) {
        FaultKind::Crash => Fault::Crash {
            host,
            down_millis: millis,
        },
        FaultKind::PowerCut => Fault::PowerCut {
            host,
            down_millis: millis,
        },
        FaultKind::Pause => Fault::Pause { host, millis },
        FaultKind::Outage => Fault::Outage { host, millis },
        FaultKind::SlowDatabase => Fault::SlowDatabase {
            host,
            extra_millis: rng.random_range(5..600),
            millis,
        },
        _ => Fault::LoseConnection,
    };
    vec![
        cause(rng, &hosts),
        PlannedFault {
            trigger: Trigger::Commit(point),
            fault,
        },
    ]
}

/// A coordinator ends while sagas are open.
fn cause(rng: &mut Pcg64Mcg, hosts: &[Host]) -> PlannedFault {
    let host = *hosts.choose(rng).unwrap_or(&Host::COORDINATOR);
    let down_millis = rng.random_range(DOWN_MILLIS);
    let saga = CommitPoint {
        side: Side::After,
        ..CommitPoint::before(host, "saga-log", rng.random_range(1..=12))
    };
    PlannedFault {
        trigger: Trigger::Commit(saga),
        fault: Fault::Crash { host, down_millis },
    }
}

/// Draws a fault of a message from one coordinator to another. `None` if there is one coordinator.
pub(super) fn between(
    rng: &mut Pcg64Mcg,
    places: &Places,
    topology: &Topology,
) -> Option<PlannedFault> {
    let hosts = topology.hosts_of(Name::COORDINATOR);
    let from = rng.random_range(0..hosts.len());
    let to = (from + rng.random_range(1..hosts.len().max(2))) % hosts.len();
    let kind = *OF_MESSAGES.choose(rng)?;
    let drawn = message::draw(rng, places, kind)?;
    let Trigger::Message(point) = drawn.trigger else {
        return None;
    };
    let point = MessagePoint {
        from: hosts[from],
        to: hosts[to],
        what: None,
        nth: rng.random_range(1..=FORWARDED_MAX),
        ..point
    };
    (from != to).then_some(PlannedFault {
        trigger: Trigger::Message(point),
        ..drawn
    })
}
