//! Validation of one fault: its trigger, its hosts, its numbers and its duration.

use std::time::Duration;

use super::MILLIS_MAX;
use crate::{
    Hosts,
    plan::{
        CommitPoint, Family, Fault, FaultKind, Host, MessageKind, MessagePoint, Name, PlannedFault,
        Side, Topology, Trigger,
    },
};

/// The most copies of one request. The network holds each until it is delivered.
const COPIES_MAX: u32 = 1_000;
/// The most partitions of one flapping link.
const FLAPS_MAX: u32 = 1_000;
/// The longest extra latency of a transaction. One that began during the fault ends before the run must be at rest.
const EXTRA_MAX_MILLIS: u64 = 60_000;

/// Why a fault cannot be injected in this topology. `None` if it can.
pub(super) fn problem(
    (hosts, topology): (&Hosts, &Topology),
    kinds: &[MessageKind],
    planned: &PlannedFault,
) -> Option<String> {
    trigger(hosts, &planned.trigger)
        .or_else(|| unknown_kind(kinds, &planned.trigger))
        .or_else(|| missing(hosts, &planned.fault))
        .or_else(|| contradiction(&planned.trigger, &planned.fault))
        .or_else(|| coordinators(topology, &planned.fault))
        .or_else(|| too_long(&planned.fault))
}

/// A fault that lasts longer than any run. A jump of a clock has no end on purpose.
fn too_long(fault: &Fault) -> Option<String> {
    let most = Duration::from_millis(MILLIS_MAX);
    let for_good = fault.kind() == FaultKind::ClockJump;
    let lasts = fault.lasts().is_some_and(|lasts| lasts > most);
    let millis = match *fault {
        Fault::Delay { millis }
        | Fault::ReplayLate { millis }
        | Fault::WithheldBody { millis }
        | Fault::SecondProcess { millis }
        | Fault::Partition { millis, .. }
        | Fault::PartitionOneWay { millis, .. }
        | Fault::Crash {
            down_millis: millis,
            ..
        }
        | Fault::UnreadableRow {
            down_millis: millis,
            ..
        }
        | Fault::PowerCut {
            down_millis: millis,
            ..
        }
        | Fault::Restart {
            down_millis: millis,
            ..
        } => millis,
        Fault::Flap { times, millis, .. } => millis.saturating_mul(u64::from(times) * 2),
        _ => 0,
    };
    ((lasts && !for_good) || millis > MILLIS_MAX)
        .then(|| format!("it would last longer than {MILLIS_MAX} ms: no run does"))
}

/// A trigger that never matches: it counts from 0, or names a host that is missing or has no database.
fn trigger(hosts: &Hosts, trigger: &Trigger) -> Option<String> {
    match trigger {
        Trigger::Message(point) if point.nth == 0 => Some("nth counts from 1".to_owned()),
        Trigger::Message(point) if point.every == Some(0) => Some("every counts from 1".to_owned()),
        Trigger::Message(point) => [point.from, point.to]
            .into_iter()
            .find_map(|host| absent(hosts, host)),
        Trigger::Commit(point) if point.nth == 0 => Some("nth counts from 1".to_owned()),
        Trigger::Commit(point) if point.host.service().is_none() => {
            Some(format!("{} has no database", point.host))
        }
        Trigger::Commit(CommitPoint { host, .. }) => absent(hosts, *host),
        Trigger::At { .. } => None,
    }
}

/// A kind of message that no message has.
fn unknown_kind(kinds: &[MessageKind], trigger: &Trigger) -> Option<String> {
    let Trigger::Message(MessagePoint {
        what: Some(what), ..
    }) = trigger
    else {
        return None;
    };
    (!kinds.contains(what)).then(|| {
        let names: Vec<_> = kinds.iter().map(MessageKind::name).collect();
        format!(
            "there is no kind of message `{}`: there are {}",
            what.name(),
            names.join(", ")
        )
    })
}

/// A fault that names a missing host.
fn missing(hosts: &Hosts, fault: &Fault) -> Option<String> {
    fault
        .hosts()
        .into_iter()
        .find_map(|host| absent(hosts, host))
}

fn absent(hosts: &Hosts, host: Host) -> Option<String> {
    (!hosts.contains(host)).then(|| {
        let names: Vec<_> = hosts.machines().map(Host::name).collect();
        format!(
            "there is no host `{host}`: the hosts of this topology are {}",
            names.join(", ")
        )
    })
}

/// A fault at a place where it cannot be injected: only a reply can lose its reply, and only a client can disconnect.
fn contradiction(trigger: &Trigger, fault: &Fault) -> Option<String> {
    let name = fault.kind().name();
    let at_message = |side| matches!(trigger, Trigger::Message(point) if side == point.side);
    match fault {
        Fault::LoseReply if !at_message(Side::After) => {
            Some(format!("{name} needs a message trigger with side after"))
        }
        Fault::LoseRequest
        | Fault::Duplicate { .. }
        | Fault::ReplayLate { .. }
        | Fault::Reorder
        | Fault::Disconnect { .. }
        | Fault::WithheldBody { .. }
            if !at_message(Side::Before) =>
        {
            Some(format!("{name} needs a message trigger with side before"))
        }
        Fault::Disconnect { .. } | Fault::WithheldBody { .. } if !is_from_clients(trigger) => {
            Some(format!("{name} needs a message from clients"))
        }
        Fault::LoseConnection | Fault::SilentConnection
            if !matches!(trigger, Trigger::Commit(_)) =>
        {
            Some(format!("{name} needs a commit trigger"))
        }
        Fault::RefusedRow { .. } if !is_before_commit(trigger) => {
            Some(format!("{name} needs a commit trigger with side before"))
        }
        _ if fault.kind().family() == Family::Message
            && !matches!(trigger, Trigger::Message(_)) =>
        {
            Some(format!("{name} needs a message trigger"))
        }
        _ => numbers(fault).or_else(|| hosts(fault)),
    }
}

/// A fault that needs one coordinator, or several.
///
/// A zombie without a successor would only be a pause. While one of several coordinators is down, another one drives the
/// saga and does not read its row again.
fn coordinators(topology: &Topology, fault: &Fault) -> Option<String> {
    let coordinators = topology.replicas(Name::COORDINATOR);
    let (needed, is_met) = match fault {
        Fault::Zombie { .. } => ("at least two coordinators", coordinators >= 2),
        Fault::UnreadableRow { .. } => ("one coordinator", coordinators == 1),
        Fault::SecondProcess { .. } => (
            "at most two coordinators",
            topology.second_coordinator().is_some(),
        ),
        _ => return None,
    };
    let name = fault.kind().name();
    (!is_met).then(|| format!("{name} needs a topology with {needed}"))
}

fn is_before_commit(trigger: &Trigger) -> bool {
    matches!(trigger, Trigger::Commit(point) if point.side == Side::Before)
}

fn is_from_clients(trigger: &Trigger) -> bool {
    matches!(trigger, Trigger::Message(point) if point.from == Host::CLIENTS)
}

/// A number that has no meaning.
fn numbers(fault: &Fault) -> Option<String> {
    match fault {
        Fault::Truncate { keep_percent } if *keep_percent > 99 => {
            Some("keep_percent is 0 to 99: a whole body is not truncated".to_owned())
        }
        Fault::Forge { status } if !(500..600).contains(status) => {
            Some(format!("status {status} is no server error, 500 to 599"))
        }
        Fault::ClockDrift { percent, .. } if *percent < -100 => {
            Some("percent is at least -100: a drifting clock does not run backwards".to_owned())
        }
        Fault::RefusedRow { item: 0, .. } => Some("item counts from 1".to_owned()),
        Fault::Duplicate { copies } if *copies > COPIES_MAX => {
            Some(format!("copies can be {COPIES_MAX} at most"))
        }
        Fault::Flap { times, .. } if *times > FLAPS_MAX => {
            Some(format!("times can be {FLAPS_MAX} at most"))
        }
        Fault::SlowDatabase { extra_millis, .. } if *extra_millis > EXTRA_MAX_MILLIS => {
            Some(format!("extra_millis can be {EXTRA_MAX_MILLIS} at most"))
        }
        _ => None,
    }
}

/// Hosts between or on which the fault is impossible.
fn hosts(fault: &Fault) -> Option<String> {
    match (fault, &fault.hosts()[..]) {
        (Fault::UnreadableRow { host, .. }, _) if !host.is_coordinator() => {
            Some(format!("{host} has no saga log"))
        }
        (_, [a, b]) if a == b => Some(format!("{a} has no link to itself")),
        (_, [_, _]) => None,
        (_, [host]) if host.service().is_none() => Some(format!(
            "{} cannot be injected at {host}, only at a service",
            fault.kind().name()
        )),
        _ => None,
    }
}
