//! Network connections that are cut in one direction or both, once or repeatedly, or that are slow.
//!
//! Here every message on a link is affected for a while, retries included, so the system must outlast the fault
//! instead of working around one message.

use likewise_sim_likes::names::USER;
use likewise_sim_likes::{Action, operation, single};
use likewise_world::{
    plan::{Fault, Host, MessageKind, MessagePoint},
    record::EventKind,
};

use crate::{commits, count, first, one_like, requests, run_with_faults};

const A: Host = Host::COORDINATOR;
const B: Host = USER;

fn record_request() -> MessagePoint {
    MessagePoint::request(A, B, MessageKind::DO, 1)
}

/// The partition is shorter than the deadline, so the saga goes forward and is not undone.
#[test]
fn a_saga_completes_after_a_partition() {
    let record = one_like(
        record_request(),
        Fault::Partition {
            a: A,
            b: B,
            millis: 700,
        },
    );
    let rejoined = first(&record, |kind| {
        matches!(kind, EventKind::Reconnected { .. })
    });
    let commit = record.events.iter().find(|event| {
        event.host == B
            && matches!(&event.kind, EventKind::Committed { what, .. } if what == "steps")
    });
    assert!(commit.unwrap().at_micros > rejoined);
    assert_eq!(record.sagas.completed, 1);
}

/// Requests arrive and replies do not: the service does all the work, and the sender knows of none.
#[test]
fn a_service_whose_replies_are_lost_does_the_step_once() {
    let one_way = Fault::PartitionOneWay {
        from: B,
        to: A,
        millis: 1_500,
    };
    let record = one_like(record_request(), one_way);
    assert!(requests(&record, B) >= 2);
    assert_eq!(commits(&record, B), 1);
}

/// Every attempt arrives after its sender gave up. The copies pile up at the service.
#[test]
fn a_slow_network_makes_every_attempt_time_out_until_it_recovers() {
    let slow = Fault::SlowLink {
        a: A,
        b: B,
        latency_millis: 600,
        millis: 1_500,
    };
    let record = one_like(record_request(), slow);
    let after_timeout = |kind: &EventKind| matches!(kind, EventKind::Repeated { .. });
    assert!(
        count(&record, after_timeout) >= 2,
        "requests arrive after the sender gave up"
    );
    assert_eq!(commits(&record, B), 1);
    assert_eq!(record.sagas.completed, 1);
}

/// A test of the fault itself: a cut that is merged with the next one would make the plan mean less than it says.
#[test]
fn a_flapping_connection_is_cut_as_often_as_the_plan_says() {
    let flap = Fault::Flap {
        a: A,
        b: B,
        times: 4,
        millis: 250,
    };
    // The run must not end before the connection is stable again, so a second like starts later.
    let plan = single(Action::Like, false)
        .with_operation(operation(2, Action::Like, 1, 2_500))
        .with_fault(record_request(), flap);
    let record = run_with_faults(&plan);
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
