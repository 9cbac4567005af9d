//! What makes a plan impossible to run: it names what is not there, or contradicts itself.

use std::{fmt, time::Duration};

use super::{
    CommitPoint, Family, Fault, FaultKind, Host, Limits, Operation, Plan, Service, Side, Topology,
    Trigger,
};

/// The longest that a fault may last or a user may wait: no run is longer.
const MILLIS_MAX: u64 = 3_600_000;

/// What makes a plan impossible to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where: the path to a part of the plan, such as `faults[1]`.
    pub at: String,
    /// What is wrong there.
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.at, self.what)
    }
}

fn at(place: impl Into<String>, what: impl Into<String>) -> Problem {
    Problem {
        at: place.into(),
        what: what.into(),
    }
}

/// What makes a plan impossible to run, and where; nothing if it can be.
#[must_use]
pub fn problem(plan: &Plan) -> Option<Problem> {
    if plan.articles == 0 {
        return Some(at("articles", "there must be at least one"));
    }
    timing(plan)
        .or_else(|| limits(&plan.limits))
        .or_else(|| too_many(&plan.topology))
        .or_else(|| operations(plan))
        .or_else(|| faults(plan))
}

fn timing(plan: &Plan) -> Option<Problem> {
    let timing = &plan.timing;
    if timing.tick_millis == 0 || timing.latency_max_millis < timing.tick_millis {
        let what = "a tick must be at least 1 ms, and no longer than the longest latency";
        return Some(at("timing", what));
    }
    let all = [
        timing.latency_max_millis,
        timing.step_timeout_millis,
        timing.saga_deadline_millis,
        timing.scan_every_millis,
        timing.heal_after_millis,
        timing.converge_within_millis,
    ];
    let is_wrong = |millis: &u64| *millis == 0 || *millis > MILLIS_MAX;
    all.iter().any(is_wrong).then(|| {
        let what = format!("every time must be 1 to {MILLIS_MAX} ms: no run is longer");
        at("timing", what)
    })
}

fn limits(limits: &Limits) -> Option<Problem> {
    let all = [limits.park_after, limits.open_max, limits.at_once_max];
    all.contains(&0).then(|| {
        at(
            "limits",
            "every limit must be at least 1: nothing else could be done",
        )
    })
}

fn too_many(topology: &Topology) -> Option<Problem> {
    Service::ALL.into_iter().find_map(|service| {
        let (wanted, most) = (topology.replicas(service), service.hosts().len());
        (wanted == 0 || usize::from(wanted) > most).then(|| {
            let name = service.name();
            let what = format!("there can be 1 to {most} processes of the {name}, not {wanted}");
            at("topology", what)
        })
    })
}

fn operations(plan: &Plan) -> Option<Problem> {
    let problem = |operation: &Operation| {
        if operation.article == 0 || operation.article > plan.articles {
            return Some(format!(
                "wants article {}, there are {}",
                operation.article, plan.articles
            ));
        }
        if operation.at_millis > MILLIS_MAX || operation.timeout_millis > MILLIS_MAX {
            return Some(format!(
                "needs times up to {MILLIS_MAX} ms: no run is longer"
            ));
        }
        (operation.user < 1 || operation.clicks == 0)
            .then(|| "needs a user from 1 and at least one click".to_owned())
    };
    let mut all = plan.workload.iter().enumerate();
    all.find_map(|(place, operation)| {
        problem(operation).map(|what| at(format!("workload[{place}]"), what))
    })
}

fn faults(plan: &Plan) -> Option<Problem> {
    plan.faults.iter().enumerate().find_map(|(place, planned)| {
        let why = trigger(&plan.topology, &planned.trigger)
            .or_else(|| missing(&plan.topology, &planned.fault))
            .or_else(|| contradiction(&planned.trigger, &planned.fault))
            .or_else(|| alone(&plan.topology, &planned.fault))
            .or_else(|| endless(&planned.fault));
        why.map(|why| at(format!("faults[{place}]"), why))
    })
}

fn endless(fault: &Fault) -> Option<String> {
    let most = Duration::from_millis(MILLIS_MAX);
    let for_good = fault.kind() == FaultKind::ClockJump;
    let lasts = fault.lasts().is_some_and(|lasts| lasts > most);
    let millis = match *fault {
        Fault::Delay { millis }
        | Fault::ReplayLate { millis }
        | Fault::Partition { millis, .. }
        | Fault::PartitionOneWay { millis, .. }
        | Fault::Crash {
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
        Fault::Duplicate { copies } => u64::from(copies),
        _ => 0,
    };
    ((lasts && !for_good) || millis > MILLIS_MAX)
        .then(|| format!("it would last longer than {MILLIS_MAX} ms: no run does"))
}

fn trigger(topology: &Topology, trigger: &Trigger) -> Option<String> {
    match trigger {
        Trigger::Message(point) if point.nth == 0 => Some("nth counts from 1".to_owned()),
        Trigger::Message(point) if point.every == Some(0) => Some("every counts from 1".to_owned()),
        Trigger::Message(point) => [point.from, point.to]
            .into_iter()
            .find_map(|host| absent(topology, host)),
        Trigger::Commit(point) if point.nth == 0 => Some("nth counts from 1".to_owned()),
        Trigger::Commit(point) if point.host.service().is_none() => {
            Some(format!("{} has no database", point.host))
        }
        Trigger::Commit(CommitPoint { host, .. }) => absent(topology, *host),
        Trigger::At { .. } => None,
    }
}

fn missing(topology: &Topology, fault: &Fault) -> Option<String> {
    fault
        .hosts()
        .into_iter()
        .find_map(|host| absent(topology, host))
}

fn absent(topology: &Topology, host: Host) -> Option<String> {
    let is_there = host.service().is_none() || topology.hosts().any(|there| there == host);
    (!is_there).then(|| format!("there is no {host}: the topology has fewer processes"))
}

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
            if !at_message(Side::Before) =>
        {
            Some(format!("{name} needs a message trigger with side before"))
        }
        Fault::Disconnect { .. } if !is_from_clients(trigger) => {
            Some(format!("{name} needs a message from clients"))
        }
        Fault::LoseConnection if !matches!(trigger, Trigger::Commit(_)) => {
            Some(format!("{name} needs a commit trigger"))
        }
        _ if fault.kind().family() == Family::Message
            && !matches!(trigger, Trigger::Message(_)) =>
        {
            Some(format!("{name} needs a message trigger"))
        }
        _ => numbers(fault).or_else(|| hosts(fault)),
    }
}

fn alone(topology: &Topology, fault: &Fault) -> Option<String> {
    let zombie = matches!(fault, Fault::Zombie { .. });
    (zombie && topology.coordinators < 2)
        .then(|| "zombie needs a topology with at least two coordinators".to_owned())
}

fn is_from_clients(trigger: &Trigger) -> bool {
    matches!(trigger, Trigger::Message(point) if point.from == Host::Clients)
}

fn numbers(fault: &Fault) -> Option<String> {
    match fault {
        Fault::Truncate { keep_percent } if *keep_percent > 99 => {
            Some("keep_percent is 0 to 99: a whole body is not cut".to_owned())
        }
        Fault::Forge { status } if !(500..600).contains(status) => {
            Some(format!("status {status} is no server error, 500 to 599"))
        }
        Fault::ClockDrift { percent, .. } if *percent < -100 => {
            Some("percent is at least -100: a drifting clock does not run backwards".to_owned())
        }
        _ => None,
    }
}

fn hosts(fault: &Fault) -> Option<String> {
    match (fault, &fault.hosts()[..]) {
        (_, [a, b]) if a == b => Some(format!("{a} has no link to itself")),
        (_, [_, _]) => None,
        (_, [host]) if host.service().is_none() => Some(format!(
            "{} cannot strike {host}, only the services",
            fault.kind().name()
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::plan::{Action, MessageKind, MessagePoint};

    fn of_fault(trigger: impl Into<Trigger>, fault: Fault) -> String {
        problem(&Plan::new("x").with_fault(trigger, fault))
            .unwrap()
            .to_string()
    }

    #[test]
    fn an_operation_on_no_article_is_named() {
        let plan = Plan::new("x").with_operation(Operation::new(1, Action::Like, 2, 0));
        assert_eq!(
            problem(&plan).unwrap().to_string(),
            "workload[0]: wants article 2, there are 1"
        );
    }

    #[test]
    fn a_trigger_must_fit_its_fault() {
        let at = Trigger::At { millis: 1 };
        assert_eq!(
            of_fault(at.clone(), Fault::LoseReply),
            "faults[0]: lose-reply needs a message trigger with side after"
        );
        assert_eq!(
            of_fault(at, Fault::LoseConnection),
            "faults[0]: lose-connection needs a commit trigger"
        );
        let step = MessagePoint::request(Host::Coordinator, Host::User, MessageKind::Do, 1);
        assert_eq!(
            of_fault(step, Fault::Disconnect { after_millis: 1 }),
            "faults[0]: disconnect needs a message from clients"
        );
    }

    #[test]
    fn a_fault_must_strike_something_that_is_there() {
        let crash = |host| Fault::Crash {
            host,
            down_millis: 1,
        };
        let at = Trigger::At { millis: 1 };
        let why = of_fault(at.clone(), crash(Host::Clients));
        assert!(
            why.ends_with("crash cannot strike clients, only the services"),
            "{why}"
        );
        let why = of_fault(at, crash(Host::User2));
        assert!(why.contains("there is no user-2"), "{why}");
    }

    #[test]
    fn a_topology_has_bounds() {
        let mut plan = Plan::new("x");
        plan.topology.coordinators = 4;
        assert_eq!(
            problem(&plan).unwrap().to_string(),
            "topology: there can be 1 to 3 processes of the coordinator, not 4"
        );
    }

    #[test]
    fn a_coordinator_that_may_do_nothing_is_refused() {
        let mut plan = Plan::new("x");
        plan.limits.at_once_max = 0;
        assert_eq!(problem(&plan).unwrap().at, "limits");
    }

    #[test]
    fn nothing_lasts_longer_than_any_run() {
        let outage = Fault::Outage {
            host: Host::User,
            millis: u64::MAX,
        };
        let why = of_fault(Trigger::At { millis: 1 }, outage);
        assert!(why.contains("no run does"), "{why}");
        let jump = Fault::ClockJump {
            host: Host::User,
            by_millis: -1,
        };
        let plan = Plan::new("x").with_fault(Trigger::At { millis: 1 }, jump);
        assert_eq!(problem(&plan), None, "a jump is for good");
        let mut plan = Plan::new("x");
        plan.timing.saga_deadline_millis = 0;
        assert_eq!(problem(&plan).unwrap().at, "timing");
    }
}
