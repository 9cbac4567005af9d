//! R17: a client that follows sagas while its connections and the coordinators break.

use likewise_sim_likes::names::USER;
use likewise_sim_likes::{Action, operation, single};
use likewise_world::{
    plan::{Fault, Host, MessageKind, MessagePoint, Name, Plan, Topology, Trigger},
    record::{EventKind, RunRecord},
};

use crate::run_with_faults;

/// A like whose steps in the user service take until the deadline, and another one that keeps the follower going.
fn slow() -> Plan {
    let request = MessagePoint::request(Host::COORDINATOR, USER, MessageKind::DO, 1);
    let lost = MessagePoint {
        every: Some(1),
        ..request
    };
    let plan = single(Action::Like, false).with_follower();
    let plan = plan.with_operation(operation(2, Action::Like, 1, 20_000));
    plan.with_fault(lost, Fault::LoseRequest)
}

/// What the follower was told, in order: the names of the changes.
fn told(record: &RunRecord) -> Vec<&str> {
    let told = record.events.iter().filter_map(|event| match &event.kind {
        EventKind::Read { path, .. } => path.split_once("/events: "),
        _ => None,
    });
    told.map(|(_, name)| name).collect()
}

/// The answers to the follower's requests for events.
fn answers(record: &RunRecord) -> Vec<u16> {
    let answers = record.events.iter().filter_map(|event| match &event.kind {
        EventKind::Read { path, status } if path.ends_with("/events") => Some(*status),
        _ => None,
    });
    answers.collect()
}

#[test]
fn r17_a_follower_sees_a_slow_like_from_its_start_to_its_end() {
    let record = run_with_faults(&slow());
    let told = told(&record);
    assert_eq!(told.first(), Some(&"started"), "{told:?}");
    assert!(
        told.contains(&"completed") || told.contains(&"compensated"),
        "{told:?}"
    );
    let answers = answers(&record);
    assert!(
        answers.contains(&204),
        "it comes back once after the end: {answers:?}"
    );
}

#[test]
fn r17_a_follower_goes_on_after_a_crash_of_the_coordinator() {
    let (host, down_millis) = (Host::COORDINATOR, 500);
    let crash = Trigger::At { millis: 600 };
    let record = run_with_faults(&slow().with_fault(crash, Fault::Crash { host, down_millis }));
    let told = told(&record);
    assert_eq!(
        told[..3],
        ["started", "compensating", "compensated"],
        "{told:?}"
    );
    assert!(answers(&record).len() >= 3, "it came back: {told:?}");
}

#[test]
fn r17_a_follower_is_told_the_same_by_a_standby() {
    let mut plan = slow();
    plan.topology = Topology::default().with(Name::COORDINATOR, 3);
    let (host, down_millis) = (Host::COORDINATOR, 2_000);
    let power = Fault::PowerCut { host, down_millis };
    let record = run_with_faults(&plan.with_fault(Trigger::At { millis: 700 }, power));
    let told = told(&record);
    let ends = told
        .iter()
        .filter(|name| name.starts_with("comp") && name.ends_with("ed"));
    assert!(ends.count() >= 1, "{told:?}");
}
