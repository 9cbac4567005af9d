//! Campaigns that stop at a plateau, fuzz a corpus, or are split over machines.

use serde_json::Value;

use crate::cli_harness::CliHarness;

/// More workers have started more runs when the plateau is reached. Those must not count, or the report would depend
/// on the machine.
#[test]
fn a_campaign_stops_at_the_plateau_with_any_number_of_workers() {
    let cli = CliHarness::new();
    std::fs::create_dir(cli.path("corpus")).expect("a folder");
    let mut plan = likewise_sim_likes::single(likewise_sim_likes::Action::Like, false);
    for (file, noise) in [("corpus/a.json", 1), ("corpus/b.json", 2)] {
        plan.noise = noise;
        cli.file(file, &serde_json::to_string(&plan).expect("JSON"));
    }
    let corpus = cli.path("corpus").display().to_string();
    let plateau = |jobs| {
        let campaign = ["run", "--corpus", &corpus, "--until-plateau", "1", "--json"];
        let result = cli.run(&[&campaign[..], &["--jobs", jobs]].concat());
        assert_eq!(result.code, 0, "{}", result.stderr);
        let said = "plateau     the last 1 runs showed nothing new";
        assert!(result.stderr.contains(said), "{}", result.stderr);
        result.summary()
    };
    let (one_worker, three_workers) = (plateau("1"), plateau("3"));
    assert_eq!(one_worker["runs"], 2, "the second plan shows nothing new");
    assert_eq!(
        three_workers["runs"], 2,
        "runs that started before the plateau do not count"
    );
    assert_eq!(one_worker["seen"], three_workers["seen"]);
}

/// Green and too short is not green.
#[test]
fn a_campaign_that_does_not_reach_the_plateau_is_inconclusive() {
    let cli = CliHarness::new();
    let result = cli.run(&["run", "--seeds", "2", "--until-plateau", "--json"]);
    assert_eq!(result.code, 3, "{}", result.stderr);
    assert!(
        result.stderr.contains("no plateau of 1000 runs yet"),
        "{}",
        result.stderr
    );
    let seen: &Value = &result.summary()["seen"];
    assert!(seen["cells"].as_u64() > Some(0), "{seen}");
}

/// Shards cut a known range. Without seeds there is no range, so the command line is refused.
#[test]
fn a_shard_runs_a_part_of_the_seeds() {
    let cli = CliHarness::new();
    let result = cli.run(&["run", "--seeds", "10..13", "--shard", "1/2", "--json"]);
    assert_eq!(result.code, 0, "{}", result.stderr);
    let summary = result.summary();
    assert_eq!(summary["seeds_run"], serde_json::json!([[11, 13]]));
    assert_eq!(summary["seeds"], 2);
    let without_seeds = cli.run(&["run", "--shard", "0/2"]);
    assert_eq!(without_seeds.code, 2, "{}", without_seeds.stderr);
}

/// The second session must begin with what the first one learnt.
#[test]
fn a_corpus_is_stored_mutated_and_run_again() {
    let cli = CliHarness::new();
    let corpus = cli.path("corpus").display().to_string();
    let fuzz = |seeds| {
        let result = cli.run(&["run", "--corpus", &corpus, "--seeds", seeds, "--json"]);
        assert_eq!(result.code, 0, "{}", result.stderr);
        result
    };
    let first = fuzz("0..2").summary();
    assert_eq!(first["corpus"]["loaded"], 0);
    let kept = first["corpus"]["kept"].as_u64().expect("a number");
    assert!(kept > 0, "the first run always shows something new");
    let files = std::fs::read_dir(&corpus).expect("it is there").count();
    assert_eq!(files as u64, kept);

    let second = fuzz("2..4");
    let summary = second.summary();
    assert_eq!(summary["corpus"]["loaded"], kept);
    assert_eq!(summary["corpus"]["mutants"], 2, "one per seed");
    assert_eq!(summary["seeds_run"], serde_json::json!([[2, 4]]));
    let names: Vec<String> = second
        .objects()
        .iter()
        .map(|run| run["name"].to_string())
        .collect();
    assert!(
        names.iter().any(|name| name.contains("mutant")),
        "{names:?}"
    );
}

/// A corpus that silently shrinks would look like lost coverage.
#[test]
fn a_corpus_with_an_invalid_plan_is_exit_2() {
    let cli = CliHarness::new();
    std::fs::create_dir(cli.path("corpus")).expect("a folder");
    cli.file("corpus/bad.json", "{");
    let corpus = cli.path("corpus").display().to_string();
    let result = cli.run(&["run", "--corpus", &corpus, "--seeds", "1"]);
    assert_eq!(result.code, 2, "{}", result.stderr);
    assert!(
        result.stderr.contains("bad.json is not a plan"),
        "{}",
        result.stderr
    );
    assert!(cli.is_untouched());
}

/// The central promise of sharding: it changes nothing but the time.
#[test]
fn the_merged_reports_of_all_shards_equal_the_report_of_the_whole() {
    let cli = CliHarness::new();
    let run = |shard| cli.run(&["run", "--seeds", "4", "--shard", shard, "--json"]);
    let (one, two) = (run("0/2").report(), run("1/2").report());
    let merged = cli.run(&["merge", &one, &two, "--json"]);
    assert_eq!(merged.code, 0, "{}", merged.stderr);
    let whole = cli.run(&["run", "--seeds", "4", "--json"]).summary();
    let mut summary = merged.summary();
    let runs = |summary: &serde_json::Value| summary["shown"].as_array().map(Vec::len);
    assert!(
        runs(&summary) > Some(0),
        "the runs of the machines are shown"
    );
    // These fields describe how each machine ran. All others, which say what the runs showed, must be equal.
    for own in [
        "wall_seconds",
        "run_wall_seconds",
        "provenance",
        "deterministic",
        "growth",
        "discovery",
        "shown",
        "witnesses",
    ] {
        summary[own] = whole[own].clone();
    }
    assert_eq!(summary, whole);
    let again = cli.run(&["merge", &merged.report(), "--json"]);
    assert_eq!(again.summary()["runs"], 4, "a merged report can be merged");
}

/// A cluster job that lost a machine, and a glob that matches a file twice.
#[test]
fn missing_and_repeated_reports_are_noticed() {
    let cli = CliHarness::new();
    let run = |shard| cli.run(&["run", "--seeds", "4", "--shard", shard, "--json"]);
    let (one, two) = (run("0/2").report(), run("1/2").report());
    let part = cli.run(&["merge", "--seeds", "4", &one]);
    assert_eq!(part.code, 3, "{}", part.stderr);
    let missing = "the seeds from 2 to before 4 are in none of the reports";
    assert!(part.stderr.contains(missing), "{}", part.stderr);
    let twice = cli.run(&["merge", &one, &two, &one]);
    assert_eq!(twice.code, 2, "{}", twice.stderr);
    let repeated = "both ran the seeds 0..2";
    assert!(twice.stderr.contains(repeated), "{}", twice.stderr);
}

/// Merged results must never look better than the worst part.
#[test]
fn a_violation_on_one_machine_is_a_violation_of_the_campaign() {
    let cli = CliHarness::new();
    let planted_bug = [
        "run",
        "--system",
        "double-undo",
        "--no-shrink",
        "--json",
        "--seeds",
    ];
    let run = |seeds| cli.run(&[&planted_bug[..], &[seeds]].concat()).report();
    let merged = cli.run(&["merge", &run("0..6"), &run("6..12"), "--json"]);
    assert_eq!(merged.code, 1, "{}", merged.stderr);
    assert!(merged.summary()["violated_runs"].as_u64() > Some(0));
}

/// Counts of another version may mean something else, so their sum would mean nothing.
#[test]
fn only_reports_of_this_version_are_merged() {
    let cli = CliHarness::new();
    let good = cli.run(&["run", "--seeds", "1"]).report();
    let text = std::fs::read_to_string(&good).expect("a report");
    let old = cli.file(
        "old.json",
        &text.replace("\"version\": 4", "\"version\": 1"),
    );
    let cases = [
        (old, "old.json is a report of version 1"),
        (cli.file("no.json", "[]"), "no.json is not a report"),
        (
            cli.path("none.json").display().to_string(),
            "cannot read the report",
        ),
    ];
    for (path, message) in cases {
        let result = cli.run(&["merge", &good, &path]);
        assert_eq!(result.code, 2, "{}", result.stderr);
        assert!(result.stderr.contains(message), "{}", result.stderr);
    }
}
