//! Retention under faults: a collection that is interrupted goes on, and nobody sets a watermark back.

use likewise_sim_likes::names::{ARTICLE, USER};
use likewise_sim_likes::{Action, operation};
use likewise_world::{
    plan::{
        CommitPoint, Fault, Host, MessageKind, MessagePoint, Name, Operation, Plan, Topology,
        Trigger,
    },
    record::{ChangeOp, EventKind, RunRecord},
};

use crate::{count, run_with_faults};

/// Four likes without keys. Sagas are kept for 6 s, and the last like begins when the first two are collected.
fn likes() -> Plan {
    let likes = (1..).zip([0, 500, 1_000, 20_000]);
    let plan = likes.fold(Plan::new(""), |plan, (user, at_millis)| {
        plan.with_operation(Operation {
            keyed: false,
            ..operation(user, Action::Like, 1, at_millis)
        })
    });
    plan.with_retention(6_000, 6_000)
}

fn with_standby() -> Plan {
    Plan {
        topology: Topology::default().with(Name::COORDINATOR, 2),
        ..likes()
    }
}

/// The rows of a table that a service deleted, or its replicas.
fn deleted(record: &RunRecord, service: Host, table: &str) -> usize {
    let of_service = record
        .events
        .iter()
        .filter(|event| event.host.first() == service);
    let changes = of_service.filter_map(|event| match &event.kind {
        EventKind::Committed { changes, .. } => Some(changes),
        _ => None,
    });
    let is_deleted = |op: ChangeOp, of: &str| op == ChangeOp::Delete && of == table;
    changes
        .flatten()
        .filter(|change| is_deleted(change.op, &change.table))
        .count()
}

/// Everything below the third saga, with its two steps, at least.
fn all_are_deleted(record: &RunRecord) {
    assert!(deleted(record, Host::COORDINATOR, "sagas") >= 2);
    assert!(deleted(record, ARTICLE, "barrier") >= 2);
    assert!(deleted(record, USER, "barrier") >= 2);
}

/// The coordinator that leads. Until the first fault fires, a run equals the one without it.
fn leader(plan: &Plan) -> Host {
    let clean = run_with_faults(plan);
    all_are_deleted(&clean);
    let mut events = clean.events.iter();
    let is_lead =
        |kind: &EventKind| matches!(kind, EventKind::Committed { what, .. } if what == "retention");
    let first = events.find(|event| is_lead(&event.kind));
    first.expect("some coordinator leads").host
}

fn crash(host: Host, down_millis: u64) -> Fault {
    Fault::Crash { host, down_millis }
}

#[test]
fn without_faults_everything_old_is_deleted() {
    all_are_deleted(&run_with_faults(&likes()));
}

/// The second publication is the first that allows to delete something.
#[test]
fn a_service_that_is_killed_before_it_deletes_does_so_later() {
    let raised = CommitPoint::after(USER, "raise-watermark", 2);
    let record = run_with_faults(&likes().with_fault(raised, crash(USER, 500)));
    all_are_deleted(&record);
}

#[test]
fn a_service_that_is_killed_while_it_deletes_goes_on_later() {
    for nth in 1..=2 {
        for point in [CommitPoint::before, CommitPoint::after] {
            let plan = likes().with_fault(point(USER, "collect", nth), crash(USER, 500));
            all_are_deleted(&run_with_faults(&plan));
        }
    }
}

/// The rest of the rows is the next leader's.
#[test]
fn a_takeover_in_the_middle_of_a_collection_leaves_nothing() {
    let plan = with_standby();
    let leader = leader(&plan);
    for point in [
        CommitPoint::before(leader, "collect", 1),
        CommitPoint::after(leader, "collect", 1),
        CommitPoint::after(leader, "retention", 20),
    ] {
        let record = run_with_faults(&plan.clone().with_fault(point, crash(leader, 60_000)));
        all_are_deleted(&record);
    }
}

/// Its publication is on the way when it dies, and arrives after that of its successor.
#[test]
fn a_former_leader_cannot_set_a_watermark_back() {
    let plan = with_standby();
    let leader = leader(&plan);
    let publication = MessagePoint::request(leader, USER, MessageKind::WATERMARK, 2);
    let other = MessagePoint::reply(leader, ARTICLE, MessageKind::WATERMARK, 2);
    let plan = plan
        .with_fault(publication, Fault::Delay { millis: 9_000 })
        .with_fault(other, crash(leader, 60_000));
    let record = run_with_faults(&plan);
    let is_refused = |kind: &EventKind| matches!(kind, EventKind::Repeated { status: 409, .. });
    assert_eq!(count(&record, is_refused), 1);
    all_are_deleted(&record);
}

/// The clock of retention is no wall clock.
#[test]
fn clocks_that_jump_and_drift_delete_nothing_early_and_nothing_late() {
    let (host, hour) = (Host::COORDINATOR, 3_600_000);
    for by_millis in [hour, -hour] {
        let jump = Fault::ClockJump { host, by_millis };
        let drift = Fault::ClockDrift {
            host,
            percent: 400,
            millis: 10_000,
        };
        let plan = likes().with_fault(Trigger::At { millis: 2_000 }, jump);
        let plan = plan.with_fault(Trigger::At { millis: 3_000 }, drift);
        let service = Fault::ClockJump {
            host: USER,
            by_millis: -by_millis,
        };
        let plan = plan.with_fault(Trigger::At { millis: 2_500 }, service);
        all_are_deleted(&run_with_faults(&plan));
    }
}
