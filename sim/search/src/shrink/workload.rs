//! The pass that simplifies the workload: fewer operations, simpler clients, and the default configuration.
//!
//! Faults are shrunk first. A workload can be removed only if the faults that remain still find their messages, so
//! each removal is tried with shifted triggers as well.

use std::ops::Range;

use super::shorten::moved_up;
use likewise_world::{
    System,
    plan::{Fields, Host, Limits, Name, Operation, Plan, Receiver, Timing, Topology},
};

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

/// The plan with one setting replaced by its default or a simpler one: topology, timing, limits, set-up, noise, prober, reader,
/// operators or receiver.
pub(super) fn settings(system: &dyn System, plan: &Plan) -> Vec<Plan> {
    let mut plans = topologies(plan);
    plans.extend(timings(plan));
    plans.extend(limits(plan));
    plans.extend(system.simpler_set_ups(plan));
    plans.push(edited(plan, |plan| plan.noise = 1));
    plans.push(edited(plan, |plan| plan.retention = None));
    plans.push(edited(plan, |plan| plan.probes_readiness = false));
    plans.push(edited(plan, |plan| plan.reads = false));
    plans.push(edited(plan, |plan| plan.reads_missing = false));
    plans.push(edited(plan, |plan| plan.follows = false));
    plans.push(edited(plan, |plan| plan.operators = 0));
    plans.push(edited(plan, |plan| plan.operators = plan.operators.min(1)));
    plans.extend(receivers(plan));
    plans
}

/// The plan without a receiver, with one that takes everything, and with one answer less that goes wrong.
fn receivers(plan: &Plan) -> Vec<Plan> {
    let Some(receiver) = &plan.receiver else {
        return Vec::new();
    };
    let without = |place: usize| {
        edited(plan, |plan| {
            if let Some(receiver) = &mut plan.receiver {
                receiver.answers.remove(place);
            }
        })
    };
    let fewer = (0..receiver.answers.len()).rev().map(without);
    let simple = [None, Some(Receiver::default())];
    let simple = simple.map(|receiver| edited(plan, |plan| plan.receiver = receiver));
    simple.into_iter().chain(fewer).collect()
}

/// Each operation in turn simplified: with a key, one click, the default time-out, no retries, and doing something simpler.
pub(super) fn behaviours(system: &dyn System, plan: &Plan) -> Vec<Plan> {
    // All at once first, because most operations can lose everything; then one by one.
    let simpler: [fn(&mut Operation, &Operation); 7] = [
        |operation, _| operation.simplify(),
        |operation, plain| operation.clicks = plain.clicks,
        |operation, plain| operation.overlaps = plain.overlaps,
        |operation, plain| operation.key.clone_from(&plain.key),
        |operation, plain| operation.keyed = plain.keyed,
        |operation, plain| operation.retries = plain.retries,
        |operation, plain| operation.timeout_millis = plain.timeout_millis,
    ];
    let mut plain = Operation::new(Fields::new(), 0);
    plain.simplify();
    let mut plans = Vec::new();
    for place in 0..plan.workload.len() {
        for simplify in simpler {
            plans.push(edited(plan, |plan| {
                simplify(&mut plan.workload[place], &plain);
            }));
        }
        for what in system.simpler_operations(&plan.workload[place].what) {
            plans.push(edited(plan, |plan| plan.workload[place].what = what));
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
    let parts: [fn(&mut Limits, Limits); 7] = [
        |limits, default| *limits = default,
        |limits, default| limits.park_after = default.park_after,
        |limits, default| limits.open_max = default.open_max,
        |limits, default| limits.at_once_max = default.at_once_max,
        |limits, default| limits.connections_max = default.connections_max,
        |limits, default| limits.batch_max = default.batch_max,
        |limits, default| limits.queue_max = default.queue_max,
    ];
    let with = |part: fn(&mut Limits, Limits)| edited(plan, |plan| part(&mut plan.limits, default));
    parts.into_iter().map(with).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use likewise_world::plan::{Fault, ReceiverAnswer, Trigger, problem};
    use likewise_world::testing::{SHOP, STORE, order};

    fn plan() -> Plan {
        Plan::new("x").with_operation(order(7, 2, 0))
    }

    #[test]
    fn a_fault_at_a_replica_moves_to_the_first_when_there_is_only_one() {
        let mut plan = plan();
        plan.topology = Topology::default().with(Name::new("store"), 2);
        let pause = |host| Fault::Pause { host, millis: 5 };
        let plan = plan.with_fault(Trigger::At { millis: 1 }, pause(Host::constant("store-2")));
        let smaller = &topologies(&plan)[0];
        assert_eq!(smaller.faults[0].fault, pause(STORE));
        assert_eq!(problem(&SHOP, smaller), None);
    }

    #[test]
    fn a_receiver_shrinks_to_none() {
        let answer = |status| ReceiverAnswer::Status { status };
        let plan = plan().with_receiver([answer(500), answer(410)]);
        let smaller = receivers(&plan).into_iter();
        let left: Vec<Option<Vec<ReceiverAnswer>>> = smaller
            .map(|plan| plan.receiver.map(|receiver| receiver.answers))
            .collect();
        let only = |status| Some(vec![answer(status)]);
        assert_eq!(left, [None, Some(vec![]), only(500), only(410)]);
    }

    #[test]
    fn each_behaviour_is_dropped_alone_and_all_together() {
        let mut plan = plan();
        plan.workload[0].clicks = 2;
        plan.workload[0].keyed = false;
        let plans = behaviours(&SHOP, &plan);
        assert!(plans[0].workload[0].keyed && plans[0].workload[0].clicks == 1);
        let only_clicks = |plan: &&Plan| {
            let operation = &plan.workload[0];
            operation.clicks == 1 && !operation.keyed
        };
        assert_eq!(plans.iter().filter(only_clicks).count(), 1);
    }
}
