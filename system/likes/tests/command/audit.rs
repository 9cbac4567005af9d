//! `likewise audit` on real files: an article database that was restored from an older copy.

use std::{fs, path::Path, time::Duration};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    assert_refused,
    common::{client::Client, files::files},
    run::{Running, run_in},
};

const SERVE: [&str; 3] = ["serve", "--listen", "127.0.0.1:0"];

/// The number of polls for the end of all sagas, 20 ms apart.
const POLLS_MAX: u32 = 1_500;

/// Starts the services, likes the article as these users, and stops the services when the log has the ends of the sagas:
/// a client is answered a moment earlier.
async fn like(folder: &Path, article: i64, users: &[i64]) {
    let running = Running::start(folder, &SERVE);
    let client = Client::new(running.address());
    for user in users {
        let reply = client.like(article, *user).await;
        assert_eq!(reply.status, 200, "{reply:?}");
    }
    for poll in 0.. {
        let pending = client.get("/v1/transactions?status=pending").send().await;
        if pending.body["items"] == json!([]) {
            break;
        }
        assert!(poll < POLLS_MAX, "a saga stays open: {pending:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(running.signal("TERM").code, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_article_database_is_found_repaired_and_then_consistent() {
    let folder = TempDir::new().expect("a folder");
    let running = Running::start(folder.path(), &SERVE);
    let article = Client::new(running.address()).article("An article").await;
    assert_eq!(running.signal("TERM").code, Some(0));
    like(folder.path(), article, &[1]).await;
    let consistent = run_in(folder.path(), &["audit"]);
    assert_eq!(consistent.code, Some(0), "{}", consistent.errors);
    assert!(
        consistent.output.starts_with("verdict   consistent\n"),
        "{}",
        consistent.output
    );

    let file = folder.path().join("likewise-data/article.db");
    let copy = folder.path().join("article.backup");
    fs::copy(&file, &copy).expect("a copy");
    like(folder.path(), article, &[2, 3]).await;
    fs::copy(&copy, &file).expect("a copy");

    let before = files(&folder.path().join("likewise-data"));
    let audited = run_in(folder.path(), &["audit"]);
    assert_eq!(audited.code, Some(1), "{}", audited.errors);
    let text = &audited.output;
    assert!(text.starts_with("verdict   3 differences\n"), "{text}");
    let count = format!("  article {article}: count 1, must be 3 (3 records, 0 open sagas)\n");
    assert!(text.contains(&count), "{text}");
    assert!(
        text.contains("steps of completed sagas that are not done: 2\n"),
        "{text}"
    );
    assert!(
        text.lines().all(|line| line.chars().count() <= 80),
        "{text}"
    );
    let json = run_in(folder.path(), &["audit", "--json"]);
    let json: Value = serde_json::from_str(&json.output).expect("JSON");
    assert_eq!(json["verdict"], "different");
    assert_eq!(json["differences"]["totals"]["step-not-done"], 2);
    assert!(
        before == files(&folder.path().join("likewise-data")),
        "a file changed"
    );

    let repaired = run_in(folder.path(), &["audit", "--repair"]);
    assert_eq!(
        repaired.code,
        Some(0),
        "{}{}",
        repaired.output,
        repaired.errors
    );
    assert!(
        repaired
            .output
            .contains("repaired  1 counts, 2 lost steps\n"),
        "{}",
        repaired.output
    );
    let again = run_in(folder.path(), &["audit"]);
    assert_eq!(again.code, Some(0), "{}", again.output);
    like(folder.path(), article, &[4]).await;
    assert_eq!(run_in(folder.path(), &["audit"]).code, Some(0));
}

#[test]
fn a_repair_is_refused_while_a_service_uses_the_data_folder() {
    let folder = TempDir::new().expect("a folder");
    let running = Running::start(folder.path(), &SERVE);
    let refused = run_in(folder.path(), &["audit", "--repair"]);
    assert_eq!(refused.code, Some(2), "{}", refused.errors);
    for text in ["likewise-data is in use", "Stop the services first"] {
        assert!(refused.errors.contains(text), "{}", refused.errors);
    }
    // It only reads.
    assert_eq!(run_in(folder.path(), &["audit"]).code, Some(0));
    // The service was not fenced.
    assert_eq!(running.signal("TERM").code, Some(0));
    let repaired = run_in(folder.path(), &["audit", "--repair"]);
    assert_eq!(repaired.code, Some(0), "{}", repaired.errors);
}

#[test]
fn an_audit_of_missing_or_wrong_databases_is_refused_and_creates_none() {
    assert_refused(&["audit", "--article-db", "sqlite:a.db"], &["--user-db"]);
    let folder = TempDir::new().expect("a folder");
    let missing = run_in(folder.path(), &["audit"]);
    assert_eq!(missing.code, Some(70), "{}", missing.errors);
    assert!(missing.errors.contains("article.db"), "{}", missing.errors);
    assert_eq!(fs::read_dir(folder.path()).expect("the folder").count(), 0);
    // Swapped by mistake.
    let running = Running::start(folder.path(), &SERVE);
    assert_eq!(running.signal("TERM").code, Some(0));
    let url = |name: &str| format!("sqlite:likewise-data/{name}.db");
    let [user, article, coordinator] = ["user", "article", "coordinator"].map(url);
    let mut arguments = vec!["audit", "--article-db", &user, "--user-db", &article];
    arguments.extend(["--coordinator-db", &coordinator]);
    let swapped = run_in(folder.path(), &arguments);
    assert_eq!(swapped.code, Some(2), "{}", swapped.errors);
}
