//! `run` and `doctor`: exit codes, and output for programs.

use std::process::Command;

use serde_json::Value;

use crate::cli_harness::{CliHarness, chaos};

/// Two workers run the seeds, and the lines come in the order of the seeds all the same.
#[test]
fn json_output_is_one_object_per_run_and_a_summary() {
    let cli = CliHarness::new();
    let result = cli.run(&["run", "--seeds", "3..5", "--jobs", "2", "--json"]);
    let objects = result.objects();
    let seeds: Vec<_> = objects.iter().map(|object| &object["seed"]).collect();
    assert_eq!(seeds[..2], [3, 4], "in the order of the seeds");
    for run in &objects[..2] {
        assert_eq!(run["type"], "run");
        assert_eq!(run["verdict"], "green", "{}", result.stderr);
        assert_eq!(run["violations"], Value::Array(Vec::new()));
        assert_eq!(run["hash"].as_str().map(str::len), Some(32));
        for field in [
            "name",
            "sagas",
            "faults",
            "simulated_seconds",
            "wall_seconds",
        ] {
            assert!(!run[field].is_null(), "{field}");
        }
    }
    let summary = result.summary();
    assert_eq!(summary["seeds"], 2);
    assert_eq!(summary["violations"], 0);
    assert_eq!(summary["exit"], result.code);
    assert!(summary["sagas"]["completed"].is_u64());
    assert!(summary["faults"].is_object());
    assert!(summary["simulated_seconds"].as_f64() > Some(0.0));
    assert!(summary["wall_seconds"].as_f64() > Some(0.0));
}

/// Two runs cannot exercise everything. Failing them would make the command useless for a quick look.
#[test]
fn a_campaign_too_small_for_the_coverage_gate_says_so_and_passes() {
    let cli = CliHarness::new();
    let result = cli.run(&["run", "--seeds", "2", "--json"]);
    assert_eq!(result.code, 0, "{}", result.stderr);
    assert!(
        result.stderr.contains("too small to judge"),
        "{}",
        result.stderr
    );
    let summary = result.summary();
    assert_eq!(summary["floor"]["too_small"], true);
    let fired = |place: &&Value| place["struck"].as_u64() > Some(0);
    let matrix = summary["matrix"].as_array().expect("a list");
    assert!(matrix.iter().filter(fired).count() > 0);
    assert!(summary["converged_micros"][0][1].as_u64() > Some(0));
}

/// People read the verdict, the numbers and the line to paste. Tables are for those who ask.
#[test]
fn a_campaign_ends_with_the_verdict_in_a_few_lines_and_tables_are_verbose() {
    let cli = CliHarness::new();
    let brief = cli.run(&["run", "--seeds", "1"]);
    let lines: Vec<&str> = brief.stderr.lines().collect();
    assert!(lines.len() <= 25, "{}", brief.stderr);
    assert!(
        lines[0].starts_with("verdict     every property held"),
        "{}",
        brief.stderr
    );
    assert!(!brief.stderr.contains('│'), "{}", brief.stderr);
    let verbose = cli.run(&["run", "--seeds", "1", "--verbose"]);
    assert!(
        verbose.stderr.contains("│ every-saga-ends"),
        "{}",
        verbose.stderr
    );
    let said = |stderr: &str, title| {
        stderr
            .lines()
            .filter(|line| line.starts_with(title))
            .count()
    };
    for title in [
        "verdict ", "tried ", "covered ", "healed ", "report ", "replay ",
    ] {
        assert_eq!(said(&brief.stderr, title), 1, "{title}: {}", brief.stderr);
        assert_eq!(
            said(&verbose.stderr, title),
            1,
            "{title}: {}",
            verbose.stderr
        );
    }
}

/// A mistake in a range must not look like a success.
#[test]
fn a_campaign_without_runs_is_exit_4() {
    let cli = CliHarness::new();
    let result = cli.run(&["run", "--seeds", "7..7", "--json"]);
    assert_eq!(result.code, 4);
    assert_eq!(result.summary()["runs"], 0);
    assert!(result.stderr.contains("nothing ran"), "{}", result.stderr);
}

/// The full campaign promises all single faults. If time does not suffice for them, the promise is not kept.
#[test]
fn a_full_campaign_that_is_cut_short_is_inconclusive() {
    let cli = CliHarness::new();
    let result = cli.run(&["run", "--budget", "1ms", "--json"]);
    assert_eq!(result.code, 3, "{}", result.stderr);
    let summary = result.summary();
    assert_ne!(summary["inconclusive"], Value::Array(Vec::new()));
    assert!(
        result.stderr.contains("injection points are not covered"),
        "{}",
        result.stderr
    );
}

/// An hour of runs must not be lost to an interrupted command.
#[cfg(unix)]
#[test]
fn ctrl_c_ends_a_campaign_with_the_results_so_far() {
    use std::io::{BufRead, BufReader};
    use std::process::Stdio;

    let cli = CliHarness::new();
    let mut command = chaos();
    command.args(["run", "--seeds", "1000000", "--json", "--out"]);
    command.arg(cli.path("out")).stderr(Stdio::null());
    let mut child = command.stdout(Stdio::piped()).spawn().expect("it runs");
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    lines.next().expect("a run").expect("text");
    let id = child.id().to_string();
    let mut kill = Command::new("kill");
    assert!(kill.args(["-INT", &id]).status().expect("kill").success());
    let last = lines.map_while(Result::ok).last().expect("a summary");
    let summary: Value = serde_json::from_str(&last).expect("an object");
    assert_eq!(summary["type"], "summary");
    assert_eq!(child.wait().expect("it ends").code(), Some(3));
}

/// The numbers are exact, so that a new kind of fault cannot be left out of the check.
#[test]
fn the_doctor_gets_the_same_run_in_every_way() {
    let cli = CliHarness::new();
    let result = cli.run(&["doctor", "--seeds", "1", "--json"]);
    assert_eq!(result.code, 0, "{}", result.stderr);
    let deterministic = &result.summary()["deterministic"];
    // Three clean sagas, one plan for each kind of fault, a double click, requests in flight, a zombie, a damaged row, a second
    // coordinator, and the seed.
    assert_eq!(deterministic["met"], 43);
    assert_eq!(deterministic["of"], 43);
    // Otherwise the exit code is 3.
    assert!(
        result.stderr.contains("42 of 42 kinds"),
        "{}",
        result.stderr
    );
}

/// A reader of a green campaign asks what it says about the seeds that were not run.
#[test]
fn a_campaign_of_seeds_says_what_remains_unknown() {
    let cli = CliHarness::new();
    let result = cli.run(&["run", "--seeds", "40", "--json"]);
    assert_eq!(result.code, 0, "{}", result.stderr);
    for part in [
        "unknown     ",
        "further seed",
        "0 violations in 40 seeds",
        "less than 8 % of",
    ] {
        let told = result
            .stderr
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        assert!(told.contains(part.trim()), "{}", result.stderr);
    }
    let discovery = &result.summary()["discovery"];
    assert_eq!(discovery["runs"], 40);
    assert!(discovery["cells_seen_once"].as_u64() <= discovery["cells"].as_u64());
    // Single faults and replays are not drawn independently.
    let replayed = cli.run(&["replay", "3", "--json"]);
    assert!(replayed.summary().get("discovery").is_none());
}

/// GitHub shows the error beside the line that planted the bug.
#[test]
fn a_failure_on_github_is_annotated_at_the_planted_place() {
    let cli = CliHarness::new();
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let annotated = |is_github: &str| {
        let mut command = crate::cli_harness::chaos();
        command
            .args([
                "run",
                "--seeds",
                "6",
                "--system",
                "double-undo",
                "--no-shrink",
                "--out",
            ])
            .arg(cli.path("out"))
            .env("GITHUB_ACTIONS", is_github)
            .current_dir(&root);
        let result = crate::cli_harness::execute(command);
        assert_eq!(result.code, 1, "{}", result.stderr);
        result.stderr
    };
    let told = annotated("true");
    let annotation = told.lines().find(|line| line.starts_with("::error "));
    let annotation = annotation.unwrap_or_else(|| panic!("{told}"));
    let place = "::error file=sim/world/src/planted/double_undo.rs,line=";
    assert!(annotation.starts_with(place), "{annotation}");
    assert!(annotation.contains("cargo chaos replay"), "{annotation}");
    assert!(!annotated("").contains("::error"));
}
