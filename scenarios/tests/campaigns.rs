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
            ran.stderr.contains("ended at    a plateau"),
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
