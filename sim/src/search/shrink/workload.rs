//! The pass that simplifies the workload: fewer operations, simpler clients, and the default configuration.
//!
//! Faults are shrunk first. A workload can be removed only if the faults that remain still find their messages, so
//! each removal is tried with shifted triggers as well.

use std::{collections::BTreeMap, ops::Range};

use super::shorten::moved_up;
use crate::world::plan::{Action, Host, Limits, Name, Operation, Plan, Timing, Topology};

/// The plan without these operations, as it is and with its triggers moved up.
///
/// Triggers count messages and commits, and a removed operation no longer sends its own: one or two of each kind.
pub(super) fn operations(plan: &Plan, range: Range<usize>) -> Vec<Plan> {
    let removed = u32::try_from(range.len()).unwrap_or(u32::MAX);
    let mut smaller = plan.clone();
    smaller.workload.drain(range);
    let moved = [1, 2].map(|each| moved_up(smaller.clone(), removed.saturating_mul(each)));
    let moved: Vec<Plan> = moved.into_iter().flatten().collect();
    std::iter::once(smaller).chain(moved).collect()
}

/// The plan with one setting replaced by its default: topology, timing, limits, blocked users,
/// articles, noise or prober.
pub(super) fn settings(plan: &Plan) -> Vec<Plan> {
    let mut plans = topologies(plan);
    plans.extend(timings(plan));
    plans.extend(limits(plan));
    plans.push(edited(plan, |plan| plan.blocked_users.clear()));
    for place in 0..plan.blocked_users.len() {
        plans.push(edited(plan, |plan| {
            plan.blocked_users.remove(place);
        }));
    }
    plans.push(edited(plan, renumber));
    plans.push(edited(plan, on_one_article));
    plans.push(edited(plan, |plan| plan.noise = 1));
    plans.push(edited(plan, |plan| plan.probes_readiness = false));
    plans
}

/// Each operation in turn simplified: with a key, one click, the default time-out, no retries, a plain like.
pub(super) fn behaviours(plan: &Plan) -> Vec<Plan> {
    // All at once first, because most operations can lose everything; then one by one.
    let simpler: [fn(&mut Operation); 6] = [
        |operation| {
            let plain = Operation::new(1, operation.action, 1, 0);
            operation.keyed = plain.keyed;
            operation.clicks = plain.clicks;
            operation.timeout_millis = plain.timeout_millis;
            operation.retries = 0;
        },
        |operation| operation.clicks = 1,
        |operation| operation.keyed = true,
        |operation| operation.retries = 0,
        |operation| operation.timeout_millis = Operation::new(1, Action::Like, 1, 0).timeout_millis,
        |operation| operation.action = Action::Like,
    ];
    let mut plans = Vec::new();
    for place in 0..plan.workload.len() {
        for simplify in simpler {
            plans.push(edited(plan, |plan| simplify(&mut plan.workload[place])));
        }
    }
    plans
}

/// A changed copy of a plan.
fn edited(plan: &Plan, edit: impl FnOnce(&mut Plan)) -> Plan {
    let mut plan = plan.clone();
    edit(&mut plan);
    plan
}

/// The default topology, or one process less for one service. Faults at a process that is gone move to the first one.
///
/// A zombie needs two coordinators. If one is left, the plan is invalid and is dropped.
fn topologies(plan: &Plan) -> Vec<Plan> {
    let default = Topology::default();
    let one_less = |service: Name| plan.topology.clone().with(service, 1);
    let smaller = [default]
        .into_iter()
        .chain(plan.topology.named().map(one_less));
    let with = |topology: Topology| {
        edited(plan, |plan| {
            let nearest = |host: Host| {
                if topology.has(host) {
                    host
                } else {
                    host.first()
                }
            };
            for planned in &mut plan.faults {
                planned.trigger = planned.trigger.clone().on_hosts(nearest);
                planned.fault = planned.fault.on_hosts(nearest);
            }
            plan.topology = topology;
        })
    };
    smaller.map(with).collect()
}

/// The default timing, or one part of it.
fn timings(plan: &Plan) -> Vec<Plan> {
    let default = Timing::default();
    let parts: [fn(&mut Timing, Timing); 7] = [
        |timing, default| *timing = default,
        |timing, default| timing.latency_max_millis = default.latency_max_millis,
        |timing, default| timing.step_timeout_millis = default.step_timeout_millis,
        |timing, default| timing.saga_deadline_millis = default.saga_deadline_millis,
        |timing, default| timing.scan_every_millis = default.scan_every_millis,
        |timing, default| timing.heal_after_millis = default.heal_after_millis,
        |timing, default| timing.converge_within_millis = default.converge_within_millis,
    ];
    let with = |part: fn(&mut Timing, Timing)| edited(plan, |plan| part(&mut plan.timing, default));
    parts.into_iter().map(with).collect()
}

/// The default limits, or one of them.
fn limits(plan: &Plan) -> Vec<Plan> {
    let default = Limits::default();
    let parts: [fn(&mut Limits, Limits); 5] = [
        |limits, default| *limits = default,
        |limits, default| limits.park_after = default.park_after,
        |limits, default| limits.open_max = default.open_max,
        |limits, default| limits.at_once_max = default.at_once_max,
        |limits, default| limits.connections_max = default.connections_max,
    ];
    let with = |part: fn(&mut Limits, Limits)| edited(plan, |plan| part(&mut plan.limits, default));
    parts.into_iter().map(with).collect()
}

/// Numbers users and articles from 1 without gaps, in the order in which they occur. Blocked users without operations
/// are dropped.
///
/// Numbers do not change what happens, but a plan with users 1 and 2 is easier to read than one with 7 and 12.
fn renumber(plan: &mut Plan) {
    let mut users = BTreeMap::new();
    let mut articles = BTreeMap::new();
    for operation in &mut plan.workload {
        let next = users.len() as i64 + 1;
        operation.user = *users.entry(operation.user).or_insert(next);
        let next = articles.len() as u32 + 1;
        operation.article = *articles.entry(operation.article).or_insert(next);
    }
    plan.articles = articles.len().max(1) as u32;
    let renumbered = |user: &i64| users.get(user).copied();
    plan.blocked_users = plan.blocked_users.iter().filter_map(renumbered).collect();
}

/// Moves every operation to article 1.
fn on_one_article(plan: &mut Plan) {
    for operation in &mut plan.workload {
        operation.article = 1;
    }
    plan.articles = 1;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::likes::LIKES;
    use crate::likes::names::{USER, USER_2, USER_SERVICE};
    use crate::world::plan::{Fault, Trigger, problem};

    fn plan() -> Plan {
        let mut plan = Plan::new("x")
            .with_operation(Operation::new(7, Action::Unlike, 3, 0))
            .with_operation(Operation::new(4, Action::Like, 2, 0))
            .with_operation(Operation::new(7, Action::Like, 2, 0));
        plan.articles = 3;
        plan.blocked_users = vec![9, 4];
        plan
    }

    #[test]
    fn users_and_articles_are_renumbered_together() {
        let mut plan = plan();
        renumber(&mut plan);
        let who: Vec<_> = plan.workload.iter().map(|o| (o.user, o.article)).collect();
        assert_eq!(who, [(1, 1), (2, 2), (1, 2)]);
        assert_eq!((plan.articles, &plan.blocked_users[..]), (2, &[2][..]));
    }

    #[test]
    fn a_fault_at_a_replica_moves_to_the_first_when_there_is_only_one() {
        let mut plan = plan();
        plan.topology = Topology::default().with(USER_SERVICE, 2);
        let pause = |host| Fault::Pause { host, millis: 5 };
        let plan = plan.with_fault(Trigger::At { millis: 1 }, pause(USER_2));
        let smaller = &topologies(&plan)[0];
        assert_eq!(smaller.faults[0].fault, pause(USER));
        assert_eq!(problem(&LIKES, smaller), None);
    }

    #[test]
    fn each_behaviour_is_dropped_alone_and_all_together() {
        let mut plan = plan();
        plan.workload.truncate(1);
        plan.workload[0].clicks = 2;
        plan.workload[0].keyed = false;
        let plans = behaviours(&plan);
        assert!(plans[0].workload[0].keyed && plans[0].workload[0].clicks == 1);
        let only_clicks = |plan: &&Plan| {
            let operation = plan.workload[0];
            operation.clicks == 1 && !operation.keyed
        };
        assert_eq!(plans.iter().filter(only_clicks).count(), 1);
    }
}
