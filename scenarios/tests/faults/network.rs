//! Links that are cut, in one direction or both, once or again and again, or slow.

use likewise_sim::{
    plan::{Action, Fault, Host, MessageKind, MessagePoint, Operation, single},
    record::EventKind,
};

use crate::{asked, count, did, first, one_like, struck};

const A: Host = Host::Coordinator;
const B: Host = Host::User;

fn record_asked_for() -> MessagePoint {
    MessagePoint::request(A, B, MessageKind::Do, 1)
}

#[test]
fn a_saga_outlives_a_partition() {
    let record = one_like(
        record_asked_for(),
        Fault::Partition {
            a: A,
            b: B,
            millis: 700,
        },
    );
    let rejoined = first(&record, |kind| {
        matches!(kind, EventKind::Reconnected { .. })
    });
    let made = record.events.iter().find(|event| {
        event.host == B
            && matches!(&event.kind, EventKind::Committed { what, .. } if what == "steps")
    });
    assert!(made.unwrap().at_micros > rejoined);
    assert_eq!(record.sagas.completed, 1);
}

#[test]
fn a_service_that_hears_but_is_not_heard_does_the_step_once() {
    let deaf = Fault::PartitionOneWay {
        from: B,
        to: A,
        millis: 1_500,
    };
    let answered = MessagePoint::request(A, B, MessageKind::Do, 1);
    let record = one_like(answered, deaf);
    assert!(asked(&record, B) >= 2);
    assert_eq!(did(&record, B), 1);
}

#[test]
fn a_slow_link_makes_every_attempt_too_late_until_it_is_over() {
    let slow = Fault::SlowLink {
        a: A,
        b: B,
        latency_millis: 600,
        millis: 1_500,
    };
    let record = one_like(record_asked_for(), slow);
    let unheard = |kind: &EventKind| matches!(kind, EventKind::Repeated { .. });
    assert!(
        count(&record, unheard) >= 2,
        "they arrive, and nobody waits any more"
    );
    assert_eq!(did(&record, B), 1);
    assert_eq!(record.sagas.completed, 1);
}

#[test]
fn a_flapping_link_is_cut_as_often_as_the_plan_says() {
    let flap = Fault::Flap {
        a: A,
        b: B,
        times: 4,
        millis: 250,
    };
    // The second like keeps the users busy until the link is whole for good.
    let plan = single(Action::Like, false)
        .with_operation(Operation::new(2, Action::Like, 1, 2_500))
        .with_fault(record_asked_for(), flap);
    let record = struck(&plan);
    let parted: Vec<u64> = record
        .events
        .iter()
        .filter(|event| matches!(event.kind, EventKind::Partitioned { .. }))
        .map(|event| event.at_micros)
        .collect();
    assert_eq!(parted.len(), 4);
    assert!(parted.windows(2).all(|two| two[1] - two[0] == 500_000));
    assert_eq!(record.sagas.completed, 2);
}
