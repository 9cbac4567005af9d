//! The plans that are tried, the likeliest first.
//!
//! An incident names its suspects: the services whose barrier row is unknown, or is not what the log believes. Faults there come
//! first, in three lengths: at one message, for long enough to park a saga, and at every message of a kind.

use likewise_world::{
    System,
    plan::{Fault, Host, InjectionPoint, MessageKind, MessagePoint, Plan, Side, Trigger, generate},
};

use super::target::{Known, Stored, Target};
use crate::exhaustive::{bases, faults_at, focused_bases};

/// For how long a service is away: for several attempts with the longest pauses between them.
const AWAY_MILLIS: u64 = 10_000;
/// For how long a coordinator is down: longer than the time-out of one attempt.
const DOWN_MILLIS: u64 = 120;
/// How long a message is late at the most: the deadline of a saga passes.
const LATE_MILLIS: u64 = 450;
/// Failed attempts after which a saga is parked. Production waits longer; the state is the same.
const PARK_AFTER: u32 = 3;
/// Each plan with operators is tried with so many seeds of the noise: what operators do depends on it.
const OPERATED_NOISES: u64 = 16;
const OPERATORS: u8 = 2;

/// The faults of one length that are tried in a base, for these suspects.
type Tier = fn(&Base, &[Host]) -> Vec<(Trigger, Fault)>;

/// A plan without faults of the search, and the injection points of its run.
#[derive(Debug, Clone)]
pub(super) struct Base {
    pub(super) plan: Plan,
    pub(super) points: Vec<InjectionPoint>,
}

/// The first plans: small sagas, with operators if somebody ordered something or if only a defect explains the incident.
pub(super) fn clean(system: &dyn System, target: &Target) -> Vec<Plan> {
    let mut plans = bases(system);
    for base in focused_bases(system) {
        // The other focused plans reach rows that are deleted, which the same state never asks for.
        if base.plan.retention.is_none() && base.plan.operators == 0 {
            plans.push(base.plan);
        }
    }
    if wants_operators(target) {
        plans.extend(operated(system));
    }
    plans
        .into_iter()
        .map(|plan| adapted(plan, target))
        .collect()
}

fn wants_operators(target: &Target) -> bool {
    target.state.ordered.is_some() || target.has_contradiction
}

/// Sagas that stay open because one service is slow, and operators.
fn operated(system: &dyn System) -> Vec<Plan> {
    let focused = focused_bases(system).into_iter();
    let focused: Vec<Plan> = focused
        .map(|base| base.plan)
        .filter(|plan| plan.operators > 0)
        .collect();
    let mut plans = Vec::new();
    for noise in 1..=OPERATED_NOISES {
        for plan in &focused {
            for service in system.participants() {
                for side in [Side::Before, Side::After] {
                    let mut plan = plan.clone().with_operators(OPERATORS);
                    plan.faults.clear();
                    plan.noise = noise;
                    let fault = Fault::Delay {
                        millis: DOWN_MILLIS,
                    };
                    plans.push(plan.with_fault(every(service, Some(MessageKind::DO), side), fault));
                }
            }
        }
    }
    plans
}

/// The same plan in which sagas are parked sooner, if the saga of the incident is.
fn adapted(mut plan: Plan, target: &Target) -> Plan {
    plan.seed = None;
    if target.state.parked {
        plan.limits.park_after = target.park_after.clamp(1, PARK_AFTER);
    }
    plan
}

/// Each base with one more fault. Faults that concern the suspects come first.
pub(super) fn with_one_more(
    system: &dyn System,
    target: &Target,
    bases: &[Base],
) -> impl Iterator<Item = Plan> {
    let suspects = suspects(system, target);
    let tiers: [Tier; 4] = [always, while_away, coordinator_down, any];
    let mut plans = Vec::new();
    for tier in tiers {
        let lists = bases.iter().map(|base| (base, tier(base, &suspects)));
        let lists: Vec<_> = lists.collect();
        let longest = lists.iter().map(|(_, list)| list.len()).max();
        // One fault of each base in turn: no base has to wait for the end of another.
        for place in 0..longest.unwrap_or(0) {
            for (base, faults) in &lists {
                let fault = faults.get(place);
                plans.extend(
                    fault.map(|(trigger, fault)| {
                        base.plan.clone().with_fault(trigger.clone(), *fault)
                    }),
                );
            }
        }
    }
    plans.into_iter()
}

/// The swarm plan of a seed.
pub(super) fn swarm(system: &dyn System, target: &Target, seed: u64) -> Plan {
    let mut plan = generate(system, seed);
    if wants_operators(target) {
        plan.operators = OPERATORS;
    }
    adapted(plan, target)
}

/// The services of which the log does not know what they have, or has it wrong. All of them, if there is no such service.
fn suspects(system: &dyn System, target: &Target) -> Vec<Host> {
    let steps = target.state.steps.iter().zip(&target.steps);
    let is_suspect = |believed: Known, row: Stored| match (believed, row) {
        (Known::Nothing, _) | (_, Stored::NotRead) => true,
        (believed, row) => believed.to_string() != row.to_string(),
    };
    let named = steps.filter(|(state, _)| is_suspect(state.believed, state.row));
    let named: Vec<&str> = named.map(|(_, (_, service))| service.as_str()).collect();
    let all = system.participants();
    let suspects = all.iter().filter(|host| named.contains(&host.name()));
    let suspects: Vec<Host> = suspects.copied().collect();
    if suspects.is_empty() { all } else { suspects }
}

fn every(service: Host, what: Option<MessageKind>, side: Side) -> MessagePoint {
    MessagePoint {
        from: Host::COORDINATOR,
        to: service,
        what,
        saga: None,
        nth: 1,
        every: Some(1),
        side,
    }
}

/// Every message of a kind fails at a suspect.
fn always(_: &Base, suspects: &[Host]) -> Vec<(Trigger, Fault)> {
    let kinds = [
        None,
        Some(MessageKind::DO),
        Some(MessageKind::UNDO),
        Some(MessageKind::SEAL),
    ];
    let faults = [
        (Side::Before, Fault::LoseRequest),
        (Side::After, Fault::LoseReply),
        (
            Side::Before,
            Fault::Delay {
                millis: LATE_MILLIS,
            },
        ),
    ];
    let mut list = Vec::new();
    for service in suspects {
        for (side, fault) in faults {
            for what in kinds {
                let trigger = every(*service, what, side).into();
                list.push((trigger, fault));
            }
        }
    }
    list
}

/// A suspect is away for long, from a point of the run on. Points of the suspects come first.
fn while_away(base: &Base, suspects: &[Host]) -> Vec<(Trigger, Fault)> {
    let millis = AWAY_MILLIS;
    let a = Host::COORDINATOR;
    let concerns = |point: &InjectionPoint| match point {
        InjectionPoint::Message(point) => suspects.contains(&point.to),
        InjectionPoint::Commit(point) => suspects.contains(&point.host),
    };
    let (near, far): (Vec<_>, Vec<_>) = base.points.iter().partition(|point| concerns(point));
    let mut list = Vec::new();
    for point in near.into_iter().chain(far) {
        for host in suspects.iter().copied() {
            let faults = [
                Fault::Partition { a, b: host, millis },
                Fault::PartitionOneWay {
                    from: host,
                    to: a,
                    millis,
                },
                Fault::Crash {
                    host,
                    down_millis: millis,
                },
                Fault::Outage { host, millis },
            ];
            list.extend(faults.map(|fault| (Trigger::from(point.clone()), fault)));
        }
    }
    list
}

/// The coordinator is killed at a point.
fn coordinator_down(base: &Base, _: &[Host]) -> Vec<(Trigger, Fault)> {
    let crash = Fault::Crash {
        host: Host::COORDINATOR,
        down_millis: DOWN_MILLIS,
    };
    let points = base.points.iter();
    points
        .map(|point| (Trigger::from(point.clone()), crash))
        .collect()
}

/// Every short fault at every point, as an exhaustive search has them.
fn any(base: &Base, _: &[Host]) -> Vec<(Trigger, Fault)> {
    let mut list = Vec::new();
    for point in &base.points {
        let faults = faults_at(point).into_iter();
        list.extend(faults.map(|fault| (Trigger::from(point.clone()), fault)));
    }
    list
}
