//! `explain`: why a plan fails, and when that was decided.

use crate::cli_harness::{CommandResult, chaos, execute};

/// Runs `explain`. It writes no files, so it needs no folder.
fn explain(arguments: &[&str]) -> CommandResult {
    let mut command = chaos();
    command.arg("explain").args(arguments);
    execute(command)
}

#[test]
fn a_failing_plan_is_explained_with_its_futures() {
    let result = explain(&["reset-is-refusal", "--futures", "4", "--json"]);
    assert_eq!(result.code, 0, "{}", result.stderr);
    let explained = &result.objects()[0];
    assert_eq!(explained["type"], "explained");
    assert_eq!(explained["is_complete"], true);
    let why = &explained["why"];
    for answer in ["promised", "happened", "moment", "reason", "certain"] {
        assert!(why[answer].is_string(), "{answer}: {why}");
    }
    let reason = why["reason"].as_str().expect("a text");
    assert!(
        reason.starts_with("This system has a planted mistake: "),
        "{reason}"
    );
    let forks = explained["outlook"]["forks"].as_array().expect("forks");
    assert!(forks.len() >= 9, "{forks:?}");
    assert!(explained["outlook"]["certain"]["what"].is_string());
}

#[test]
fn people_see_the_answers_and_a_bar_for_each_event() {
    let result = explain(&["reset-is-refusal", "--futures", "2"]);
    assert_eq!(result.code, 0, "{}", result.stderr);
    for line in [
        "promised    ",
        "happened    ",
        "moment      ",
        "reason      ",
        "certain     ",
        "replay      ",
    ] {
        assert!(
            result.stdout.contains(&format!("\n{line}")),
            "{line}\n{}",
            result.stdout
        );
    }
    assert!(
        result.stdout.contains("####################  certain"),
        "{}",
        result.stdout
    );
}

/// There is no failure to explain, so it is neither a success (0) nor a violation (1).
#[test]
fn a_passing_plan_is_not_explained() {
    let result = explain(&["happy-path"]);
    assert_eq!(result.code, 3, "{}", result.stderr);
    assert!(
        result.stderr.contains("there is nothing to explain"),
        "{}",
        result.stderr
    );
}

#[test]
fn an_explanation_without_budget_says_that_it_is_incomplete() {
    let result = explain(&["reset-is-refusal", "--budget", "0s"]);
    assert_eq!(result.code, 3, "{}", result.stderr);
    assert!(
        result.stderr.contains("not every event"),
        "{}",
        result.stderr
    );
}
