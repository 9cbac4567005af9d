//! An operator starts a second coordinator on the saga log, without a lease.

use likewise_sim_likes::names::{COORDINATOR_2, COORDINATOR_3};
use likewise_sim_likes::{Action, operation};
use likewise_world::{
    plan::{Fault, Host, Name, Plan, Topology, Trigger},
    record::{EventKind, RunRecord},
};

use crate::{count, run_with_faults};

/// A like, a second coordinator for three seconds, and a like long after it.
fn second_process(coordinators: u8) -> RunRecord {
    let mut plan = Plan::new("x")
        .with_prober()
        .with_operation(operation(1, Action::Like, 1, 0))
        .with_operation(operation(2, Action::Like, 1, 12_000))
        .with_fault(
            Trigger::At { millis: 1_500 },
            Fault::SecondProcess { millis: 3_000 },
        );
    plan.topology = Topology::default().with(Name::COORDINATOR, coordinators);
    run_with_faults(&plan)
}

fn is_taken_over(kind: &EventKind) -> bool {
    matches!(kind, EventKind::TakenOver)
}

/// The hosts that raised the epoch, in order, each once in a row.
fn holders(record: &RunRecord) -> Vec<Host> {
    let took_over = record.events.iter().filter(|event| match &event.kind {
        EventKind::Committed { changes, .. } => {
            changes.iter().any(|change| change.table == "shards")
        }
        _ => false,
    });
    let mut hosts: Vec<Host> = took_over.map(|event| event.host).collect();
    hosts.dedup();
    hosts
}

#[test]
fn r22_a_coordinator_without_a_lease_ends_when_a_second_one_takes_over() {
    let record = second_process(1);
    assert_eq!(count(&record, is_taken_over), 1);
    let (first, second) = (Host::COORDINATOR, COORDINATOR_2);
    assert_eq!(holders(&record), [first, second, first]);
    let ended = record
        .events
        .iter()
        .find(|event| is_taken_over(&event.kind));
    assert_eq!(ended.map(|event| event.host), Some(first));
}

#[test]
fn r22_coordinators_with_a_lease_stand_by_and_replace_the_second_process() {
    let record = second_process(2);
    let ended = record
        .events
        .iter()
        .find(|event| is_taken_over(&event.kind));
    assert_eq!(ended.map(|event| event.host), Some(COORDINATOR_3));
    let holders = holders(&record);
    let second = holders.iter().position(|host| *host == COORDINATOR_3);
    let second = second.expect("it takes over");
    assert!(second + 1 < holders.len(), "and is replaced: {holders:?}");
}
