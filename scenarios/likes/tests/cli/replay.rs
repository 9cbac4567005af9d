//! `replay`: a failure ends with a command that can be pasted, and the command gives the same run again.

use std::{fs, path::Path};

use likewise_sim_likes::{Action, operation, single};
use likewise_world::plan::Plan;

use crate::cli_harness::{CliHarness, chaos, execute};

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
fn a_folder_that_cannot_be_written_to_is_exit_70_before_the_first_run() {
    let cli = CliHarness::new();
    cli.file("out", "a file where the folder should be");
    for line in [
        &["replay", "happy-path"][..],
        &["run", "--seeds", "1"],
        &["shrink", "no-tombstone"],
    ] {
        let result = cli.run(line);
        assert_eq!(result.code, 70, "{}", result.stderr);
        for part in ["cannot write to", "nothing was run; --out"] {
            assert!(result.stderr.contains(part), "{line:?}: {}", result.stderr);
        }
        assert_eq!(result.stdout, "");
    }
}

/// The runs were made, and somebody waits for what they showed.
#[test]
fn the_verdict_is_told_even_if_the_report_cannot_be_written() {
    let cli = CliHarness::new();
    // The link to the newest campaign is written last. It cannot replace a folder that is not empty.
    fs::create_dir_all(cli.path("out/latest/not-empty")).expect("a folder");
    let result = cli.run(&["replay", "no-tombstone", "--json"]);
    assert_eq!(result.code, 70, "{}", result.stderr);
    assert!(result.stderr.contains("VIOLATED"), "{}", result.stderr);
    let error = result.stderr.lines().last().expect("a line");
    assert!(error.contains("cannot write to"), "{}", result.stderr);
    assert_eq!(result.summary()["violated_runs"], 1);
}

#[test]
fn a_plan_is_replayed_on_a_system_with_a_planted_bug() {
    let cli = CliHarness::new();
    let right = cli.run(&["replay", "late-duplicate"]);
    assert_eq!(right.code, 0, "{}", right.stderr);
    let wrong = cli.run(&["replay", "late-duplicate", "--system", "no-tombstone"]);
    assert_eq!(wrong.code, 1, "{}", wrong.stderr);
    let again = cli.run(&["replay", &wrong.replay_argument()]);
    assert_eq!(again.code, 1, "{}", again.stderr);
}

/// The desktop's opener is replaced by a script that notes what it was asked to open.
#[test]
#[cfg(target_os = "linux")]
#[expect(
    clippy::disallowed_methods,
    reason = "waits for another process, outside of any simulation"
)]
fn the_report_is_opened_on_request() {
    use std::{os::unix::fs::PermissionsExt, process::Command, thread, time::Duration};

    let cli = CliHarness::new();
    let opener = cli.file("xdg-open", "#!/bin/sh\necho \"$1\" > \"${0%/*}/opened\"\n");
    fs::set_permissions(&opener, fs::Permissions::from_mode(0o755)).expect("permissions");
    let mut command: Command = chaos();
    command
        .args(["replay", "happy-path", "--open", "--out"])
        .arg(cli.path("out"))
        .env("PATH", format!("{}:/usr/bin:/bin", cli.path("").display()));
    let result = execute(command);
    assert_eq!(result.code, 0, "{}", result.stderr);
    // The opener is detached, so it may end after the command.
    let opened = (0..100).find_map(|_| {
        thread::sleep(Duration::from_millis(50));
        let opened = fs::read_to_string(cli.path("opened")).unwrap_or_default();
        opened.ends_with('\n').then_some(opened)
    });
    let opened = opened.expect("something was opened");
    assert!(opened.trim().ends_with("/report.html"), "{opened}");
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
