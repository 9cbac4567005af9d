//! Several coordinators on one saga log: a leader and standbys that take over.

use likewise_sim_likes::names::{LIKE, USER};
use likewise_sim_likes::{Action, operation, single};
use likewise_world::{
    plan::{CommitPoint, Fault, Host, MessageKind, MessagePoint, Name, Plan, Topology},
    record::{EventKind, Outcome, RunRecord},
};

use crate::{count, first, run_with_faults};

/// The lease in a plan's default timing: half of the deadline of a saga.
const LEASE_MICROS: u64 = 1_500_000;

fn like_with(coordinators: u8) -> Plan {
    let mut plan = Plan {
        topology: Topology::default().with(Name::COORDINATOR, coordinators),
        ..single(Action::Like, false)
    };
    plan.workload[0].retries = 20;
    plan
}

fn saga_started() -> CommitPoint {
    CommitPoint::after(Host::COORDINATOR, "saga-log", 1)
}

/// Each rise of the epoch: its time in simulated microseconds, and the new leader.
fn takeovers(record: &RunRecord) -> Vec<(u64, Host)> {
    let mut newest = 0;
    let mut all = Vec::new();
    for event in &record.events {
        let EventKind::Committed { changes, .. } = &event.kind else {
            continue;
        };
        for change in changes.iter().filter(|change| change.table == "shards") {
            let epoch = change.row.integer("epoch").unwrap();
            if epoch > newest {
                newest = epoch;
                all.push((event.at_micros, event.host));
            }
        }
    }
    all
}

/// Runs a plan with a fault at the coordinator that is the first leader.
///
/// Which coordinator becomes the leader is part of the run, so a clean run is asked first. Until the fault fires,
/// both runs are equal.
fn at_the_leader(plan: &Plan, trigger: CommitPoint, fault: impl Fn(Host) -> Fault) -> RunRecord {
    let clean = run_with_faults(plan);
    let (_, leader) = takeovers(&clean)[0];
    let commit = CommitPoint {
        host: leader,
        ..trigger
    };
    run_with_faults(&plan.clone().with_fault(commit, fault(leader)))
}

/// Clients reach any coordinator. Without forwarding, two of three requests would be refused.
#[test]
fn the_leader_drives_every_saga_and_the_standbys_forward_requests() {
    let users = 2..=6;
    let plan = users.fold(like_with(3), |plan, user| {
        plan.with_operation(operation(user, Action::Like, 1, 0))
    });
    let record = run_with_faults(&plan);
    assert_eq!(record.operations[&Outcome::Ok], 6);
    assert_eq!(takeovers(&record).len(), 1);
    let forwarded = |kind: &EventKind| matches!(kind, EventKind::Sent { to, what: LIKE, .. } if to.service() == Host::COORDINATOR.service());
    assert!(count(&record, forwarded) > 6, "a standby forwards");
}

/// The leader is down for the rest of the run, so only the standby can finish its saga.
#[test]
fn a_standby_takes_over_from_a_leader_without_power() {
    let record = at_the_leader(&like_with(2), saga_started(), |host| Fault::PowerCut {
        host,
        down_millis: 30_000,
    });
    let all = takeovers(&record);
    assert_eq!(all.len(), 2, "{all:?}");
    assert_ne!(all[0].1, all[1].1);
    assert_eq!(
        record.sagas.recovered, 1,
        "the new leader recovers the saga"
    );
}

/// A stopped leader releases its lease. A standby that waited for the end of the lease would make every upgrade an
/// outage.
#[test]
fn a_leader_that_shuts_down_hands_over_before_its_lease_ends() {
    let record = at_the_leader(&like_with(2), saga_started(), |host| Fault::Restart {
        host,
        down_millis: 30_000,
    });
    let all = takeovers(&record);
    assert_eq!(all.len(), 2, "{all:?}");
    let stopped = first(&record, |kind| *kind == EventKind::Stopped);
    assert!(
        all[1].0 < stopped + LEASE_MICROS / 2,
        "the standby must not wait for the end of the lease: {stopped} {all:?}"
    );
}

/// The zombie resumes and still believes that it holds the log. The property `epochs-only-rise` checks every write.
#[test]
fn a_zombie_writes_nothing_after_a_takeover() {
    let record = at_the_leader(&like_with(2), saga_started(), |_| Fault::Zombie {
        millis: 20_000,
    });
    let all = takeovers(&record);
    assert!(all.len() >= 2, "{all:?}");
    assert_eq!(record.sagas.completed + record.sagas.compensated, 1);
}

/// The hardest case for the successor: the log does not say that the action was sent.
#[test]
fn a_saga_of_a_zombie_that_had_sent_an_action_is_ended_by_the_successor() {
    let request = MessagePoint::request(Host::COORDINATOR, USER, MessageKind::DO, 1);
    let clean = run_with_faults(&like_with(2));
    let (_, leader) = takeovers(&clean)[0];
    let from_leader = MessagePoint {
        from: leader,
        ..request
    };
    let record =
        run_with_faults(&like_with(2).with_fault(from_leader, Fault::Zombie { millis: 20_000 }));
    let all = takeovers(&record);
    assert!(all.len() >= 2, "{all:?}");
    let (taken_over, successor) = all[1];
    let ended = record.events.iter().rfind(|event| {
        let is_log = |kind: &EventKind| matches!(kind, EventKind::Committed { what, .. } if what == "saga-log");
        event.at_micros >= taken_over && is_log(&event.kind)
    });
    assert_eq!(
        ended.expect("the end of the saga is logged").host,
        successor
    );
    assert_eq!(record.sagas.completed + record.sagas.compensated, 1);
}
