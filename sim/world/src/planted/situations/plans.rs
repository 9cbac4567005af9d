//! A small plan for each planted bug that any saga can have. The bugs' own files say what is wrong with them.

use super::{CaughtByOwn, PlantedBug, Situations, alerts, log, operators, retention};
use crate::{
    plan::{
        CommitPoint, Fault, Host, MessageKind, MessagePoint, Name, Operation, Plan, SagaColumn,
        Topology, Trigger,
    },
    planted::*,
};

pub(super) fn all<S: Situations>(own: CaughtByOwn) -> Vec<PlantedBug> {
    const COMPENSATED: &[&str] = &["compensated-is-none-done"];
    vec![
        undo_registered_late::BUG.shown_by(COMPENSATED, every_first_reply_lost::<S>),
        memory_log::BUG.shown_by(own.memory_log, memory_log::<S>),
        swallowed_undo::BUG.shown_by(COMPENSATED, undo_lost::<S>),
        double_undo::BUG.shown_by(&["undo-twice-is-undo"], undo_reply_lost::<S>),
        no_tombstone::BUG.shown_by(&["undo-first-holds"], action_after_its_end::<S>),
        soft_refusal::BUG.shown_by(&["repeats-change-nothing"], S::refused),
        abort_without_seal::BUG.shown_by(own.abort_without_seal, killed_after_answer::<S>),
        no_lease::BUG.shown_by(&["epochs-only-rise"], killed_between_steps::<S>),
        log_after_send::BUG.shown_by(&["repeats-change-nothing"], killed_at_start::<S>),
        early_gc::BUG.shown_by(&["no-done-after-tomb"], late_copy::<S>),
        reset_is_refusal::BUG.shown_by(COMPENSATED, reply_lost::<S>),
        lazy_disk::BUG.shown_by(&["committed-stays"], power_cut::<S>),
        cancel_kills_undo::BUG.shown_by(&["every-saga-ends"], client_leaves::<S>),
        double_do::BUG.shown_by(&["repeats-change-nothing"], first_reply_lost::<S>),
        blind_seal::BUG.shown_by(COMPENSATED, every_reply_lost::<S>),
        keys_by_clock::BUG.shown_by(own.keys_by_clock, clock_jumps::<S>),
        keys_of_anybody::BUG.shown_by(&["reuse-is-refused"], same_key::<S>),
        parked_is_forgotten::BUG.shown_by(&["every-saga-ends"], parked_then_killed::<S>),
        no_statement_timeout::BUG.shown_by(
            &["every-saga-ends", "recovers-after-silence"],
            silent_connection::<S>,
        ),
        no_step_timeout::BUG.shown_by(&["every-saga-ends"], silent_for_a_second::<S>),
        no_answer_timeout::BUG.shown_by(&["answered-within-bound"], silent_for_long::<S>),
        every_pause_is_longest::BUG.shown_by(&["retries-within-bound"], first_request_lost::<S>),
        deadline_forgotten_after_restart::BUG
            .shown_by(&["deadline-is-kept"], cut_off_and_killed::<S>),
        lease_never_free::BUG.shown_by(
            &["takes-over-within-bound", "heals-within-bound"],
            leader_dies::<S>,
        ),
        ready_only_pings::BUG.shown_by(&["ready-tells-the-truth"], hanging_database::<S>),
        health_behind_limit::BUG.shown_by(&["health-is-answered"], withheld_bodies::<S>),
        recovery_stops_at_bad_row::BUG.shown_by(&["bad-row-stops-no-other"], bad_row::<S>),
        batch_answered_as_first::BUG.shown_by(&["completed-is-all-done"], refused_in_a_batch::<S>),
        replies_before_commit::BUG.shown_by(&["completed-is-all-done"], batch_rolled_back::<S>),
        rest_of_batch_dropped::BUG.shown_by(&["one-reply-per-key"], log_item_refused::<S>),
        late_batch_accepted::BUG.shown_by(&["epochs-only-rise"], second_coordinator::<S>),
        change_without_compare::BUG
            .shown_by(&["statuses-are-a-chain"], log::end_not_confirmed::<S>),
        locks_in_two_memories::BUG.shown_by(&["one-open-saga-per-lock"], S::two_under_one_lock),
        watermark_over_open::BUG.shown_by(&["ended-below-watermark"], log::first_ends_last::<S>),
        watermark_goes_back::BUG
            .shown_by(&["ended-below-watermark"], log::killed_after_a_crowd::<S>),
        identities_by_clock::BUG
            .shown_by(&["identities-rise"], log::clock_jumps_back_and_killed::<S>),
        delete_before_refuse::BUG.shown_by(&["refused-before-deleted"], retention::collected::<S>),
        watermark_not_compared::BUG.shown_by(&["stale-never-acts"], retention::repeated_late::<S>),
        watermark_not_fenced::BUG.shown_by(
            &["retention-watermarks-rise"],
            retention::late_publication::<S>,
        ),
        key_collected_with_saga::BUG.shown_by(&["kept-for-its-time"], retention::collected::<S>),
        rows_never_deleted::BUG.shown_by(&["tables-stay-bounded"], retention::collected::<S>),
        stream_shows_state::BUG.shown_by(&["streams-tell-the-log"], followed_and_refused::<S>),
        order_compares_log_row::BUG
            .shown_by(&["orders-act-on-what-was-seen"], operators::operated::<S>),
        force_flips_status::BUG.shown_by(&["completed-is-all-done"], operators::operated::<S>),
        audit_written_apart::BUG.shown_by(&["orders-are-audited"], operators::operated::<S>),
        orders_forgotten_after_restart::BUG.shown_by(
            &["paused-sends-nothing"],
            operators::operated_and_killed::<S>,
        ),
        abort_told_after_pivot::BUG.shown_by(COMPENSATED, every_committing_reply_lost::<S>),
        alert_before_commit::BUG.shown_by(&["alerts-tell-the-log"], alerts::parked::<S>),
        new_id_each_retry::BUG.shown_by(&["alerts-tell-the-log"], alerts::parked_and_refused::<S>),
        alert_forgotten_after_restart::BUG.shown_by(
            &["alerts-are-delivered"],
            alerts::parked_refused_and_killed::<S>,
        ),
        alert_without_pause::BUG.shown_by(
            &["alerts-keep-their-pauses"],
            alerts::parked_and_refused::<S>,
        ),
        every_step_twice::BUG.shown_by(&[], undo_reply_lost::<S>),
    ]
}

pub(super) fn one<S: Situations>() -> Plan {
    Plan::new("").with_operation(S::completes(1, 0))
}

/// The second operation keeps the run going.
pub(super) fn two<S: Situations>(at_millis: u64) -> Plan {
    one::<S>().with_operation(S::completes(2, at_millis))
}

/// Operations of six clients that begin together: after the first one, they share batches.
pub(super) fn crowd<S: Situations>() -> Plan {
    let operations = (1..=6).map(|client| S::completes(client, 0));
    operations.fold(Plan::new(""), Plan::with_operation)
}

/// The client neither waits nor repeats.
fn impatient(mut plan: Plan, timeout_millis: u64) -> Plan {
    let operation = &mut plan.workload[0];
    *operation = Operation {
        timeout_millis,
        retries: 0,
        ..operation.clone()
    };
    plan
}

fn action(to: Host) -> MessagePoint {
    MessagePoint::request(Host::COORDINATOR, to, MessageKind::DO, 1)
}

pub(super) fn reply(to: Host) -> MessagePoint {
    MessagePoint::reply(Host::COORDINATOR, to, MessageKind::DO, 1)
}

pub(super) fn every(point: MessagePoint) -> MessagePoint {
    let every = Some(1);
    MessagePoint { every, ..point }
}

pub(super) fn crash(down_millis: u64) -> Fault {
    let host = Host::COORDINATOR;
    Fault::Crash { host, down_millis }
}

fn cut_off(b: Host, millis: u64) -> Fault {
    let a = Host::COORDINATOR;
    Fault::Partition { a, b, millis }
}

pub(super) fn first_done<S: Situations>() -> CommitPoint {
    CommitPoint::after(S::FIRST, "steps", 1)
}

/// No acknowledgement of the first action arrives, until the deadline.
fn every_first_reply_lost<S: Situations>() -> Plan {
    one::<S>().with_fault(every(reply(S::FIRST)), Fault::LoseReply)
}

/// The coordinator is killed between the steps, and its client has left.
fn memory_log<S: Situations>() -> Plan {
    impatient(one::<S>(), 400).with_fault(first_done::<S>(), crash(500))
}

fn undo_lost<S: Situations>() -> Plan {
    let undo = MessagePoint::request(Host::COORDINATOR, S::FIRST, MessageKind::UNDO, 1);
    S::refused().with_fault(undo, Fault::LoseRequest)
}

fn undo_reply_lost<S: Situations>() -> Plan {
    let undo = MessagePoint::reply(Host::COORDINATOR, S::FIRST, MessageKind::UNDO, 1);
    S::refused().with_fault(undo, Fault::LoseReply)
}

/// A request is held back until long after its saga was sealed and undone. A partition stops its retries.
fn action_after_its_end<S: Situations>() -> Plan {
    let late = Fault::Delay { millis: 8_000 };
    let plan = one::<S>().with_fault(action(S::LATER), late);
    plan.with_fault(action(S::LATER), cut_off(S::LATER, 3_500))
}

/// The coordinator is killed after its answer, before the end of the saga is in its log.
fn killed_after_answer<S: Situations>() -> Plan {
    let end = CommitPoint::before(Host::COORDINATOR, "saga-log", 2);
    two::<S>(1_000).with_fault(end, crash(200))
}

fn killed_between_steps<S: Situations>() -> Plan {
    one::<S>().with_fault(first_done::<S>(), crash(200))
}

/// The coordinator is killed just before it commits the row of the saga.
fn killed_at_start<S: Situations>() -> Plan {
    let start = CommitPoint::before(Host::COORDINATOR, "saga-log", 1);
    one::<S>().with_fault(start, crash(500))
}

/// A copy of the first action arrives long after the end of its saga.
fn late_copy<S: Situations>() -> Plan {
    one::<S>().with_fault(action(S::FIRST), Fault::ReplayLate { millis: 8_000 })
}

fn reply_lost<S: Situations>() -> Plan {
    one::<S>().with_fault(reply(S::LATER), Fault::LoseReply)
}

/// The power fails right after a commit.
fn power_cut<S: Situations>() -> Plan {
    let (host, down_millis) = (S::LATER, 300);
    let done = CommitPoint::after(host, "steps", 1);
    one::<S>().with_fault(done, Fault::PowerCut { host, down_millis })
}

/// The client disconnects during the compensation and does not retry.
fn client_leaves<S: Situations>() -> Plan {
    let operation = MessagePoint::request(Host::CLIENTS, Host::COORDINATOR, S::OPERATION, 1);
    let timeout_millis = S::refused().workload[0].timeout_millis;
    let plan = impatient(S::refused(), timeout_millis);
    let mut plan = plan.with_fault(operation, Fault::Disconnect { after_millis: 50 });
    plan.timing.converge_within_millis = 20_000;
    plan
}

fn first_reply_lost<S: Situations>() -> Plan {
    one::<S>().with_fault(reply(S::FIRST), Fault::LoseReply)
}

/// A step is done, its replies are lost until the deadline, and then it is sealed.
fn every_reply_lost<S: Situations>() -> Plan {
    one::<S>().with_fault(every(reply(S::LATER)), Fault::LoseReply)
}

/// The saga is committed, the coordinator does not learn it, and aborts it at the deadline.
fn every_committing_reply_lost<S: Situations>() -> Plan {
    one::<S>().with_fault(every(S::committing()), Fault::LoseReply)
}

/// The answer is lost, and the clock of the coordinator jumps after the last step, before the client retries.
fn clock_jumps<S: Situations>() -> Plan {
    let answer = MessagePoint::reply(Host::CLIENTS, Host::COORDINATOR, S::OPERATION, 1);
    let (host, by_millis) = (Host::COORDINATOR, 60_000);
    let mut plan = one::<S>().with_fault(answer, Fault::LoseReply);
    plan.workload[0].timeout_millis = 1_000;
    let done = CommitPoint::after(S::LAST, "steps", 1);
    plan.with_fault(done, Fault::ClockJump { host, by_millis })
}

/// A compensation is unreachable until its saga is parked. Then the coordinator restarts.
fn parked_then_killed<S: Situations>() -> Plan {
    let undo = MessagePoint::request(Host::COORDINATOR, S::FIRST, MessageKind::UNDO, 1);
    let parked = CommitPoint::after(Host::COORDINATOR, "saga-log", 3);
    let plan = S::refused().with_fault(undo, cut_off(S::FIRST, 15_000));
    let mut plan = plan.with_fault(parked, crash(200));
    plan.timing.converge_within_millis = 30_000;
    plan
}

/// The follower sees the start. The saga is undone while the clients cannot reach the coordinator.
fn followed_and_refused<S: Situations>() -> Plan {
    let (a, b, millis) = (Host::CLIENTS, Host::COORDINATOR, 3_000);
    let plan = S::refused().with_fault(reply(S::LATER), Fault::LoseReply);
    let plan = plan.with_operation(S::completes(2, 10_000)).with_follower();
    plan.with_fault(
        Trigger::At { millis: 300 },
        Fault::Partition { a, b, millis },
    )
}

fn silent_connection<S: Situations>() -> Plan {
    let first = CommitPoint::before(S::FIRST, "steps", 1);
    two::<S>(5_000).with_fault(first, Fault::SilentConnection)
}

fn silent<S: Situations>(millis: u64) -> Plan {
    let host = S::LATER;
    one::<S>().with_fault(action(host), Fault::AcceptAndNeverAnswer { host, millis })
}

fn silent_for_a_second<S: Situations>() -> Plan {
    silent::<S>(1_000)
}

/// Much longer than an operation may take.
fn silent_for_long<S: Situations>() -> Plan {
    silent::<S>(12_000)
}

fn first_request_lost<S: Situations>() -> Plan {
    one::<S>().with_fault(action(S::FIRST), Fault::LoseRequest)
}

/// A service cannot be reached for longer than the deadline, and the coordinator restarts before it. It is the first one: a
/// later step may have a shorter deadline of its own, which hides the mistake.
fn cut_off_and_killed<S: Situations>() -> Plan {
    let started = CommitPoint::after(Host::COORDINATOR, "saga-log", 1);
    let plan = one::<S>().with_fault(started, crash(200));
    plan.with_fault(action(S::FIRST), cut_off(S::FIRST, 9_000))
}

fn leader_dies<S: Situations>() -> Plan {
    let mut plan = one::<S>().with_fault(first_done::<S>(), crash(10_000));
    plan.topology = Topology::default().with(Name::COORDINATOR, 2);
    plan
}

/// It hangs for longer than the answer to an operation may take: the prober asks again after the answer.
fn hanging_database<S: Situations>() -> Plan {
    let (host, millis) = (S::LATER, 12_000);
    let at = Trigger::At { millis: 1_500 };
    let plan = two::<S>(16_000).with_prober();
    plan.with_fault(at, Fault::Hang { host, millis })
}

/// Two clients withhold their bodies at a coordinator that serves two connections.
fn withheld_bodies<S: Situations>() -> Plan {
    let operation =
        |nth| MessagePoint::request(Host::CLIENTS, Host::COORDINATOR, S::OPERATION, nth);
    let withheld = Fault::WithheldBody { millis: 8_000 };
    let mut plan = two::<S>(2_000).with_prober();
    plan.workload[0].at_millis = 2_000;
    plan.limits.connections_max = 2;
    let plan = plan.with_fault(operation(2), withheld);
    plan.with_fault(operation(3), withheld)
}

/// The coordinator is killed after it has committed a saga, and the row is damaged while it is down.
fn bad_row<S: Situations>() -> Plan {
    let (host, column) = (Host::COORDINATOR, SagaColumn::Args);
    let damaged = Fault::UnreadableRow {
        host,
        column,
        down_millis: 500,
    };
    let started = CommitPoint::after(host, "saga-log", 1);
    two::<S>(6_000).with_fault(started, damaged)
}

/// Two clients choose the same key, one after the other.
fn same_key<S: Situations>() -> Plan {
    let mut plan = two::<S>(1_000);
    for operation in &mut plan.workload {
        operation.key = Some("first".to_owned());
    }
    plan
}

/// The first operation has a batch alone. The refused one is the first item of the next batch.
fn refused_in_a_batch<S: Situations>() -> Plan {
    const SOON: u64 = 5;
    let mut plan = S::refused();
    plan.workload[0].at_millis = SOON;
    let others = (3..=6).map(|client| S::completes(client, SOON));
    let first = S::completes(2, 0);
    others.fold(plan.with_operation(first), Plan::with_operation)
}

/// One item of a batch of steps is refused by the database, so the whole batch is rolled back.
fn batch_rolled_back<S: Situations>() -> Plan {
    let batch = CommitPoint::before(S::LATER, "steps", 2);
    crowd::<S>().with_fault(batch, row_refused())
}

/// One item of a batch of the saga log is refused by the database.
fn log_item_refused<S: Situations>() -> Plan {
    let batch = CommitPoint::before(Host::COORDINATOR, "saga-log", 2);
    crowd::<S>().with_fault(batch, row_refused())
}

fn row_refused() -> Fault {
    let (item, millis) = (2, 1_000);
    Fault::RefusedRow { item, millis }
}

/// A second coordinator takes the saga log over. The first one does not know it yet when operations arrive.
fn second_coordinator<S: Situations>() -> Plan {
    let operations = (1..).zip([340, 400, 460]);
    let operations = operations.map(|(client, at_millis)| S::completes(client, at_millis));
    let plan = operations.fold(Plan::new(""), Plan::with_operation);
    let second = Fault::SecondProcess { millis: 5_000 };
    plan.with_fault(Trigger::At { millis: 300 }, second)
}
