//! Campaigns that end by themselves, learn from their runs, and are spread over machines.

mod desk;

use serde_json::Value;

use desk::{Desk, Ran};

/// The path of the report that a command wrote.
fn report(ran: &Ran) -> String {
    let mut lines = ran.stderr.lines();
    let path = lines.find_map(|line| line.strip_prefix("written     "));
    path.unwrap_or_else(|| panic!("{}", ran.stderr)).to_owned()
}

#[test]
fn a_campaign_until_a_plateau_ends_there_whatever_its_workers_do() {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("corpus")).expect("a folder");
    let mut plan = likewise_sim::plan::single(likewise_sim::plan::Action::Like, false);
    for (file, noise) in [("corpus/a.json", 1), ("corpus/b.json", 2)] {
        plan.noise = noise;
        desk.file(file, &serde_json::to_string(&plan).expect("JSON"));
    }
    let corpus = desk.path("corpus").display().to_string();
    let plateau = |jobs| {
        let campaign = ["run", "--corpus", &corpus, "--until-plateau", "1", "--json"];
        let ran = desk.chaos(&[&campaign[..], &["--jobs", jobs]].concat());
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let said = "plateau     the last 1 runs showed nothing new";
        assert!(ran.stderr.contains(said), "{}", ran.stderr);
        ran.summary()
    };
    let (alone, beside) = (plateau("1"), plateau("3"));
    assert_eq!(alone["runs"], 2, "the second plan shows what the first did");
    assert_eq!(beside["runs"], 2, "what ran ahead does not count");
    assert_eq!(alone["seen"], beside["seen"]);
}

#[test]
fn a_plateau_that_was_not_reached_is_inconclusive() {
    let desk = Desk::new();
    let ran = desk.chaos(&["run", "--seeds", "2", "--until-plateau", "--json"]);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    assert!(
        ran.stderr.contains("no plateau of 1000 runs yet"),
        "{}",
        ran.stderr
    );
    let seen: &Value = &ran.summary()["seen"];
    assert!(seen["cells"].as_u64() > Some(0), "{seen}");
}

#[test]
fn a_shard_is_a_part_of_the_seeds() {
    let desk = Desk::new();
    let ran = desk.chaos(&["run", "--seeds", "10..13", "--shard", "1/2", "--json"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let summary = ran.summary();
    assert_eq!(summary["seeds_run"], serde_json::json!([[11, 13]]));
    assert_eq!(summary["seeds"], 2);
    assert_eq!(desk.chaos(&["run", "--shard", "0/2"]).code, 2, "of what?");
}

#[test]
fn a_corpus_is_kept_mutated_and_run_again() {
    let desk = Desk::new();
    let corpus = desk.path("corpus").display().to_string();
    let learn = |seeds| {
        let ran = desk.chaos(&["run", "--corpus", &corpus, "--seeds", seeds, "--json"]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        ran
    };
    let first = learn("0..2").summary();
    assert_eq!(first["corpus"]["loaded"], 0);
    let kept = first["corpus"]["kept"].as_u64().expect("a number");
    assert!(kept > 0, "the first run shows something new");
    let files = std::fs::read_dir(&corpus).expect("it is there").count();
    assert_eq!(files as u64, kept);

    let again = learn("2..4");
    let summary = again.summary();
    assert_eq!(summary["corpus"]["loaded"], kept);
    assert_eq!(summary["corpus"]["mutants"], 2, "one for each seed");
    assert_eq!(summary["seeds_run"], serde_json::json!([[2, 4]]));
    let names: Vec<String> = again
        .objects()
        .iter()
        .map(|run| run["name"].to_string())
        .collect();
    assert!(
        names.iter().any(|name| name.contains("mutant")),
        "{names:?}"
    );
}

#[test]
fn a_corpus_with_a_plan_that_cannot_be_used_is_misuse() {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("corpus")).expect("a folder");
    desk.file("corpus/bad.json", "{");
    let corpus = desk.path("corpus").display().to_string();
    let ran = desk.chaos(&["run", "--corpus", &corpus, "--seeds", "1"]);
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    assert!(
        ran.stderr.contains("bad.json is not a plan"),
        "{}",
        ran.stderr
    );
    assert!(desk.is_untouched());
}

#[test]
fn the_reports_of_shards_merge_to_the_report_of_the_whole() {
    let desk = Desk::new();
    let run = |shard| desk.chaos(&["run", "--seeds", "4", "--shard", shard, "--json"]);
    let (one, two) = (report(&run("0/2")), report(&run("1/2")));
    let merged = desk.chaos(&["merge", &one, &two, "--json"]);
    assert_eq!(merged.code, 0, "{}", merged.stderr);
    let whole = desk.chaos(&["run", "--seeds", "4", "--json"]).summary();
    let mut summary = merged.summary();
    let runs = |summary: &serde_json::Value| summary["shown"].as_array().map(Vec::len);
    assert!(runs(&summary) > Some(0), "the machines' runs are shown");
    // Each machine has its own course; what the runs showed is what must be the same.
    for own in [
        "wall_seconds",
        "run_wall_seconds",
        "provenance",
        "deterministic",
        "growth",
        "shown",
        "witnesses",
    ] {
        summary[own] = whole[own].clone();
    }
    assert_eq!(summary, whole);
    let again = desk.chaos(&["merge", &report(&merged), "--json"]);
    assert_eq!(again.summary()["runs"], 4, "a merged report is a report");

    let part = desk.chaos(&["merge", "--seeds", "4", &one]);
    assert_eq!(part.code, 3, "{}", part.stderr);
    let missing = "the seeds from 2 to before 4 are in none of the reports";
    assert!(part.stderr.contains(missing), "{}", part.stderr);
    let twice = desk.chaos(&["merge", &one, &two, &one]);
    assert_eq!(twice.code, 2, "{}", twice.stderr);
    assert!(
        twice.stderr.contains("both ran the seeds 0..2"),
        "{}",
        twice.stderr
    );
}

#[test]
fn a_violation_on_one_machine_is_one_of_the_campaign() {
    let desk = Desk::new();
    let specimen = [
        "run",
        "--system",
        "double-undo",
        "--no-shrink",
        "--json",
        "--seeds",
    ];
    let run = |seeds| report(&desk.chaos(&[&specimen[..], &[seeds]].concat()));
    let merged = desk.chaos(&["merge", &run("0..6"), &run("6..12"), "--json"]);
    assert_eq!(merged.code, 1, "{}", merged.stderr);
    assert!(merged.summary()["violated_runs"].as_u64() > Some(0));
}

#[test]
fn what_is_no_report_of_this_version_is_not_merged() {
    let desk = Desk::new();
    let good = report(&desk.chaos(&["run", "--seeds", "1"]));
    let text = std::fs::read_to_string(&good).expect("a report");
    let old = desk.file(
        "old.json",
        &text.replace("\"version\": 3", "\"version\": 1"),
    );
    let cases = [
        (old, "old.json is a report of version 1"),
        (desk.file("no.json", "[]"), "no.json is not a report"),
        (
            desk.path("none.json").display().to_string(),
            "cannot read the report",
        ),
    ];
    for (path, says) in cases {
        let ran = desk.chaos(&["merge", &good, &path]);
        assert_eq!(ran.code, 2, "{}", ran.stderr);
        assert!(ran.stderr.contains(says), "{}", ran.stderr);
    }
}
