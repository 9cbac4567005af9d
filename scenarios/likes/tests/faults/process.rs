//! Processes that are killed, lose power, are paused, or shut down.

use likewise_sim_likes::names::{ARTICLE, LIKE, USER};
use likewise_sim_likes::{Action, operation, single};
use likewise_world::{
    plan::{CommitPoint, Fault, Host, MessageKind, MessagePoint},
    record::{Event, EventKind, Outcome, RunRecord},
};

use crate::{commits, count, first, one_like, requests, run_with_faults};

fn record_commit() -> CommitPoint {
    CommitPoint::after(USER, "steps", 1)
}

/// The operating system closes the sockets of a killed process, so senders notice at once. That differs from a power
/// cut.
#[test]
fn a_killed_service_closes_its_sockets_and_keeps_its_commits() {
    let crash = Fault::Crash {
        host: USER,
        down_millis: 300,
    };
    let record = one_like(record_commit(), crash);
    let broken = |kind: &EventKind| matches!(kind, EventKind::Failed { .. });
    assert!(
        count(&record, broken) >= 1,
        "the coordinator sees the closed connection"
    );
    assert!(requests(&record, USER) >= 2, "the coordinator retries");
    assert_eq!(commits(&record, USER), 1, "the record is made once");
    assert_eq!(record.operations[&Outcome::Ok], 1);
}

/// Nobody tells the sender. It waits for its whole time-out, and the service must have synced what it acknowledged.
#[test]
fn a_power_cut_closes_no_connection_and_loses_no_commit() {
    let power_cut = Fault::PowerCut {
        host: USER,
        down_millis: 2_000,
    };
    let record = one_like(record_commit(), power_cut);
    let lost = first(&record, |kind| *kind == EventKind::LostPower);
    let up = first(&record, |kind| {
        matches!(kind, EventKind::Started { incarnation: 2 })
    });
    assert!(up - lost >= 2_000_000);
    let soon_after = record
        .events
        .iter()
        .filter(|event| event.at_micros <= lost + 100_000);
    let failed = soon_after.filter(|event| matches!(event.kind, EventKind::Failed { .. }));
    assert_eq!(failed.count(), 0, "no sender notices it at once");
    assert!(requests(&record, USER) >= 2, "the coordinator retries");
    assert_eq!(
        commits(&record, USER),
        1,
        "the synced commit is still there"
    );
}

/// A pause is a long garbage collection, a suspended machine or a debugger. The process does not know of it.
#[test]
fn a_paused_service_does_nothing_and_then_continues() {
    let pause = Fault::Pause {
        host: ARTICLE,
        millis: 1_500,
    };
    let request = MessagePoint::request(Host::COORDINATOR, ARTICLE, MessageKind::DO, 1);
    let record = one_like(request, pause);
    let (from, to) = (
        first(&record, |kind| matches!(kind, EventKind::Injected { .. })),
        first(&record, |kind| matches!(kind, EventKind::Expired { .. })),
    );
    let during = record
        .events
        .iter()
        .filter(|event| event.host == ARTICLE && event.at_micros > from && event.at_micros < to);
    assert_eq!(during.count(), 0);
    assert!(to - from >= 1_500_000);
    assert_eq!(record.sagas.completed, 1);
}

/// When it resumes, the deadline has passed without the task having had a chance to act on it.
#[test]
fn a_coordinator_that_was_paused_past_a_deadline_ends_the_saga() {
    let pause = Fault::Pause {
        host: Host::COORDINATOR,
        millis: 6_000,
    };
    let record = one_like(CommitPoint::after(Host::COORDINATOR, "saga-log", 1), pause);
    assert_eq!(record.sagas.completed + record.sagas.compensated, 1);
}

/// An upgrade must not show in the clients' answers.
#[test]
fn a_coordinator_that_shuts_down_answers_open_requests_first() {
    let restart = Fault::Restart {
        host: Host::COORDINATOR,
        down_millis: 300,
    };
    let request = MessagePoint::request(Host::COORDINATOR, USER, MessageKind::DO, 1);
    // The run must not end before the coordinator is back, so a second like starts later.
    let plan = single(Action::Like, false)
        .with_operation(operation(2, Action::Like, 1, 2_000))
        .with_fault(request, restart);
    let record = run_with_faults(&plan);
    let like_sent = |kind: &EventKind| matches!(kind, EventKind::Sent { what: LIKE, .. });
    assert_eq!(count(&record, like_sent), 2, "no client had to retry");
    assert_eq!(count(&record, |kind| *kind == EventKind::Stopped), 1);
    assert_eq!(record.operations[&Outcome::Ok], 2);
    assert_eq!(count(&record, |kind| *kind == EventKind::Crashed), 0);
}

/// The events of a host while the only fault of a run is active.
fn during_fault(record: &RunRecord, host: Host) -> impl Iterator<Item = &Event> {
    let from = first(record, |kind| matches!(kind, EventKind::Injected { .. }));
    let to = first(record, |kind| matches!(kind, EventKind::Expired { .. }));
    let is_during = move |event: &&Event| (from..to).contains(&event.at_micros);
    let events = record.events.iter().filter(is_during);
    events.filter(move |event| event.host == host)
}

#[test]
fn a_service_that_never_answers_is_asked_again_until_it_does() {
    let silent = Fault::AcceptAndNeverAnswer {
        host: USER,
        millis: 1_000,
    };
    let request = MessagePoint::request(Host::COORDINATOR, USER, MessageKind::DO, 1);
    let record = one_like(request, silent);
    let arrived =
        during_fault(&record, USER).filter(|event| matches!(event.kind, EventKind::Arrived { .. }));
    assert!(arrived.count() >= 2, "it accepts every attempt");
    let answered = during_fault(&record, USER)
        .filter(|event| matches!(event.kind, EventKind::Answered { .. }));
    assert_eq!(answered.count(), 0);
    assert_eq!(commits(&record, USER), 1);
    assert_eq!(record.operations[&Outcome::Ok], 1);
}

#[test]
fn the_answer_of_a_step_that_took_effect_is_never_sent_and_the_barrier_answers_the_retry() {
    let silent = Fault::AcceptAndNeverAnswer {
        host: USER,
        millis: 1_000,
    };
    let record = one_like(record_commit(), silent);
    assert!(requests(&record, USER) >= 2);
    assert_eq!(commits(&record, USER), 1, "the record is made once");
    assert_eq!(record.sagas.completed, 1);
    assert_eq!(record.operations[&Outcome::Ok], 1);
}

#[test]
fn while_a_service_never_answers_the_client_is_answered_in_time() {
    let silent = Fault::AcceptAndNeverAnswer {
        host: USER,
        millis: 20_000,
    };
    let request = MessagePoint::request(Host::COORDINATOR, USER, MessageKind::DO, 1);
    let record = one_like(request, silent);
    let sent = first(&record, |kind| matches!(kind, EventKind::Invoked { .. }));
    let answered = first(&record, |kind| {
        matches!(kind, EventKind::Replied { status: 202, .. })
    });
    // The coordinator waits for two saga deadlines at most.
    let bound_micros = 2 * record.plan.timing.saga_deadline_millis * 1_000;
    let delivery_micros = 100_000;
    assert!(
        answered - sent <= bound_micros + delivery_micros,
        "{answered} - {sent}"
    );
    assert_eq!(record.sagas.completed + record.sagas.compensated, 1);
}

/// The client gives up while its request is in the sockets of a paused coordinator. When the coordinator resumes, it reads the
/// request. The final checks and the probes must not begin before that.
#[test]
fn rest_waits_for_a_request_that_is_queued_at_a_paused_coordinator() {
    let pause = Fault::Pause {
        host: Host::COORDINATOR,
        millis: 30_000,
    };
    let mut plan = single(Action::Like, false);
    plan.workload[0].timeout_millis = 500;
    plan.workload[0].retries = 0;
    let like = MessagePoint::request(Host::CLIENTS, Host::COORDINATOR, LIKE, 1);
    let record = run_with_faults(&plan.with_fault(like, pause));
    let resumed = first(&record, |kind| matches!(kind, EventKind::Expired { .. }));
    let probes = first(
        &record,
        |kind| matches!(kind, EventKind::Phase { name } if name == "probes"),
    );
    let arrived = record.events.iter().find(|event| {
        event.host == Host::COORDINATOR
            && event.at_micros >= resumed
            && matches!(event.kind, EventKind::Arrived { .. })
    });
    let arrived = arrived.expect("the request arrives").at_micros;
    assert!(
        arrived < probes,
        "it arrives at {arrived}, the probes begin at {probes}"
    );
}
