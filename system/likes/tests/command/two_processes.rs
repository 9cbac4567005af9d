//! Two processes with one saga log: on SQLite the second is refused, on PostgreSQL the first ends.

use std::time::Duration;

use serde_json::json;
use tempfile::TempDir;

use crate::{
    common::{Databases, Engine, client::Client},
    run::{Running, run_in},
};

const ANY_PORT: [&str; 3] = ["serve", "--listen", "127.0.0.1:0"];

#[tokio::test(flavor = "multi_thread")]
async fn a_data_folder_in_use_is_refused() {
    let folder = TempDir::new().expect("a folder");
    let first = Running::start(folder.path(), &ANY_PORT);
    let client = Client::new(first.address());
    let article = client.article("An article").await;

    let second = run_in(folder.path(), &ANY_PORT);
    assert_eq!(second.code, Some(2), "{}", second.errors);
    for text in ["likewise-data is in use", "--data"] {
        assert!(second.errors.contains(text), "{}", second.errors);
    }
    assert!(!second.errors.contains("took over"), "{}", second.errors);
    assert_eq!(client.like(article, 7).await.status, 200);

    // A kill releases the lock, too.
    drop(first);
    let third = Running::start(folder.path(), &ANY_PORT);
    let client = Client::new(third.address());
    assert_eq!(client.likes(article).await, 1);
}

#[test]
fn a_saga_log_in_use_is_refused_to_a_coordinator_without_a_lease() {
    let folder = TempDir::new().expect("a folder");
    let mut line = vec!["serve", "coordinator", "--listen", "127.0.0.1:0"];
    line.extend(["--coordinator-db", "sqlite:c.db"]);
    line.extend(["--article-url", "http://a:1", "--user-url", "http://u:2"]);
    let with_lease = |advertise| [&line[..], &["--advertise", advertise]].concat();

    let one = Running::start(folder.path(), &with_lease("http://one:1"));
    let two = Running::start(folder.path(), &with_lease("http://two:2"));
    let refused = run_in(folder.path(), &line);
    assert_eq!(refused.code, Some(2), "{}", refused.errors);
    for text in ["is in use", "--advertise"] {
        assert!(refused.errors.contains(text), "{}", refused.errors);
    }
    drop((one, two));
    let alone = Running::start(folder.path(), &line);
    let refused = run_in(folder.path(), &with_lease("http://one:1"));
    assert_eq!(refused.code, Some(2), "{}", refused.errors);
    drop(alone);
}

/// The exit code of a process whose saga log was taken over.
const TAKEN_OVER: i32 = 75;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: cargo xtask test"]
async fn r22_a_process_on_postgres_that_was_taken_over_ends_with_its_own_code() {
    let databases = Databases::create_separate(Engine::Postgres).await;
    let [article_db, user_db, coordinator_db] = databases.urls();
    let mut line = ANY_PORT.to_vec();
    line.extend(["--article-db", article_db, "--user-db", user_db]);
    line.extend(["--coordinator-db", coordinator_db]);
    let folder = TempDir::new().expect("a folder");
    let first = Running::start(folder.path(), &line);
    let client = Client::new(first.address());
    let article = client.article("An article").await;

    let second = Running::start(folder.path(), &line);
    // No write tells the first process. It may have ended already.
    if let Ok(shown) = client.get("/v1/coordinator").try_send().await {
        assert_eq!(shown.body["role"], "fenced", "{shown:?}");
    }
    let ended = first.end_within(Duration::from_secs(10));
    assert_eq!(ended.code, Some(TAKEN_OVER), "{}", ended.errors);
    for text in ["another coordinator took over", "--advertise"] {
        assert!(ended.errors.contains(text), "{}", ended.errors);
    }
    let client = Client::new(second.address());
    assert_eq!(client.like(article, 7).await.status, 200);
    let shown = client.get("/v1/coordinator").send().await;
    assert_eq!(
        shown.body,
        json!({ "role": "holder", "epoch": 2, "holder": null })
    );
    drop(second);
    databases.delete().await;
}
