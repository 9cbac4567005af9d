//! Searches over pairs and triples of faults: stopped and resumed, split into shards, and refused states.

use std::fs;

use serde_json::Value;

use crate::cli_harness::{CliHarness, CommandResult, chaos, execute};

/// The folder of a search inside `out/`.
fn folder(result: &CommandResult) -> String {
    result
        .report()
        .strip_suffix("/report.json")
        .expect("a report")
        .to_owned()
}

fn resume(folder: &str, more: &[&str]) -> CommandResult {
    let mut command = chaos();
    command.args(["exhaust", "--resume", folder]).args(more);
    execute(command)
}

/// The part of a summary that depends neither on the speed of the runs nor on the number of sessions. Every session has
/// its own command line, rechecks its own runs, and shows its own examples. But every property must have an example.
fn facts(summary: &Value) -> Value {
    let mut facts = summary.clone();
    let of_speed = ["wall_seconds", "run_wall_seconds"];
    let of_session = ["provenance", "deterministic", "shown"];
    for name in of_speed.into_iter().chain(of_session) {
        facts[name] = Value::Null;
    }
    let properties = facts["witnesses"].as_object_mut().expect("an object");
    for examples in properties.values_mut() {
        assert!(examples["example"].is_string(), "{examples}");
        *examples = Value::Null;
    }
    facts
}

/// The budget of one millisecond stops the search at an arbitrary place, also before its first run.
#[test]
fn a_search_that_is_stopped_and_resumed_gives_the_same_result() {
    let cli = CliHarness::new();
    let whole = cli.run(&["exhaust", "--triples", "8", "--json"]);
    assert_eq!(whole.code, 0, "{}", whole.stderr);
    assert!(
        whole.stderr.contains("8 of 8 triples covered"),
        "{}",
        whole.stderr
    );

    let stopped = cli.run(&["exhaust", "--triples", "8", "--budget", "1ms", "--json"]);
    let has_run = stopped.summary()["runs"] != 0;
    assert_eq!(stopped.code, if has_run { 3 } else { 4 });
    assert!(
        stopped
            .stderr
            .contains("to resume: cargo chaos exhaust --resume"),
        "{}",
        stopped.stderr
    );
    let rest = resume(&folder(&stopped), &["--json"]);
    assert_eq!(rest.code, 0, "{}", rest.stderr);
    assert_eq!(facts(&rest.summary()), facts(&whole.summary()));

    let nothing_left = resume(&folder(&stopped), &["--json"]);
    assert_eq!(nothing_left.code, 0, "{}", nothing_left.stderr);
    assert_eq!(facts(&nothing_left.summary()), facts(&whole.summary()));
}

/// Five do not divide by two. The shards must neither overlap nor leave a gap.
#[test]
fn the_shards_together_cover_everything() {
    let cli = CliHarness::new();
    let shard = |shard| {
        let result = cli.run(&["exhaust", "--triples", "5", "--shard", shard, "--json"]);
        assert_eq!(result.code, 0, "{}", result.stderr);
        result.summary()["combined"].clone()
    };
    let (one, two) = (shard("0/2"), shard("1/2"));
    assert_eq!(one["ran"], serde_json::json!([[0, 2]]));
    assert_eq!(two["ran"], serde_json::json!([[2, 5]]));
    assert_eq!(
        (&one["total"], &one["choice"]),
        (&5.into(), &"triples".into())
    );
}

/// Pairs without a run are counted as well, so the numbers in the report must add up to the place that the search has
/// reached.
#[test]
fn every_pair_is_counted_starting_with_the_first() {
    let cli = CliHarness::new();
    let result = cli.run(&["exhaust", "--pairs", "--budget", "300ms", "--json"]);
    assert_eq!(result.code, 3, "{}", result.stderr);
    let summary = result.summary();
    let combined = &summary["combined"];
    assert_eq!(combined["choice"], "pairs");
    assert!(combined["total"].as_u64() > Some(10_000), "{combined}");
    let numbers = |name: &str| combined[name].as_u64().expect("a number");
    let run =
        numbers("all_struck") + numbers("prevented") + numbers("by_proof") + numbers("missed");
    assert_eq!(combined["ran"], serde_json::json!([[0, run]]));
}

/// A state of other sagas would resume in the middle of a different list.
#[test]
fn an_unusable_search_state_is_refused() {
    let cli = CliHarness::new();
    let stopped = cli.run(&["exhaust", "--triples", "3", "--budget", "1ms"]);
    let folder = folder(&stopped);
    let path = format!("{folder}/state.json");
    let good = fs::read_to_string(&path).expect("there is a state");
    let edit = |edit: &dyn Fn(&mut Value)| {
        let mut state: Value = serde_json::from_str(&good).expect("JSON");
        edit(&mut state);
        state.to_string()
    };
    let cases = [
        (
            edit(&|state| state["version"] = 0.into()),
            "is of version 0",
        ),
        (
            edit(&|state| state["combined"]["bases"] = "0".into()),
            "have changed since this search started",
        ),
        ("{".to_owned(), "is not the state of a search"),
    ];
    for (text, message) in cases {
        fs::write(&path, text).expect("it is writable");
        let result = resume(&folder, &[]);
        assert_eq!(result.code, 2, "{}", result.stderr);
        assert!(result.stderr.contains(message), "{}", result.stderr);
    }
    let result = resume(&cli.path("nowhere").display().to_string(), &[]);
    assert_eq!(result.code, 2, "{}", result.stderr);
    assert!(
        result.stderr.contains("there is no search to resume"),
        "{}",
        result.stderr
    );
    let result = cli.run(&["exhaust", "--shard", "0/2"]);
    assert_eq!(result.code, 2, "{}", result.stderr);
}
