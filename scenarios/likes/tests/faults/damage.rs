//! A row of the saga log that somebody damages while the coordinator is down.

use likewise_sim_likes::{Action, operation};
use likewise_world::{
    plan::{CommitPoint, Fault, Host, Operation, Plan, SagaColumn},
    record::{EventKind, RunRecord},
};

use crate::{count, first, run_with_faults};

/// Likes of user 1 to 3, and one long after. The coordinator is killed when it has committed the first three sagas.
fn damaged(column: SagaColumn) -> RunRecord {
    let fault = Fault::UnreadableRow {
        host: Host::COORDINATOR,
        column,
        down_millis: 300,
    };
    let like = |user, at_millis| Operation {
        retries: 0,
        ..operation(user, Action::Like, 1, at_millis)
    };
    let plan = Plan::new("x")
        .with_operation(like(1, 0))
        .with_operation(like(2, 0))
        .with_operation(like(3, 0))
        .with_operation(like(4, 9_000))
        .with_fault(CommitPoint::after(Host::COORDINATOR, "saga-log", 2), fault);
    run_with_faults(&plan)
}

#[test]
fn r04_a_saga_whose_row_is_damaged_is_parked_and_ends_once_the_row_is_restored() {
    for column in SagaColumn::ALL {
        let record = damaged(column);
        let is_damaged = |kind: &EventKind| matches!(kind, EventKind::RowDamaged { .. });
        let is_restored = |kind: &EventKind| matches!(kind, EventKind::RowRestored { .. });
        assert_eq!(count(&record, is_damaged), 1, "{column}");
        assert_eq!(count(&record, is_restored), 1, "{column}");
        assert_eq!(record.sagas.parked, 1, "{column}");
        assert_eq!(record.sagas.open, 0, "{column}");
        let restored = first(&record, is_restored);
        let ended = record.events.iter().filter(|event| {
            event.at_micros > restored
                && matches!(&event.kind, EventKind::Committed { what, .. } if what == "saga-log")
        });
        assert!(ended.count() >= 1, "{column}: the saga goes on");
    }
}

#[test]
fn r04_other_sagas_and_new_likes_go_on_while_a_row_is_damaged() {
    for column in SagaColumn::ALL {
        let record = damaged(column);
        let mut properties = record.properties.iter();
        let property = properties.find(|found| found.name == "bad-row-stops-no-other");
        let exercised = property.expect("the property exists").exercised;
        assert!(
            exercised >= 2,
            "{column}: a like and the other sagas, not {exercised}"
        );
    }
}
