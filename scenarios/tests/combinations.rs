//! Searches over pairs and triples of faults: stopped, gone on with, cut into shards, and what is refused.

mod desk;

use std::fs;

use serde_json::Value;

use desk::{Desk, Ran};

/// The search's folder inside `out/`.
fn folder(ran: &Ran) -> String {
    let line = ran
        .stderr
        .lines()
        .find_map(|line| line.strip_prefix("written     "));
    let report = line.unwrap_or_else(|| panic!("{}", ran.stderr));
    report
        .strip_suffix("/report.json")
        .expect("a report")
        .to_owned()
}

fn resume(folder: &str, more: &[&str]) -> Ran {
    let mut command = desk::chaos();
    command.args(["exhaust", "--resume", folder]).args(more);
    desk::ran(command)
}

/// What depends neither on how fast the runs were nor on how many sittings it took: each has its own command line, and
/// repeats and shows runs of its own. Each property has an example all the same.
fn facts(summary: &Value) -> Value {
    let mut facts = summary.clone();
    let of_a_sitting = ["provenance", "deterministic", "shown"];
    for name in ["wall_seconds", "run_wall_seconds"]
        .into_iter()
        .chain(of_a_sitting)
    {
        facts[name] = Value::Null;
    }
    let witnesses = facts["witnesses"].as_object_mut().expect("witnesses");
    for witness in witnesses.values_mut() {
        assert!(witness["example"].is_string(), "{witness}");
        *witness = Value::Null;
    }
    facts
}

#[test]
fn a_search_that_is_stopped_and_gone_on_with_is_the_same_search() {
    let desk = Desk::new();
    let whole = desk.chaos(&["exhaust", "--triples", "8", "--json"]);
    assert_eq!(whole.code, 0, "{}", whole.stderr);
    assert!(
        whole.stderr.contains("8 of 8 triples covered"),
        "{}",
        whole.stderr
    );

    let cut = desk.chaos(&["exhaust", "--triples", "8", "--budget", "1ms", "--json"]);
    assert_eq!(cut.code, if cut.summary()["runs"] == 0 { 4 } else { 3 });
    assert!(
        cut.stderr
            .contains("go on with: cargo chaos exhaust --resume"),
        "{}",
        cut.stderr
    );
    let rest = resume(&folder(&cut), &["--json"]);
    assert_eq!(rest.code, 0, "{}", rest.stderr);
    assert_eq!(facts(&rest.summary()), facts(&whole.summary()));

    let nothing_left = resume(&folder(&cut), &["--json"]);
    assert_eq!(nothing_left.code, 0, "{}", nothing_left.stderr);
    assert_eq!(facts(&nothing_left.summary()), facts(&whole.summary()));
}

#[test]
fn shards_cover_the_whole_between_them() {
    let desk = Desk::new();
    let shard = |shard| {
        let ran = desk.chaos(&["exhaust", "--triples", "5", "--shard", shard, "--json"]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        ran.summary()["combined"].clone()
    };
    let (one, two) = (shard("0/2"), shard("1/2"));
    assert_eq!(one["ran"], serde_json::json!([[0, 2]]));
    assert_eq!(two["ran"], serde_json::json!([[2, 5]]));
    assert_eq!(
        (&one["total"], &one["choice"]),
        (&5.into(), &"triples".into())
    );
}

#[test]
fn pairs_are_counted_whole_and_begin_with_the_first() {
    let desk = Desk::new();
    let ran = desk.chaos(&["exhaust", "--pairs", "--budget", "300ms", "--json"]);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    let summary = ran.summary();
    let combined = &summary["combined"];
    assert_eq!(combined["choice"], "pairs");
    assert!(combined["total"].as_u64() > Some(10_000), "{combined}");
    let numbers = |name: &str| combined[name].as_u64().expect("a number");
    let run =
        numbers("all_struck") + numbers("prevented") + numbers("by_proof") + numbers("missed");
    assert_eq!(combined["ran"], serde_json::json!([[0, run]]));
}

#[test]
fn a_state_that_does_not_fit_is_refused() {
    let desk = Desk::new();
    let cut = desk.chaos(&["exhaust", "--triples", "3", "--budget", "1ms"]);
    let folder = folder(&cut);
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
            "have changed since this search began",
        ),
        ("{".to_owned(), "is not the state of a search"),
    ];
    for (text, says) in cases {
        fs::write(&path, text).expect("it is writable");
        let ran = resume(&folder, &[]);
        assert_eq!(ran.code, 2, "{}", ran.stderr);
        assert!(ran.stderr.contains(says), "{}", ran.stderr);
    }
    let ran = resume(&desk.path("nowhere").display().to_string(), &[]);
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    assert!(
        ran.stderr.contains("nothing to go on with"),
        "{}",
        ran.stderr
    );
    let ran = desk.chaos(&["exhaust", "--shard", "0/2"]);
    assert_eq!(ran.code, 2, "{}", ran.stderr);
}
