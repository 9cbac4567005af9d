//! R17: the key that tickets are signed with.

use std::fs;

use tempfile::TempDir;

use crate::{
    common::client::Client,
    run::{Running, run},
};

/// The ticket of a like, and the path of its events with another transaction in it.
async fn ticket(client: &Client) -> String {
    let article = client.article("An article").await;
    let liked = client.like(article, 7).await;
    let id = liked.body["transaction_id"].as_str().unwrap();
    let path = format!("/v1/transactions/{id}");
    let shown = client.get(&path).send().await;
    shown.body["events"].as_str().unwrap().to_owned()
}

/// Neither process has the other's transaction, so a ticket that is good leads to 404.
#[tokio::test(flavor = "multi_thread")]
async fn r17_processes_with_one_key_file_take_each_others_tickets() {
    let folder = TempDir::new().expect("a folder");
    let key = folder.path().join("key");
    fs::write(&key, "Zm9yIGEgdGVzdCBvbmx5LCBhbmQgbm90IHNlY3JldA==\n").unwrap();
    let key = key.to_str().unwrap();
    let serve = |data: &str, more: &[&str]| {
        let data = folder.path().join(data);
        let data = data.to_str().unwrap();
        let always = ["serve", "--listen", "127.0.0.1:0", "--data", data];
        Running::start(folder.path(), &[&always, more].concat())
    };
    let first = serve("a", &["--ticket-key-file", key]);
    let same = serve("b", &["--ticket-key-file", key]);
    let other = serve("c", &[]);
    let events = ticket(&Client::new(first.address())).await;
    let answer = Client::new(same.address()).get(&events).send().await;
    assert_eq!(answer.status, 404, "{answer:?}");
    let answer = Client::new(other.address()).get(&events).send().await;
    assert_eq!(answer.status, 403, "{answer:?}");
}

#[test]
fn r17_a_key_file_that_is_missing_or_short_is_a_clear_message() {
    let folder = TempDir::new().expect("a folder");
    let short = folder.path().join("short");
    fs::write(&short, "  too short for a key           \n\n").unwrap();
    let missing = folder.path().join("missing");
    for (file, why) in [(&short, "at least 32"), (&missing, "No such file")] {
        let file = file.to_str().unwrap();
        let ended = run(&[
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--ticket-key-file",
            file,
        ]);
        assert_eq!(ended.code, Some(2), "{}", ended.errors);
        let message = format!("--ticket-key-file {file}: ");
        assert!(
            ended.errors.contains(&message) && ended.errors.contains(why),
            "{}",
            ended.errors
        );
    }
}
