//! `shrink`, and the shrinking at the end of a campaign.

use std::path::Path;

use likewise_sim_likes::system;
use likewise_sim_likes::{Action, operation};
use serde_json::Value;

use crate::cli_harness::CliHarness;

/// Four operations have nothing to do with the failure, and must be gone.
#[test]
fn a_failing_plan_is_shrunk_explained_and_can_be_kept() {
    let cli = CliHarness::new();
    let mut plan = system()
        .plan_of_bug("reset-is-refusal")
        .expect("there is one");
    for user in 2..6 {
        plan = plan.with_operation(operation(user, Action::Like, 1, 5_000));
    }
    let path = cli.file("noisy.json", &serde_json::to_string(&plan).expect("JSON"));
    let result = cli.run(&["shrink", &path, "--json"]);
    assert_eq!(result.code, 0, "{}", result.stderr);
    let shrunk = &result.objects()[0];
    assert_eq!(shrunk["type"], "shrunk");
    assert_eq!(shrunk["before"]["operations"], 5);
    assert_eq!(shrunk["after"]["operations"], 1);
    assert_eq!(shrunk["is_minimal"], true);
    assert_eq!(shrunk["explanation"].as_array().map(Vec::len), Some(3));
    assert!(shrunk["nearest"].is_string(), "{shrunk}");
    let keep = shrunk["keep"].as_str().expect("a command");
    assert!(
        keep.contains("scenarios/likes/regressions/compensated-is-none-done-in-"),
        "{keep}"
    );
    let small = result.replay_argument();
    assert!(Path::new(&small).with_file_name("nearest.json").exists());
    assert_eq!(cli.run(&["replay", &small]).code, 1);
    let nearest = Path::new(&small).with_file_name("nearest.json");
    assert_eq!(cli.run(&["replay", &nearest.display().to_string()]).code, 0);
}

/// There is no failure to explain, so it is neither a success (0) nor a violation (1).
#[test]
fn a_passing_plan_is_not_shrunk() {
    let cli = CliHarness::new();
    let result = cli.run(&["shrink", "happy-path"]);
    assert_eq!(result.code, 3, "{}", result.stderr);
    assert!(
        result.stderr.contains("nothing to shrink"),
        "{}",
        result.stderr
    );
    assert!(cli.is_untouched());
}

/// A plan that is only smaller must not be taken for minimal.
#[test]
fn shrinking_without_budget_says_that_it_was_cut_short() {
    let cli = CliHarness::new();
    let result = cli.run(&["shrink", "reset-is-refusal", "--budget", "0s"]);
    assert_eq!(result.code, 0, "{}", result.stderr);
    assert!(result.stderr.contains("cut short"), "{}", result.stderr);
}

/// What a person sees first should be the smallest plan.
#[test]
fn a_campaign_shrinks_its_failures_before_it_shows_them() {
    let (cli, result) = CliHarness::with_shrunk_campaign();
    assert_eq!(result.code, 1, "{}", result.stderr);
    let summary = result.summary();
    let shown = shown_finding(&summary);
    let minimal = &shown["minimal"];
    assert_eq!(minimal["after"]["operations"], 1, "{minimal}");
    let shrunk = "shrunk      from ";
    assert!(result.stderr.contains(shrunk), "{}", result.stderr);
    assert_eq!(cli.run(&["replay", &result.replay_argument()]).code, 1);
    let campaign = ["run", "--seeds", "6", "--system", "double-undo", "--json"];
    let whole = cli.run(&[&campaign[..], &["--no-shrink"]].concat());
    assert_eq!(whole.code, 1);
    let summary = whole.summary();
    let findings = summary["findings"].as_array().expect("findings");
    assert!(findings.iter().all(|it| it["minimal"].is_null()));
    assert!(!whole.stderr.contains(shrunk), "{}", whole.stderr);
}

/// One mistake is one cause, after whichever faults and at whichever service it shows.
#[test]
fn the_runs_of_one_planted_bug_are_one_cause() {
    let cli = CliHarness::new();
    let campaign = ["run", "--seeds", "12", "--system", "double-undo"];
    let result = cli.run(&[&campaign[..], &["--no-shrink", "--json"]].concat());
    let summary = result.summary();
    let findings = summary["findings"].as_array().expect("findings");
    assert!(findings.len() > 3, "{} ways to fail", findings.len());
    let causes = summary["causes"].as_array().expect("causes");
    assert_eq!(causes.len(), 1, "{causes:?}");
    assert_eq!(causes[0]["title"], "a compensation ran twice");
    assert_eq!(causes[0]["runs"], summary["violated_runs"]);
    assert!(
        result
            .stderr
            .contains("cause       a compensation ran twice, in "),
        "{}",
        result.stderr
    );
}

/// The finding that stands for the first cause.
fn shown_finding(summary: &Value) -> Value {
    let shown = &summary["causes"][0]["shown"];
    let findings = summary["findings"].as_array().expect("findings");
    let finding = findings.iter().find(|it| it["fingerprint"] == *shown);
    finding.expect("a cause names its finding").clone()
}
