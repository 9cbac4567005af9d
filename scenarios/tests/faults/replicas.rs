//! Several processes of one service on one database.

use likewise_sim::{
    plan::{Action, Fault, Host, MessageKind, MessagePoint, Operation, Plan, Topology, single},
    record::{EventKind, Outcome},
};

use crate::{asked, count, did, struck};

fn replicated() -> Plan {
    Plan {
        topology: Topology {
            articles: 2,
            users: 2,
            ..Topology::default()
        },
        ..single(Action::Like, false)
    }
}

#[test]
fn both_processes_of_a_service_work_on_one_database() {
    let users = 2..=6;
    let plan = users.fold(replicated(), |plan, user| {
        plan.with_operation(Operation::new(user, Action::Like, 1, 0))
    });
    let record = struck(&plan);
    assert_eq!(record.operations[&Outcome::Ok], 6);
    for host in [Host::Article, Host::Article2, Host::User, Host::User2] {
        assert!(did(&record, host) >= 1, "{host} had nothing to do");
    }
}

#[test]
fn a_step_asked_for_again_at_the_other_process_is_answered_from_its_row() {
    // The processes take turns: the check was at the first one.
    let done = MessagePoint::reply(Host::Coordinator, Host::User2, MessageKind::Do, 1);
    let record = struck(&replicated().with_fault(done, Fault::LoseReply));
    assert_eq!(did(&record, Host::User2), 1);
    assert!(asked(&record, Host::User) >= 1, "the other one is asked");
    assert_eq!(did(&record, Host::User), 0);
    assert_eq!(record.sagas.completed, 1);
}

#[test]
fn a_killed_process_leaves_the_database_to_the_other() {
    let crash = Fault::PowerCut {
        host: Host::User,
        down_millis: 20_000,
    };
    let like = MessagePoint::request(Host::Clients, Host::Coordinator, MessageKind::Like, 1);
    let record = struck(&replicated().with_fault(like, crash));
    assert_eq!(record.operations[&Outcome::Ok], 1);
    assert_eq!(did(&record, Host::User2), 1);
    assert_eq!(count(&record, |kind| *kind == EventKind::LostPower), 1);
}
