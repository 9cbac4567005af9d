//! Runs of the shop, compared with incidents.

use likewise_world::{
    plan::{Fault, Host, MessageKind, MessagePoint, Plan, Side},
    run::run,
    testing::{SHOP, TILL, one_order},
};
use serde_json::{Value, json};

use super::*;
use crate::incident::{
    file::{Incident, VerdictName},
    samples::{incident, stuck_order},
};

fn target(incident: &Incident) -> Target {
    Target::of(&SHOP, incident).unwrap()
}

/// The nearest moment of the run of a plan.
fn nearest(plan: &Plan, incident: &Incident) -> Moment {
    let record = run(&SHOP, plan).unwrap();
    nearest_moment(&SHOP, &record, &target(incident))
}

fn completed() -> Incident {
    let row = json!({ "status": "completed", "parked": false, "outcome": { "end": "done" } });
    incident(
        &row,
        &[("done", "done"), ("done", "done"), ("done", "done")],
    )
}

/// One order, of whose messages of a kind to the till this fault meets each.
fn till_without(what: MessageKind, side: Side, fault: Fault) -> Plan {
    let point = MessagePoint {
        every: Some(1),
        side,
        ..MessagePoint::request(Host::COORDINATOR, TILL, what, 1)
    };
    one_order().with_fault(point, fault)
}

#[test]
fn a_saga_that_completes_shows_its_end_and_no_other() {
    let same = nearest(&one_order(), &completed());
    assert!(same.is_same(), "{same:?}");
    assert_eq!(same.saga, Some(1));
    let mut parked = completed();
    parked.saga.parked = true;
    let near = nearest(&one_order(), &parked);
    assert_eq!(near.differences, [Difference::Parked]);
    let words = near.differences[0].words(&target(&parked), &near);
    assert_eq!(words, "it is not parked");
    let mut undone = completed();
    undone.steps[1].barrier.as_mut().unwrap().state = super::super::file::StoredState::Undone;
    let near = nearest(&one_order(), &undone);
    assert_eq!(near.differences, [Difference::Row(1)]);
    let words = near.differences[0].words(&target(&undone), &near);
    assert_eq!(words, "the service has done for step 1 pay at till");
}

/// Every order passes this state for an instant. It is stuck only if a request fails in it.
#[test]
fn a_stuck_saga_is_one_whose_state_lasts() {
    let clean = nearest(&one_order(), &stuck_order());
    assert_eq!(clean.differences, [Difference::Duration]);
    let lost = till_without(MessageKind::DO, Side::Before, Fault::LoseRequest);
    let stuck = nearest(&lost, &stuck_order());
    assert!(stuck.is_same(), "{stuck:?}");
    // The till has done it, so its row is another one.
    let unheard = till_without(MessageKind::DO, Side::After, Fault::LoseReply);
    let other = nearest(&unheard, &stuck_order());
    assert_eq!(other.differences, [Difference::Duration]);
    let mut silent = stuck_order();
    silent.steps[1].barrier = completed().steps[1].barrier.clone();
    let same = nearest(&unheard, &silent);
    assert!(same.is_same(), "{same:?}");
}

/// The deadline of the incident had passed, so that of the run must have passed, too.
#[test]
fn a_moment_before_the_deadline_is_not_one_after_it() {
    let mut late = stuck_order();
    late.exported_at = late.saga.deadline_at;
    let plan = till_without(MessageKind::DO, Side::Before, Fault::LoseRequest);
    let sealed = nearest(&plan, &late);
    assert!(
        !sealed.is_same(),
        "the till is sealed soon after the deadline: {sealed:?}"
    );
    let silent = MessagePoint {
        every: Some(1),
        what: None,
        ..MessagePoint::request(Host::COORDINATOR, TILL, MessageKind::DO, 1)
    };
    let plan = one_order().with_fault(silent, Fault::LoseRequest);
    let stuck = nearest(&plan, &late);
    assert!(stuck.is_same(), "{stuck:?}");
    let deadline = plan.timing.saga_deadline_millis * 1_000;
    assert!(stuck.at_micros < deadline, "it began before: {stuck:?}");
}

/// A row that the coordinator could not read may have any state.
#[test]
fn a_row_that_was_not_read_is_met_by_any() {
    let mut unread = stuck_order();
    unread.steps[1].barrier_error = Some("no answer".to_owned());
    for (side, fault) in [
        (Side::Before, Fault::LoseRequest),
        (Side::After, Fault::LoseReply),
    ] {
        let plan = till_without(MessageKind::DO, side, fault);
        let same = nearest(&plan, &unread);
        assert!(same.is_same(), "{same:?}");
    }
}

/// What a leader knows is in its memory. After a crash it knows nothing, until the services reply again.
#[test]
fn a_new_leader_begins_without_beliefs() {
    let mut forgotten = stuck_order();
    forgotten.steps[0].believed.state = super::super::file::Belief::Unknown;
    let lost = till_without(MessageKind::DO, Side::Before, Fault::LoseRequest);
    let near = nearest(&lost, &forgotten);
    assert!(!near.is_same(), "{near:?}");
    // The store is silent after the crash, so the new leader does not learn what it has.
    let store = MessagePoint {
        every: Some(1),
        ..MessagePoint::request(
            Host::COORDINATOR,
            likewise_world::testing::STORE,
            MessageKind::DO,
            2,
        )
    };
    let crash = Fault::Crash {
        host: Host::COORDINATOR,
        down_millis: 100,
    };
    let point = MessagePoint::request(Host::COORDINATOR, TILL, MessageKind::DO, 1);
    let crashed = lost
        .with_fault(point, crash)
        .with_fault(store, Fault::LoseRequest);
    let same = nearest(&crashed, &forgotten);
    assert!(same.is_same(), "{same:?}");
}

#[test]
fn a_run_without_such_a_saga_says_so() {
    let near = nearest(&Plan::new("nothing"), &completed());
    assert_eq!(near.differences, [Difference::Kind]);
    assert_eq!(near.state, None);
    let words = near.differences[0].words(&target(&completed()), &near);
    assert_eq!(words, "no saga of kind order");
}

#[test]
fn a_target_is_told_in_lines() {
    let mut incident = stuck_order();
    incident.saga.parked = true;
    incident.verdict = VerdictName::InDoubt;
    incident.steps[2].barrier_error = Some("no answer".to_owned());
    incident.audit = vec![serde_json::from_value(json!({
        "number": 1, "at": incident.exported_at, "epoch": 1, "actor": "ann", "action": "abort", "reason": "a test",
        "batch": null, "before": Value::Null, "after": Value::Null,
    }))
    .unwrap()];
    assert_eq!(
        target(&incident).to_string(),
        "order running, parked, abort ordered\n\
         step 0 take at store: log done, service done\n\
         step 1 pay at till: log unknown, service no row\n\
         step 2 note at store: log unknown, service not read"
    );
}
