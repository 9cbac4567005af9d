//! Wall clocks that are wrong. Nothing that decides may look at them.

use likewise_sim::{
    plan::{Fault, Host, MessageKind, MessagePoint},
    record::{Outcome, RunRecord},
};

use crate::{asked, one_like};

fn saga_under_way() -> MessagePoint {
    MessagePoint::request(Host::Coordinator, Host::User, MessageKind::Do, 1)
}

/// The saga's own record of when it began and was last moved, in milliseconds.
fn saga_times(record: &RunRecord) -> Vec<(i64, i64)> {
    use likewise_sim::record::EventKind;
    let changes = record.events.iter().filter_map(|event| match &event.kind {
        EventKind::Committed { changes, .. } => Some(changes),
        _ => None,
    });
    let sagas = changes.flatten().filter(|change| change.table == "sagas");
    sagas
        .map(|change| {
            let time = |column| change.row.integer(column).unwrap();
            (time("created_at"), time("updated_at"))
        })
        .collect()
}

#[test]
fn a_clock_that_jumps_far_ahead_makes_no_saga_miss_its_deadline() {
    let jump = Fault::ClockJump {
        host: Host::Coordinator,
        by_millis: 3_600_000,
    };
    let record = one_like(saga_under_way(), jump);
    assert_eq!(record.sagas.completed, 1, "an hour has not passed");
    assert_eq!(record.operations[&Outcome::Ok], 1);
    let (created, updated) = saga_times(&record).pop().unwrap();
    assert!(updated - created >= 3_600_000, "the clock did jump");
}

#[test]
fn a_clock_that_is_put_back_harms_nobody() {
    let skew = Fault::ClockSkew {
        host: Host::Coordinator,
        by_millis: -86_400_000,
        millis: 5_000,
    };
    let record = one_like(saga_under_way(), skew);
    let (created, updated) = saga_times(&record).pop().unwrap();
    assert!(updated < created, "the clock was put back");
    assert_eq!(record.sagas.completed, 1);
}

#[test]
fn a_clock_that_stands_still_stops_nothing() {
    let drift = Fault::ClockDrift {
        host: Host::User,
        percent: -100,
        millis: 30_000,
    };
    let record = one_like(saga_under_way(), drift);
    assert_eq!(asked(&record, Host::User), 1);
    assert_eq!(record.operations[&Outcome::Ok], 1);
}
