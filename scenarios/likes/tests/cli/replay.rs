//! `replay`: a failure ends with a command that can be pasted, and the command gives the same run again.

use std::path::Path;

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
    assert!(first.stderr.contains("violated: "), "{}", first.stderr);
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

/// A defect of the harness must be as easy to reproduce as one of the product.
#[test]
fn a_run_that_breaks_is_exit_70_and_its_plan_is_written() {
    let cli = CliHarness::new();
    let mut plan = likewise_sim::plan::generate(1);
    // The setup cannot end in time if every packet takes an hour.
    plan.timing.tick_millis = 3_600_000;
    plan.timing.latency_max_millis = 3_600_000;
    let text = serde_json::to_string(&plan).expect("JSON");
    let path = cli.file("slow.json", &text);
    let result = cli.run(&["replay", &path, "--json"]);
    assert_eq!(result.code, 70, "{}", result.stderr);
    assert!(
        result.stderr.contains("broken: swarm seed 1"),
        "{}",
        result.stderr
    );
    assert_eq!(result.summary()["broken_runs"], 1);
    let kept = likewise_sim::plan::read(Path::new(&result.replay_argument()));
    assert_eq!(kept.expect("a plan to replay"), plan);
}
