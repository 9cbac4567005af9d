//! `likewise migrate` and `--no-migrate`, with the real binary on SQLite.

use std::fs;

use rusqlite::Connection;
use tempfile::TempDir;

use crate::run::{Running, run_in};

fn run(folder: &TempDir, line: &str) -> crate::run::Exited {
    let words: Vec<_> = line.split_whitespace().collect();
    run_in(folder.path(), &words)
}

#[test]
fn migrations_are_shown_and_then_applied() {
    let folder = TempDir::new().expect("a folder");
    let before = run(&folder, "migrate status");
    assert_eq!(before.code, Some(1), "{}", before.errors);
    assert_eq!(
        before.output.matches("pending").count(),
        3,
        "{}",
        before.output
    );
    assert_eq!(
        fs::read_dir(folder.path()).expect("the folder").count(),
        0,
        "nothing was changed"
    );
    let applied = run(&folder, "migrate apply");
    assert_eq!(applied.code, Some(0), "{}", applied.errors);
    assert_eq!(
        applied.output.matches("applied, now").count(),
        3,
        "{}",
        applied.output
    );
    let after = run(&folder, "migrate status --json");
    assert_eq!(after.code, Some(0), "{}", after.errors);
    let json: serde_json::Value = serde_json::from_str(&after.output).expect("JSON");
    for database in json.as_array().expect("databases") {
        assert_eq!(database["found"], database["known"]);
        assert_eq!(database["pending"], serde_json::json!([]));
    }
    let again = run(&folder, "migrate apply");
    assert_eq!(
        again.output.matches("up to date").count(),
        3,
        "{}",
        again.output
    );
}

#[test]
fn two_that_apply_at_one_time_take_turns_and_both_succeed() {
    for _ in 0..5 {
        let folder = TempDir::new().expect("a folder");
        let start = || Running::spawn(folder.path(), &["migrate", "apply"], &[]);
        let all = [start(), start(), start(), start()];
        for one in all {
            let ended = one.end();
            assert_eq!(ended.code, Some(0), "{}", ended.errors);
        }
        assert_eq!(run(&folder, "migrate status").code, Some(0));
    }
}

#[test]
fn without_migrations_a_process_refuses_to_start_and_changes_nothing() {
    let folder = TempDir::new().expect("a folder");
    let line = "serve article --listen 127.0.0.1:0 --article-db sqlite:a.db --no-migrate";
    let refused = run(&folder, line);
    assert_eq!(refused.code, Some(2), "{}", refused.errors);
    for text in ["sqlite:a.db lacks migrations", "likewise migrate apply"] {
        assert!(refused.errors.contains(text), "{}", refused.errors);
    }
    assert_eq!(fs::read_dir(folder.path()).expect("the folder").count(), 0);
    let applied = run(&folder, "migrate apply article --article-db sqlite:a.db");
    assert_eq!(applied.code, Some(0), "{}", applied.errors);
    let words: Vec<_> = line.split_whitespace().collect();
    let ended = Running::start(folder.path(), &words).signal("TERM");
    assert_eq!(ended.code, Some(0), "{}", ended.errors);
}

#[test]
fn a_newer_schema_is_refused() {
    let folder = TempDir::new().expect("a folder");
    run(&folder, "migrate apply user --user-db sqlite:u.db");
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (99, 'later', TRUE, x'00', 1)";
    let file = Connection::open(folder.path().join("u.db")).expect("the file");
    file.execute_batch(newer).expect("a later migration");
    drop(file);
    for command in ["migrate status", "migrate apply", "serve"] {
        let refused = run(&folder, &format!("{command} user --user-db sqlite:u.db"));
        assert_eq!(refused.code, Some(2), "{command}: {}", refused.errors);
        assert!(
            refused.errors.contains("newer version of Likewise"),
            "{command}: {}",
            refused.errors
        );
    }
}
