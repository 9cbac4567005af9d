//! A run does not depend on what its worker ran before.

use likewise_sim_likes::{
    Action,
    names::{ARTICLE, USER},
    run, single,
};
use likewise_world::{
    plan::{CommitPoint, Fault, Host, Plan},
    record::EventKind,
};

/// The coordinator restarts while its disk is broken.
fn cannot_start() -> Plan {
    let host = Host::COORDINATOR;
    let restart = Fault::Restart {
        host,
        down_millis: 200,
    };
    let broken = Fault::DiskError {
        host,
        millis: 1_100,
    };
    single(Action::Unlike, false)
        .with_fault(CommitPoint::after(host, "saga-log", 1), restart)
        .with_fault(CommitPoint::after(host, "saga-log", 1), broken)
}

fn crashing(host: Host) -> Plan {
    let crash = Fault::Crash {
        host,
        down_millis: 300,
    };
    let plan = single(Action::Like, true);
    plan.with_fault(CommitPoint::after(host, "steps", 1), crash)
}

#[test]
fn a_run_does_not_depend_on_what_its_connection_did_before() {
    let plans = [
        single(Action::Like, false),
        cannot_start(),
        crashing(ARTICLE),
        crashing(USER),
    ];
    let hashes = || plans.clone().map(|plan| run(&plan).unwrap().hash);
    let first = std::thread::scope(|scope| scope.spawn(hashes).join().unwrap());
    assert_eq!(hashes(), first);
    assert_eq!(hashes(), first);
}

#[test]
fn a_failed_start_records_nothing_of_the_test_process() {
    let record = run(&cannot_start()).unwrap();
    let failed = |kind: &EventKind| matches!(kind, EventKind::NotStarted { .. });
    assert!(record.events.iter().any(|event| failed(&event.kind)));
    assert_eq!(record.hash, run(&cannot_start()).unwrap().hash);
}
