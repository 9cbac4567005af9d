//! The commands of `cargo chaos` work for transfers.

use std::process::Command;

use likewise_transfers::done;
use serde_json::Value;
use tempfile::TempDir;

const PROGRAM: &str = "cargo run -p likewise-transfers --";

/// Runs the program to its end. Returns its exit code, standard output and standard error.
fn transfers(arguments: &[&str]) -> (Option<i32>, String, String) {
    let folder = TempDir::new().expect("a temporary folder");
    let mut command = Command::new(env!("CARGO_BIN_EXE_likewise-transfers"));
    command.args(arguments);
    if arguments[0] != "list" {
        command.arg("--out").arg(folder.path().join("out"));
    }
    let output = command.output().expect("the program runs");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    let code = output.status.code();
    (code, text(output.stdout), text(output.stderr))
}

#[test]
fn list_shows_scenarios_properties_and_planted_bugs() {
    let (code, list, _) = transfers(&["list"]);
    assert_eq!(code, Some(0));
    for name in [
        "late-notice",
        "money-is-conserved",
        "one-notice-each",
        "no-tombstone",
    ] {
        assert!(list.contains(name), "{list}");
    }
}

#[test]
fn replay_tells_the_story_of_a_seed() {
    let (code, _, said) = transfers(&["replay", "1", "--story"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("cents from account"), "{said}");
}

#[test]
fn run_writes_an_object_for_each_seed_and_a_summary() {
    let (code, out, said) = transfers(&["run", "--seeds", "20", "--json"]);
    assert_eq!(code, Some(0), "{said}");
    let objects = out.lines().map(|line| serde_json::from_str(line).unwrap());
    let objects: Vec<Value> = objects.collect();
    assert_eq!(objects.len(), 21);
    assert!(
        said.contains(&format!("{PROGRAM} replay 0 --story")),
        "{said}"
    );
    assert_eq!(objects[20]["violations"], 0);
}

/// `planted.rs` runs all of them.
#[test]
fn planted_bugs_shows_that_they_are_caught() {
    let bugs = ["undo-pays-twice", "no-tombstone", "every-step-twice"];
    let (code, _, said) = transfers(&[&["planted-bugs"], &bugs[..]].concat());
    assert_eq!(code, Some(0), "{said}");
    let summary = "caught      2 of 2 planted bugs";
    assert!(said.contains(summary), "{said}");
}

/// The commands are for this binary and not for that of likes.
#[test]
fn every_printed_command_begins_with_this_program() {
    let (code, _, said) = transfers(&["shrink", "undo-pays-twice"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains(&format!("replay: {PROGRAM} replay ")),
        "{said}"
    );
    let (code, _, unknown) = transfers(&["planted-bugs", "no-such-bug"]);
    assert_eq!(code, Some(2), "{unknown}");
    assert!(unknown.contains(&format!("`{PROGRAM} list`")), "{unknown}");
    let folder = TempDir::new().expect("a temporary folder");
    let file = folder.path().join("plan.json");
    let plan = serde_json::to_string(&done()).unwrap();
    let of_other_system = plan.replace("\"system\":\"likewise\"", "\"system\":\"no-such-bug\"");
    std::fs::write(&file, of_other_system).unwrap();
    let (code, _, other) = transfers(&["replay", file.to_str().unwrap()]);
    assert_eq!(code, Some(2), "{other}");
    assert!(other.contains(&format!("`{PROGRAM} list`")), "{other}");
    assert!(!(said + &unknown + &other).contains("cargo chaos"));
    for command in ["run", "exhaust", "shrink"] {
        let (code, help, _) = transfers(&[command, "--help"]);
        assert_eq!(code, Some(0), "{help}");
        assert!(
            help.contains(&format!("Usage: {PROGRAM} {command}")),
            "{help}"
        );
        assert!(!help.contains("cargo chaos"), "{help}");
    }
}
