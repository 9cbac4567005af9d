//! `replay`: a failure ends with a command that can be pasted, and the command gives the same run again.

use std::path::Path;

use likewise_sim_likes::{Action, operation, single};
use likewise_world::plan::Plan;

use crate::cli_harness::CliHarness;

/// The hash is over every event, so this is the whole run.
#[test]
fn a_seed_replays_to_the_same_hash() {
    let cli = CliHarness::new();
    let hash = |arguments: &[&str]| cli.run(arguments).objects()[0]["hash"].clone();
    let campaign = hash(&["run", "--seeds", "6..7", "--json"]);
    assert_eq!(hash(&["replay", "6", "--json"]), campaign);
}

/// The last line of a failing command is what a person copies. It must work as it stands.
#[test]
fn a_violation_is_printed_written_and_can_be_replayed() {
    let cli = CliHarness::new();
    let first = cli.run(&["replay", "double-undo", "--json"]);
    assert_eq!(first.code, 1, "{}", first.stderr);
    assert!(first.stderr.contains("cause       "), "{}", first.stderr);
    let plan = first.replay_argument();
    assert!(Path::new(&plan).ends_with("plan.json"), "{plan}");
    for file in ["events.jsonl", "history.jsonl", "story.txt"] {
        assert!(Path::new(&plan).with_file_name(file).exists(), "{file}");
    }
    assert!(cli.path("out/latest").join("report.json").exists() || cfg!(not(unix)));
    let again = cli.run(&["replay", &plan, "--json"]);
    assert_eq!(again.code, 1);
    assert_eq!(again.objects()[0]["hash"], first.objects()[0]["hash"]);
}

#[test]
fn replay_prints_the_story_on_request() {
    let cli = CliHarness::new();
    let result = cli.run(&["replay", "happy-path", "--story"]);
    assert_eq!(result.code, 0, "{}", result.stderr);
    assert!(result.stdout.contains("likes 0 → 1"), "{}", result.stdout);
    assert!(
        !result.stdout.contains("planned faults"),
        "{}",
        result.stdout
    );
}

/// The machine is at fault, and neither the product nor the command line.
#[test]
fn a_report_that_cannot_be_written_is_exit_70() {
    let cli = CliHarness::new();
    cli.file("out", "a file where the folder should be");
    let result = cli.run(&["replay", "happy-path"]);
    assert_eq!(result.code, 70, "{}", result.stderr);
    assert!(
        result.stderr.contains("cannot write to"),
        "{}",
        result.stderr
    );
}

/// One user who likes and unlikes without a pause, for longer than any run.
fn endless_workload() -> Plan {
    let mut plan = single(Action::Like, false);
    let actions = [Action::Like, Action::Unlike].into_iter().cycle();
    let operations = actions.map(|action| operation(1, action, 1, 0));
    plan.workload = operations.take(6_000).collect();
    plan
}

#[test]
fn a_run_whose_clients_work_longer_than_it_lasts_is_inconclusive() {
    let cli = CliHarness::new();
    let mut plan = endless_workload();
    plan.timing.heal_after_millis = 2_000;
    plan.timing.converge_within_millis = 4_000;
    let text = serde_json::to_string(&plan).expect("it is written");
    let result = cli.run(&["replay", &cli.file("plan.json", &text)]);
    assert_eq!(result.code, 3, "{}", result.stderr);
    assert!(
        result.stderr.contains("the clients still worked"),
        "{}",
        result.stderr
    );
}

#[test]
fn a_plan_with_an_extreme_number_is_refused_with_its_place() {
    let cli = CliHarness::new();
    let mut plan = single(Action::Like, false);
    plan.workload[0].clicks = u32::MAX;
    let text = serde_json::to_string_pretty(&plan).expect("it is written");
    let result = cli.run(&["replay", &cli.file("plan.json", &text)]);
    assert_eq!(result.code, 2, "{}", result.stderr);
    let marked = "\"clicks\": 4294967295";
    assert!(result.stderr.contains(marked), "{}", result.stderr);
    assert!(
        result.stderr.contains("there can be 100 at most"),
        "{}",
        result.stderr
    );
    assert!(cli.is_untouched());
}
