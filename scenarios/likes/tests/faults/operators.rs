//! Orders of operators while something fails where their entries in the audit are written or answered.

use likewise_scenarios::catalogue::SCENARIOS;
use likewise_world::{
    plan::{CommitPoint, Fault, Host, MessageKind, MessagePoint, Plan, Trigger},
    record::{ChangeOp, EventKind, PropertyStatus, RunRecord},
};

use crate::run_with_faults;

/// Likes that are stuck, and two operators.
fn operated() -> Plan {
    let mut scenarios = SCENARIOS.iter();
    let scenario = scenarios.find(|scenario| scenario.name == "operators-at-work");
    scenario.expect("it is in the catalogue").plan()
}

/// The numbers in the audit, in the order in which they were committed.
fn numbers(record: &RunRecord) -> Vec<i64> {
    let commits = record.events.iter().filter_map(|event| match &event.kind {
        EventKind::Committed { changes, .. } => Some(changes),
        _ => None,
    });
    let entries = commits.flatten().filter(|it| it.table == "saga_audit");
    let inserted = entries.filter(|entry| entry.op == ChangeOp::Insert);
    inserted
        .filter_map(|entry| entry.row.integer("number").ok())
        .collect()
}

fn run(trigger: impl Into<Trigger>, fault: Fault) {
    let record = run_with_faults(&operated().with_fault(trigger, fault));
    let numbers = numbers(&record);
    let without_gaps: Vec<i64> = (1..).take(numbers.len()).collect();
    assert!(!numbers.is_empty());
    assert_eq!(numbers, without_gaps);
    let mut all = record.properties.iter();
    let audited = all.find(|property| property.name == "orders-are-audited");
    assert_eq!(audited.unwrap().status, PropertyStatus::Passed);
}

const LEADER: Host = Host::COORDINATOR;

#[test]
fn an_order_survives_a_kill_before_and_after_its_commit() {
    let crash = Fault::Crash {
        host: LEADER,
        down_millis: 300,
    };
    run(CommitPoint::before(LEADER, "operate", 2), crash);
    run(CommitPoint::after(LEADER, "operate", 2), crash);
}

#[test]
fn an_order_whose_commit_was_not_confirmed_is_written_once() {
    run(
        CommitPoint::after(LEADER, "operate", 1),
        Fault::LoseConnection,
    );
}

#[test]
fn an_order_that_is_repeated_late_or_delivered_twice_is_given_once() {
    let order = |nth| MessagePoint::request(Host::CLIENTS, LEADER, MessageKind::OPERATE, nth);
    run(order(1), Fault::Duplicate { copies: 2 });
    run(order(2), Fault::ReplayLate { millis: 900 });
}
