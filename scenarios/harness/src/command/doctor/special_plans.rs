//! Plans with features that no single fault brings: client behaviour, a zombie coordinator next to its successor, a damaged row,
//! a second coordinator, and probers.

use likewise_world::{
    System,
    plan::{
        CommitPoint, Fault, Host, MessageKind, MessagePoint, Name, Operation, Plan, SagaColumn,
        Trigger,
    },
};

/// When the later operation starts: well after the fault of its plan.
const LATER_MILLIS: u64 = 4_000;
/// A number that no coordinator of a plan has, so that no prober sends the same operation.
const NO_COORDINATOR: i64 = 9;

/// One plan with each feature, made from the first small plan of the system.
pub(super) fn special_plans(system: &dyn System) -> Vec<Plan> {
    let bases = system.bases();
    let Some(base) = bases.first() else {
        return Vec::new();
    };
    let what = message_kind(system, base);
    let mut plans = vec![
        clicks(base).with_fault(
            MessagePoint::reply(Host::CLIENTS, Host::COORDINATOR, what, 1),
            Fault::LoseReply,
        ),
        in_flight(base),
        with_later_operation(system, base, "an unreadable row, and a prober").with_fault(
            CommitPoint::after(Host::COORDINATOR, "saga-log", 1),
            Fault::UnreadableRow {
                host: Host::COORDINATOR,
                column: SagaColumn::Args,
                down_millis: 100,
            },
        ),
    ];
    let coordinators = system.replicas_max(Name::COORDINATOR);
    if coordinators >= 2 {
        plans.push(
            with_later_operation(system, base, "a second coordinator").with_fault(
                Trigger::At { millis: 500 },
                Fault::SecondProcess { millis: 1_500 },
            ),
        );
        plans.push(takeover(base, coordinators).with_fault(
            MessagePoint::request(Host::CLIENTS, Host::COORDINATOR, what, 1),
            Fault::Zombie { millis: 10_000 },
        ));
    }
    plans
}

/// What the last operation of a plan asks for.
fn message_kind(system: &dyn System, plan: &Plan) -> MessageKind {
    plan.workload
        .last()
        .map_or(MessageKind::OTHER, |operation| {
            let request = system.request(Host::COORDINATOR.name(), &operation.what, None);
            system.message_kind(Host::COORDINATOR, request.method(), request.uri().path())
        })
}

fn clicks(base: &Plan) -> Plan {
    let mut plan = base.clone();
    plan.name = "a double click, and a retry without a key".to_owned();
    for operation in &mut plan.workload {
        (operation.clicks, operation.keyed) = (2, false);
    }
    plan
}

/// The last operation twice, at the same time and under one key.
fn in_flight(base: &Plan) -> Plan {
    let mut plan = base.clone();
    plan.name = "two operations in flight, under a shared key".to_owned();
    if let Some(last) = plan.workload.last_mut() {
        (last.keyed, last.key) = (true, Some("shared".to_owned()));
        let again = Operation {
            overlaps: true,
            ..last.clone()
        };
        plan.workload.push(again);
    }
    plan
}

fn takeover(base: &Plan, coordinators: u8) -> Plan {
    let mut plan = base.clone();
    plan.name = "a zombie".to_owned();
    plan.topology = plan.topology.with(Name::COORDINATOR, coordinators);
    plan
}

/// The plan with a prober, and an operation of another client after the fault.
fn with_later_operation(system: &dyn System, base: &Plan, name: &str) -> Plan {
    let mut plan = base.clone().with_prober();
    plan.name = name.to_owned();
    let other = system.prober_operations(&plan, NO_COORDINATOR).next();
    plan.workload
        .extend(other.map(|what| Operation::new(what, LATER_MILLIS)));
    plan
}
