//! Wrong wall clocks. A saga's deadline is wall time: a wrong clock may make a saga seal early or late,
//! which is safe.

use std::collections::BTreeMap;

use likewise_sim_likes::names::USER;
use likewise_world::{
    plan::{Fault, Host, MessageKind, MessagePoint},
    record::{EventKind, Outcome, RunRecord},
};

use crate::{one_like, requests};

fn open_saga() -> MessagePoint {
    MessagePoint::request(Host::COORDINATOR, USER, MessageKind::DO, 1)
}

/// When the saga was created and last updated, according to its own rows, in milliseconds.
fn saga_times(record: &RunRecord) -> Vec<(i64, i64)> {
    let changes = record.events.iter().filter_map(|event| match &event.kind {
        EventKind::Committed { changes, .. } => Some(changes),
        _ => None,
    });
    let times = |table: &str, column: &str| -> BTreeMap<String, i64> {
        let rows = changes
            .clone()
            .flatten()
            .filter(|change| change.table == table);
        let id = if table == "sagas" { "id" } else { "saga" };
        rows.map(|change| {
            let row = &change.row;
            (
                row.text(id).unwrap().to_owned(),
                row.integer(column).unwrap(),
            )
        })
        .collect()
    };
    let created = times("sagas", "created_at");
    let updated = times("saga_changes", "changed_at");
    let both = updated
        .iter()
        .map(|(saga, updated)| (created[saga], *updated));
    both.collect()
}

/// The clock jumps while the last step is on its way. A deadline is checked only before an action is sent, so it is
/// not missed.
#[test]
fn a_clock_that_jumps_ahead_makes_no_saga_miss_its_deadline() {
    let jump = Fault::ClockJump {
        host: Host::COORDINATOR,
        by_millis: 3_600_000,
    };
    let record = one_like(open_saga(), jump);
    assert_eq!(
        record.sagas.completed, 1,
        "the last action was sent before the clock jumped"
    );
    assert_eq!(record.operations[&Outcome::Ok], 1);
    let (created, updated) = saga_times(&record).pop().unwrap();
    assert!(updated - created >= 3_600_000, "the clock jumped");
}

/// Ids contain a time, too. Those of later sagas are higher nevertheless.
#[test]
fn a_saga_completes_on_a_clock_that_is_set_back() {
    let skew = Fault::ClockSkew {
        host: Host::COORDINATOR,
        by_millis: -86_400_000,
        millis: 5_000,
    };
    let record = one_like(open_saga(), skew);
    let (created, updated) = saga_times(&record).pop().unwrap();
    assert!(updated < created, "the clock was set back");
    assert_eq!(record.sagas.completed, 1);
}

/// All rows of the service get the same time. Nothing may tell rows apart by it.
#[test]
fn a_saga_completes_on_a_clock_that_stands_still() {
    let drift = Fault::ClockDrift {
        host: USER,
        percent: -100,
        millis: 30_000,
    };
    let record = one_like(open_saga(), drift);
    assert_eq!(requests(&record, USER), 1);
    assert_eq!(record.operations[&Outcome::Ok], 1);
}
