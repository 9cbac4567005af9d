//! Several coordinators on one saga log: one holds it, the others stand by and take it over.

use likewise_sim::{
    plan::{
        Action, CommitPoint, Fault, Host, MessageKind, MessagePoint, Operation, Plan, Topology,
        single,
    },
    record::{EventKind, Outcome, RunRecord},
};

use crate::{count, first, struck};

/// The lease of a plan's default timing: half of a saga's deadline.
const LEASE_MICROS: u64 = 1_500_000;

fn of(coordinators: u8) -> Plan {
    let mut plan = Plan {
        topology: Topology {
            coordinators,
            ..Topology::default()
        },
        ..single(Action::Like, false)
    };
    plan.workload[0].retries = 20;
    plan
}

fn saga_begun() -> CommitPoint {
    CommitPoint::after(Host::Coordinator, "saga-log", 1)
}

/// When the epoch was raised, in simulated microseconds, and by whom.
fn takeovers(record: &RunRecord) -> Vec<(u64, Host)> {
    let mut newest = 0;
    let mut all = Vec::new();
    for event in &record.events {
        let EventKind::Committed { changes, .. } = &event.kind else {
            continue;
        };
        for change in changes.iter().filter(|change| change.table == "shards") {
            let epoch = change.row.integer("epoch").unwrap();
            if epoch > newest {
                newest = epoch;
                all.push((event.at_micros, event.host));
            }
        }
    }
    all
}

/// The plan's faults strike the coordinator that holds the log at first.
fn at_the_holder(plan: &Plan, trigger: CommitPoint, fault: impl Fn(Host) -> Fault) -> RunRecord {
    let clean = struck(plan);
    let (_, holder) = takeovers(&clean)[0];
    let cut = CommitPoint {
        host: holder,
        ..trigger
    };
    struck(&plan.clone().with_fault(cut, fault(holder)))
}

#[test]
fn one_coordinator_drives_and_the_others_hand_on_what_they_are_asked() {
    let users = 2..=6;
    let plan = users.fold(of(3), |plan, user| {
        plan.with_operation(Operation::new(user, Action::Like, 1, 0))
    });
    let record = struck(&plan);
    assert_eq!(record.operations[&Outcome::Ok], 6);
    assert_eq!(takeovers(&record).len(), 1);
    let handed_on = |kind: &EventKind| matches!(kind, EventKind::Sent { to, what: MessageKind::Like, .. } if to.service() == Host::Coordinator.service());
    assert!(count(&record, handed_on) > 6, "a standby forwards");
}

#[test]
fn a_holder_without_power_is_followed_within_the_lease() {
    let record = at_the_holder(&of(2), saga_begun(), |host| Fault::PowerCut {
        host,
        down_millis: 30_000,
    });
    let all = takeovers(&record);
    assert_eq!(all.len(), 2, "{all:?}");
    assert_ne!(all[0].1, all[1].1);
    assert_eq!(record.sagas.recovered, 1, "the saga is taken up again");
}

#[test]
fn a_holder_that_is_asked_to_stop_hands_the_log_over_at_once() {
    let record = at_the_holder(&of(2), saga_begun(), |host| Fault::Restart {
        host,
        down_millis: 30_000,
    });
    let all = takeovers(&record);
    assert_eq!(all.len(), 2, "{all:?}");
    let stopped = first(&record, |kind| *kind == EventKind::Stopped);
    assert!(
        all[1].0 < stopped + LEASE_MICROS / 2,
        "it did not wait for the end of the lease: {stopped} {all:?}"
    );
}

#[test]
fn a_zombie_writes_nothing_beside_its_successor() {
    let record = at_the_holder(&of(2), saga_begun(), |_| Fault::Zombie { millis: 20_000 });
    let all = takeovers(&record);
    assert!(all.len() >= 2, "{all:?}");
    assert_eq!(record.sagas.completed + record.sagas.compensated, 1);
}

#[test]
fn a_zombie_that_had_sent_an_action_leaves_the_saga_to_its_successor() {
    let asked = MessagePoint::request(Host::Coordinator, Host::User, MessageKind::Do, 1);
    let clean = struck(&of(2));
    let (_, holder) = takeovers(&clean)[0];
    let cut = MessagePoint {
        from: holder,
        ..asked
    };
    let record = struck(&of(2).with_fault(cut, Fault::Zombie { millis: 20_000 }));
    let all = takeovers(&record);
    assert!(all.len() >= 2, "{all:?}");
    let (taken_over, successor) = all[1];
    let ended = record.events.iter().rfind(|event| {
        let is_log = |kind: &EventKind| matches!(kind, EventKind::Committed { what, .. } if what == "saga-log");
        event.at_micros >= taken_over && is_log(&event.kind)
    });
    assert_eq!(ended.expect("the saga's end is logged").host, successor);
    assert_eq!(record.sagas.completed + record.sagas.compensated, 1);
}
