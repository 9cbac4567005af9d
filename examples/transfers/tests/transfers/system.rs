//! The system as a whole: it is sound, its bases and its seeds pass, and its runs are deterministic.

use likewise_harness::check;
use likewise_transfers::{TRANSFER, TRANSFERS, done, refused, with_blocked};
use likewise_world::{
    System, Workload,
    check::CheckedSystem,
    contradictions,
    plan::{Fault, Host, MessagePoint, Plan, generate, problem},
    record::{EventKind, Outcome, PropertyStatus},
};
use serde_json::Value;

use super::{passed, run, violated};

#[test]
fn the_system_does_not_contradict_itself() {
    assert_eq!(contradictions(&TRANSFERS), []);
}

#[test]
fn a_transfer_completes_and_one_to_a_blocked_account_is_compensated() {
    let sagas = check(&TRANSFERS, &done()).sagas;
    assert_eq!((sagas.completed, sagas.compensated), (1, 0));
    let sagas = check(&TRANSFERS, &refused()).sagas;
    assert_eq!((sagas.completed, sagas.compensated), (0, 1));
}

/// Otherwise a check would compare with what no row has, and pass.
#[test]
fn the_saga_log_stores_kinds_keys_and_locks_as_the_checks_expect() {
    let plan = done();
    let commits = run(&plan)
        .events
        .into_iter()
        .filter_map(|it| match it.kind {
            EventKind::Committed { changes, .. } => Some(changes),
            _ => None,
        });
    let saga = commits.flatten().find(|change| change.table == "sagas");
    let row = saga.unwrap().row;
    let what = &plan.workload[0].what;
    let key = TRANSFERS.stored_key(TRANSFERS.client(what), "op-0");
    assert_eq!(row.text("kind").unwrap(), TRANSFERS.sagas()[0].kind);
    assert_eq!(row.text("request_key").unwrap(), key);
    assert_eq!(row.text("subject").unwrap(), TRANSFERS.lock_key(what));
}

#[test]
fn thirty_seeds_pass_and_exercise_every_property_of_transfers() {
    let system: &dyn System = &TRANSFERS;
    let mut own: Vec<&str> = system.own_properties().iter().map(|it| it.name).collect();
    for seed in 0..30 {
        let record = likewise_world::run::run(system, &generate(system, seed)).unwrap();
        assert_eq!(violated(&record), [""; 0], "seed {seed}");
        let passed = record.properties.iter();
        let passed = passed.filter(|it| it.status == PropertyStatus::Passed);
        let passed: Vec<&str> = passed.map(|it| it.name.as_str()).collect();
        own.retain(|name| !passed.contains(name));
    }
    assert_eq!(own, [""; 0], "never exercised");
}

/// The service cannot read the request and refuses it, so nothing is known under its key. Whole, it may succeed.
#[test]
fn a_request_that_is_cut_on_its_way_is_sent_again_under_its_key() {
    let request = MessagePoint::request(Host::CLIENTS, Host::COORDINATOR, TRANSFER, 1);
    for keep_percent in [0, 50, 99] {
        let cut = Fault::Truncate { keep_percent };
        let record = passed(&done().with_fault(request, cut));
        assert_eq!(record.operations[&Outcome::Ok], 1, "{keep_percent}");
    }
}

#[test]
fn one_plan_gives_the_same_events_twice() {
    let plan = generate(&TRANSFERS, 7);
    let first = likewise_world::run::run(&TRANSFERS, &plan).unwrap();
    let second = likewise_world::run::run(&TRANSFERS, &plan).unwrap();
    assert_eq!(first.hash, second.hash);
    assert_ne!(first.hash, run(&done()).hash);
}

#[test]
fn a_plan_with_an_impossible_transfer_is_refused_with_its_place() {
    let place = |plan: &Plan| problem(&TRANSFERS, plan).map(|it| it.at);
    assert_eq!(place(&done()), None);
    let with = |field: &str, value: Value| {
        let mut plan = done();
        plan.workload[0].what.insert(field.to_owned(), value);
        place(&plan)
    };
    assert_eq!(with("to", 4.into()).as_deref(), Some("workload[0]"));
    assert_eq!(with("cents", 0.into()).as_deref(), Some("workload[0]"));
    let unreadable = with("cents", "x".into());
    assert_eq!(unreadable.as_deref(), Some("workload[0].cents"));
    let blocked = place(&with_blocked(done(), &[4]));
    assert_eq!(blocked.as_deref(), Some("blocked"));
}
