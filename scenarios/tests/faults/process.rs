//! Processes that are killed, lose their power, stand still, or are asked to stop.

use likewise_sim::{
    plan::{Action, CommitPoint, Fault, Host, MessageKind, MessagePoint, Operation, single},
    record::{EventKind, Outcome},
};

use crate::{asked, count, did, first, one_like, struck};

fn record_made() -> CommitPoint {
    CommitPoint::after(Host::User, "steps", 1)
}

#[test]
fn a_killed_service_closes_its_sockets_and_keeps_what_it_wrote() {
    let crash = Fault::Crash {
        host: Host::User,
        down_millis: 300,
    };
    let record = one_like(record_made(), crash);
    let broken = |kind: &EventKind| matches!(kind, EventKind::Failed { .. });
    assert!(count(&record, broken) >= 1, "the coordinator is told");
    assert!(asked(&record, Host::User) >= 2, "it asks again");
    assert_eq!(did(&record, Host::User), 1, "the record was made once");
    assert_eq!(record.operations[&Outcome::Ok], 1);
}

#[test]
fn a_power_cut_tells_nobody_and_loses_no_commit() {
    let cut = Fault::PowerCut {
        host: Host::User,
        down_millis: 2_000,
    };
    let record = one_like(record_made(), cut);
    let fell = first(&record, |kind| *kind == EventKind::LostPower);
    let up = first(&record, |kind| {
        matches!(kind, EventKind::Started { incarnation: 2 })
    });
    assert!(up - fell >= 2_000_000);
    let told = record
        .events
        .iter()
        .filter(|event| event.at_micros <= fell + 100_000);
    let told = told.filter(|event| matches!(event.kind, EventKind::Failed { .. }));
    assert_eq!(told.count(), 0, "nobody hears of it at once");
    assert!(
        asked(&record, Host::User) >= 2,
        "the coordinator asks again"
    );
    assert_eq!(did(&record, Host::User), 1, "what was synced is there");
}

#[test]
fn a_paused_service_does_nothing_and_then_goes_on() {
    let pause = Fault::Pause {
        host: Host::Article,
        millis: 1_500,
    };
    let request = MessagePoint::request(Host::Coordinator, Host::Article, MessageKind::Do, 1);
    let record = one_like(request, pause);
    let (from, to) = (
        first(&record, |kind| matches!(kind, EventKind::Injected { .. })),
        first(&record, |kind| matches!(kind, EventKind::Expired { .. })),
    );
    let during = record.events.iter().filter(|event| {
        event.host == Host::Article && event.at_micros > from && event.at_micros < to
    });
    assert_eq!(during.count(), 0);
    assert!(to - from >= 1_500_000);
    assert_eq!(record.sagas.completed, 1);
}

#[test]
fn a_coordinator_that_stood_still_past_a_deadline_goes_on_where_it_was() {
    let pause = Fault::Pause {
        host: Host::Coordinator,
        millis: 6_000,
    };
    let record = one_like(CommitPoint::after(Host::Coordinator, "saga-log", 1), pause);
    assert_eq!(record.sagas.completed + record.sagas.compensated, 1);
}

#[test]
fn a_coordinator_that_is_asked_to_stop_answers_first() {
    let restart = Fault::Restart {
        host: Host::Coordinator,
        down_millis: 300,
    };
    let request = MessagePoint::request(Host::Coordinator, Host::User, MessageKind::Do, 1);
    // The second like keeps the users busy until the coordinator is back.
    let plan = single(Action::Like, false)
        .with_operation(Operation::new(2, Action::Like, 1, 2_000))
        .with_fault(request, restart);
    let record = struck(&plan);
    let asked = |kind: &EventKind| {
        matches!(
            kind,
            EventKind::Sent {
                what: MessageKind::Like,
                ..
            }
        )
    };
    assert_eq!(count(&record, asked), 2, "nobody had to ask again");
    assert_eq!(count(&record, |kind| *kind == EventKind::Stopped), 1);
    assert_eq!(record.operations[&Outcome::Ok], 2);
    assert_eq!(count(&record, |kind| *kind == EventKind::Crashed), 0);
}
