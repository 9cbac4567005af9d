//! Two processes of one service on one database.

use likewise_sim_likes::names::{
    ARTICLE, ARTICLE_2, ARTICLE_SERVICE, LIKE, USER, USER_2, USER_SERVICE,
};
use likewise_sim_likes::{Action, operation, single};
use likewise_world::{
    plan::{Fault, Host, MessageKind, MessagePoint, Plan, Topology},
    record::{EventKind, Outcome},
};

use crate::{commits, count, requests, run_with_faults};

fn replicated() -> Plan {
    Plan {
        topology: Topology::default()
            .with(ARTICLE_SERVICE, 2)
            .with(USER_SERVICE, 2),
        ..single(Action::Like, false)
    }
}

/// Without this, the other tests here might only ever use one process.
#[test]
fn both_processes_of_a_service_take_requests() {
    let users = 2..=6;
    let plan = users.fold(replicated(), |plan, user| {
        plan.with_operation(operation(user, Action::Like, 1, 0))
    });
    let record = run_with_faults(&plan);
    assert_eq!(record.operations[&Outcome::Ok], 6);
    for host in [ARTICLE, ARTICLE_2, USER, USER_2] {
        assert!(commits(&record, host) >= 1, "{host} got no request");
    }
}

/// The row is in the shared database. A barrier in the memory of a process would do the step twice.
#[test]
fn a_retry_at_the_other_process_is_answered_from_the_barrier_row() {
    // Requests alternate between the processes. The lookup before the saga went to the first one.
    let done = MessagePoint::reply(Host::COORDINATOR, USER_2, MessageKind::DO, 1);
    let record = run_with_faults(&replicated().with_fault(done, Fault::LoseReply));
    assert_eq!(commits(&record, USER_2), 1);
    assert!(
        requests(&record, USER) >= 1,
        "the retry goes to the other process"
    );
    assert_eq!(commits(&record, USER), 0);
    assert_eq!(record.sagas.completed, 1);
}

/// The balancer has no health checks, so a retry is what reaches the other process.
#[test]
fn when_one_process_loses_power_the_other_serves_the_requests() {
    let crash = Fault::PowerCut {
        host: USER,
        down_millis: 20_000,
    };
    let like = MessagePoint::request(Host::CLIENTS, Host::COORDINATOR, LIKE, 1);
    let record = run_with_faults(&replicated().with_fault(like, crash));
    assert_eq!(record.operations[&Outcome::Ok], 1);
    assert_eq!(commits(&record, USER_2), 1);
    assert_eq!(count(&record, |kind| *kind == EventKind::LostPower), 1);
}
