//! Campaigns that end by themselves, learn from their runs, and are spread over machines.

mod desk;

use serde_json::Value;

use desk::Desk;

#[test]
fn a_campaign_until_a_plateau_ends_there_whatever_its_workers_do() {
    let desk = Desk::new();
    let plateau = |jobs| {
        let ran = desk.chaos(&["run", "--until-plateau", "1", "--jobs", jobs, "--json"]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert!(
            ran.stderr.contains("plateau     the last 1 runs"),
            "{}",
            ran.stderr
        );
        ran.summary()
    };
    let (alone, beside) = (plateau("1"), plateau("3"));
    assert_eq!(
        alone["runs"], beside["runs"],
        "what ran ahead does not count"
    );
    assert_eq!(alone["seen"], beside["seen"]);
    assert_eq!(alone["seen"]["runs_without_news"], 1);
    let runs = alone["runs"].as_u64().expect("a number");
    assert_eq!(alone["seeds_run"], serde_json::json!([[0, runs]]));
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
