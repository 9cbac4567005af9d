//! The scenarios of the catalogue as stories. Each test asserts the facts that matter. Its snapshot has the whole story,
//! to be read when it changes.
//!
//! `LIKEWISE_PLAN=FILE cargo test -p likewise-scenarios NAME` runs another plan instead of the scenario, and checks only
//! the properties.

use likewise_harness::is_plan_replaced;
use likewise_reports::story::render as story;
use likewise_scenarios::check;
use likewise_scenarios::{SUITE, catalogue::SCENARIOS};
use likewise_search::exhaustive;
use likewise_sim_likes::run;
use likewise_sim_likes::system;
use likewise_sim_likes::{Action, single};
use likewise_world::{
    plan::{FaultKind, Host, Plan},
    record::{EventKind, InjectionPoint, Outcome, PropertyStatus, RunRecord, SagaCounts},
};

/// Runs a scenario. Returns nothing if the environment replaced its plan.
///
/// A scenario whose fault does not fire shows the happy path under another name.
fn run_scenario(name: &str) -> Option<RunRecord> {
    let record = check(&SUITE.plan(name).expect("the catalogue has it"));
    if is_plan_replaced() {
        return None;
    }
    assert!(
        record.injected.iter().all(|fired| *fired),
        "a fault did not fire: {:?}",
        record.injected
    );
    Some(record)
}

/// The answers to the clients in order: outcome and HTTP status.
fn answers(record: &RunRecord) -> Vec<(Outcome, u16)> {
    let answer = |kind: &EventKind| match kind {
        EventKind::Returned {
            outcome, status, ..
        } => Some((*outcome, *status)),
        _ => None,
    };
    record
        .events
        .iter()
        .filter_map(|event| answer(&event.kind))
        .collect()
}

/// How often a request for a step got this reply.
fn replies(record: &RunRecord, op: &str, reply: &str) -> usize {
    let steps = record.events.iter().flat_map(|event| match &event.kind {
        EventKind::Replied { steps, .. } | EventKind::Repeated { steps, .. } => steps.as_slice(),
        _ => &[],
    });
    steps
        .filter(|step| step.op == op && step.reply.as_deref() == Some(reply))
        .count()
}

fn held(record: &RunRecord, property: &str) -> bool {
    let mut verdicts = record.properties.iter();
    let verdict = verdicts.find(|verdict| verdict.name == property);
    verdict.is_some_and(|verdict| verdict.status == PropertyStatus::Passed)
}

/// The reference for all other stories: what a like looks like if nothing goes wrong.
#[test]
fn happy_path() {
    let Some(record) = run_scenario("happy-path") else {
        return;
    };
    assert_eq!(answers(&record), [(Outcome::Ok, 200)]);
    assert!(held(&record, "completed-is-all-done"));
    insta::assert_snapshot!(story(&record));
}

/// The ordinary reason for a compensation: a business rule, and no fault at all.
#[test]
fn record_refused() {
    let Some(record) = run_scenario("record-refused") else {
        return;
    };
    assert_eq!(answers(&record), [(Outcome::Fail, 500)]);
    assert!(held(&record, "compensated-is-none-done"));
    insta::assert_snapshot!(story(&record));
}

/// A count that goes below its true value shows a compensation without a barrier.
#[test]
fn undo_delivered_three_times() {
    let Some(record) = run_scenario("undo-delivered-three-times") else {
        return;
    };
    assert!(replies(&record, "undo", "undone") >= 3);
    assert!(held(&record, "count-is-deltas") && held(&record, "likes-never-negative"));
    insta::assert_snapshot!(story(&record));
}

/// The hanging action of the literature: it arrives when its saga is already undone.
#[test]
fn action_after_its_end() {
    let Some(record) = run_scenario("action-after-its-end") else {
        return;
    };
    assert_eq!(answers(&record), [(Outcome::Fail, 500)]);
    assert!(record.hanging_refused >= 1, "the late action never arrived");
    insta::assert_snapshot!(story(&record));
}

#[test]
fn compensation_before_its_action() {
    // At the end of every run a probe asks both services for a compensation, an action and a compensation of a saga
    // that does not exist.
    let Some(record) = run_scenario("happy-path") else {
        return;
    };
    assert!(held(&record, "undo-first-holds"));
    assert_eq!(
        replies(&record, "do", "dead"),
        2,
        "each service refuses the late action"
    );
}

/// Copies of both kinds: of an action that was undone, and of one that is done.
#[test]
fn late_duplicate() {
    let Some(record) = run_scenario("late-duplicate") else {
        return;
    };
    assert_eq!(answers(&record), [(Outcome::Ok, 200), (Outcome::Fail, 500)]);
    assert!(
        record.hanging_refused >= 1,
        "the undone action never arrived again"
    );
    assert!(
        record.repeats_answered >= 2,
        "the finished actions never arrived again"
    );
    insta::assert_snapshot!(story(&record));
}

/// Without a time-out for statements, every like would wait for the first one.
#[test]
fn one_connection_goes_silent() {
    let Some(record) = run_scenario("one-connection-goes-silent") else {
        return;
    };
    assert!(held(&record, "recovers-after-silence"));
    assert_eq!(answers(&record), [(Outcome::Ok, 200), (Outcome::Ok, 200)]);
    insta::assert_snapshot!(story(&record));
}

/// The prober sends a like after each *ready*. While the service is silent, there is none.
#[test]
fn a_silent_service_ends_readiness() {
    let Some(record) = run_scenario("a-silent-service-ends-readiness") else {
        return;
    };
    assert!(held(&record, "ready-tells-the-truth"));
    assert!(held(&record, "health-is-answered"));
    insta::assert_snapshot!(story(&record));
}

/// The first coordinator stays down, so another one ends the saga.
#[test]
fn a_standby_takes_over() {
    let Some(record) = run_scenario("a-standby-takes-over") else {
        return;
    };
    assert!(held(&record, "takes-over-within-bound"));
    assert_eq!((record.sagas.recovered, record.sagas.completed), (1, 1));
    insta::assert_snapshot!(story(&record));
}

/// The row cannot be read until it is restored. Nothing else waits for it.
#[test]
fn a_damaged_row_stops_one_saga() {
    let Some(record) = run_scenario("a-damaged-row-stops-one-saga") else {
        return;
    };
    assert!(held(&record, "bad-row-stops-no-other"));
    assert_eq!(answers(&record)[1], (Outcome::Ok, 200));
    insta::assert_snapshot!(story(&record));
}

/// The unlike waits for the like. Whatever is read was so at that moment.
#[test]
fn a_reader_sees_a_like_come_and_go() {
    let Some(record) = run_scenario("a-reader-sees-a-like-come-and-go") else {
        return;
    };
    assert!(held(&record, "reads-are-true"));
    assert_eq!(record.sagas.completed, 2);
    insta::assert_snapshot!(story(&record));
}

/// Each is answered with 404 and leaves nothing. A pair without a like is unliked already.
#[test]
fn what_does_not_exist() {
    let Some(record) = run_scenario("what-does-not-exist") else {
        return;
    };
    assert!(held(&record, "missing-is-refused"));
    let answers = answers(&record);
    let refused = (Outcome::Fail, 404);
    assert_eq!(answers, [refused, refused, (Outcome::Ok, 200)]);
    assert_eq!(record.sagas, SagaCounts::default());
    insta::assert_snapshot!(story(&record));
}

/// The row is durable and nothing was sent. The next process starts from the row alone.
#[test]
fn coordinator_killed_after_start() {
    let Some(record) = run_scenario("coordinator-killed-after-start") else {
        return;
    };
    assert_eq!(record.sagas.recovered, 1);
    assert_eq!(answers(&record)[0], (Outcome::Ok, 200));
    insta::assert_snapshot!(story(&record));
}

/// The client has its answer, and the log does not have the end. Recovery must not undo the like.
#[test]
fn coordinator_killed_after_answer() {
    let Some(record) = run_scenario("coordinator-killed-after-answer") else {
        return;
    };
    assert_eq!(record.sagas.recovered, 1);
    assert!(held(&record, "acknowledged-like-stays"));
    insta::assert_snapshot!(story(&record));
}

/// The decision to compensate is durable, and no compensation was sent. Recovery must keep the direction.
#[test]
fn coordinator_killed_before_undo() {
    let Some(record) = run_scenario("coordinator-killed-before-undo") else {
        return;
    };
    assert_eq!((record.sagas.recovered, record.sagas.compensated), (1, 1));
    insta::assert_snapshot!(story(&record));
}

/// The coordinator is killed before and after each of its commits, in each kind of saga.
#[test]
fn coordinator_killed_at_each_of_its_commits() {
    let mut lines = Vec::new();
    for base in exhaustive::bases(system()) {
        let cases = exhaustive::cases(system(), &base).expect("the clean run runs");
        let kills_coordinator = |case: &&exhaustive::Case| {
            matches!(&case.point, InjectionPoint::Commit(cut) if cut.host == Host::COORDINATOR)
                && case.plan.faults[0].fault.kind() == FaultKind::Crash
        };
        for case in cases.iter().filter(kills_coordinator) {
            let record = check(&case.plan);
            assert!(
                is_plan_replaced() || record.injected[0],
                "{}",
                case.plan.name
            );
            let statuses: Vec<String> = answers(&record)
                .iter()
                .map(|(_, status)| status.to_string())
                .collect();
            let sagas = record.sagas;
            lines.push(format!(
                "{}: answered {}; {} completed, {} compensated, {} recovered",
                case.plan.name,
                statuses.join(", "),
                sagas.completed,
                sagas.compensated,
                sagas.recovered,
            ));
        }
    }
    if !is_plan_replaced() {
        insta::assert_snapshot!(lines.join("\n"));
    }
}

/// The saga ends in doubt, so the story shows the seals.
#[test]
fn partition_outlives_deadline() {
    let Some(record) = run_scenario("partition-outlives-deadline") else {
        return;
    };
    assert!(replies(&record, "seal", "dead") >= 1, "nothing was sealed");
    assert_eq!(record.sagas.compensated, 1);
    insta::assert_snapshot!(story(&record));
}

#[test]
fn unlike_undone() {
    let Some(record) = run_scenario("unlike-undone") else {
        return;
    };
    assert_eq!(answers(&record), [(Outcome::Ok, 200), (Outcome::Fail, 500)]);
    assert!(held(&record, "undo-restores-the-record"));
    insta::assert_snapshot!(story(&record));
}

#[test]
fn dying_user_service() {
    let Some(record) = run_scenario("dying-user-service") else {
        return;
    };
    assert_eq!(record.sagas.completed, 200);
    assert_eq!(
        answers(&record)
            .iter()
            .filter(|(outcome, _)| *outcome == Outcome::Ok)
            .count(),
        200
    );
    assert!(held(&record, "likes-equal-records") && held(&record, "divergence-is-bounded"));
}

/// Nothing of the saga is left that could stop its steps, except the watermark.
#[test]
fn collected_then_repeated() {
    let Some(record) = run_scenario("collected-then-repeated") else {
        return;
    };
    let is_over = |kind: &EventKind| matches!(kind, EventKind::Phase { name } if name == "probes");
    let mut events = record.events.iter();
    let before_probes = std::iter::from_fn(|| events.next().filter(|it| !is_over(&it.kind)));
    let late = before_probes.filter(|event| match &event.kind {
        EventKind::Repeated { steps, .. } => steps
            .iter()
            .any(|step| step.reply.as_deref() == Some("stale")),
        _ => false,
    });
    assert_eq!(late.count(), 2, "both steps arrive after their collection");
    assert!(held(&record, "stale-never-acts") && held(&record, "refused-before-deleted"));
    assert!(held(&record, "retention-watermarks-rise") && held(&record, "kept-for-its-time"));
    insta::assert_snapshot!(story(&record));
}

#[test]
fn thirty_periods() {
    let Some(record) = run_scenario("thirty-periods") else {
        return;
    };
    nothing_is_lost_and_tables_stay_small(&record, 600);
}

fn nothing_is_lost_and_tables_stay_small(record: &RunRecord, sagas: u64) {
    assert_eq!(record.sagas.completed, sagas);
    assert!(held(record, "likes-equal-records") && held(record, "refused-before-deleted"));
    assert!(held(record, "tables-stay-bounded") && held(record, "kept-for-its-time"));
}

/// It takes minutes, so only `cargo xtask nightly` runs it.
#[test]
#[ignore = "slow: 20,000 sagas in one run"]
fn nightly_twenty_thousand_sagas_in_thirty_periods() {
    let plan = likewise_scenarios::catalogue::thirty_periods(20_000, 10_000);
    nothing_is_lost_and_tables_stay_small(&check(&plan), 20_000);
}

#[test]
fn operators_at_work() {
    let Some(record) = run_scenario("operators-at-work") else {
        return;
    };
    assert!(held(&record, "orders-are-audited") && held(&record, "paused-sends-nothing"));
    assert!(held(&record, "orders-act-on-what-was-seen") && held(&record, "every-saga-ends"));
}

#[test]
fn alerts_reach_a_failing_receiver() {
    let Some(record) = run_scenario("alerts-reach-a-failing-receiver") else {
        return;
    };
    assert!(held(&record, "alerts-are-delivered") && held(&record, "alerts-tell-the-log"));
    assert!(held(&record, "alerts-keep-their-pauses"));
}

#[test]
fn impatient_user() {
    let Some(record) = run_scenario("impatient-user") else {
        return;
    };
    assert!(held(&record, "pair-is-linearizable") && held(&record, "one-record-per-pair"));
    assert!(
        answers(&record).contains(&(Outcome::Unknown, 0)),
        "the user must have left before an answer"
    );
    insta::assert_snapshot!(story(&record));
}

/// Every scenario of the catalogue has a test of the same name.
#[test]
fn every_scenario_has_its_test() {
    let tests = include_str!("stories.rs");
    for scenario in SCENARIOS {
        let test = format!("fn {}()", scenario.name.replace('-', "_"));
        assert!(tests.contains(&test), "{} has no test", scenario.name);
    }
}

/// The plans of the catalogue exercise every property, so no property is vacuous.
#[test]
fn every_property_is_exercised() {
    let plans: Vec<Plan> = SCENARIOS.iter().map(|scenario| scenario.plan()).collect();
    let unlike = single(Action::Unlike, false).with_follower();
    let records: Vec<RunRecord> = plans
        .iter()
        .chain([&unlike])
        .map(|plan| run(plan).expect("it runs"))
        .collect();
    for property in system().properties() {
        assert!(
            records.iter().any(|record| held(record, property.name)),
            "{} was never exercised",
            property.name
        );
    }
}
