//! R13: a reader that follows the transaction log while it grows.

use std::{collections::BTreeSet, time::Duration};

use serde_json::Value;

use crate::{
    common::{Databases, on_both_engines},
    server::{TestServer, assert_problem},
};

on_both_engines! {
    r13_a_reader_that_follows_the_ends_misses_none_under_load
    r13_a_wrong_order_or_cursor_is_refused
}

const CLIENTS: i64 = 8;
const LIKES_EACH: i64 = 25;

/// The number of pages that the reader reads at most, and the pause after an empty one.
const PAGES_MAX: u32 = 3_000;
const PAUSE: Duration = Duration::from_millis(10);

/// Reads ended transactions until it has seen this many. Returns their ids in order.
async fn follow(server: &TestServer, count: usize) -> Vec<String> {
    let mut seen = Vec::new();
    let mut path = "/v1/transactions?order=end&limit=7".to_owned();
    for _ in 0..PAGES_MAX {
        let page = server.client.get(&path).send().await;
        assert_eq!(page.status, 200, "{page:?}");
        let items = page.body["items"].as_array().unwrap();
        assert!(
            items.iter().all(|item| item["status"] != "pending"),
            "{page:?}"
        );
        seen.extend(items.iter().map(id));
        if seen.len() >= count {
            return seen;
        }
        // The cursor is there on the last page, too, so that the reader can go on from it.
        if let Some(next) = page.body["next"].as_str() {
            path = format!("/v1/transactions?order=end&limit=7&after={next}");
        }
        if items.is_empty() {
            tokio::time::sleep(PAUSE).await;
        }
    }
    panic!("the reader saw {} of {count}", seen.len());
}

fn id(item: &Value) -> String {
    item["id"].as_str().expect("an id").to_owned()
}

async fn r13_a_reader_that_follows_the_ends_misses_none_under_load(databases: &Databases) {
    let server = TestServer::start(databases).await;
    let article = server.client.article("An article").await;
    // Some sagas are compensated, so they take longer than those that start after them.
    for user in (1..=CLIENTS * LIKES_EACH).step_by(5) {
        let path = format!("/v1/users/{user}/block");
        assert_eq!(server.client.put(&path).send().await.status, 204);
    }
    let like = |client: i64| {
        let server = &server;
        async move {
            for number in 1..=LIKES_EACH {
                let user = client * LIKES_EACH + number;
                let reply = server.client.like(article, user).await;
                let blocked = (user - 1) % 5 == 0;
                assert_eq!(reply.status, if blocked { 500 } else { 200 }, "{reply:?}");
            }
        }
    };
    let count = usize::try_from(CLIENTS * LIKES_EACH).unwrap();
    let clients = futures::future::join_all((0..CLIENTS).map(like));
    let (seen, _) = futures::join!(follow(&server, count), clients);

    let all = server.transactions("?limit=500").await;
    let all: BTreeSet<String> = all.iter().map(id).collect();
    assert_eq!(all.len(), count);
    assert_eq!(seen.len(), count, "none twice");
    assert_eq!(seen.into_iter().collect::<BTreeSet<_>>(), all);
}

async fn r13_a_wrong_order_or_cursor_is_refused(databases: &Databases) {
    let server = TestServer::start(databases).await;
    for query in [
        "order=start",
        "order=end&status=done",
        "order=end&after=7",
        "order=end&after=01890000-0000-7000-8000-000000000000",
        "order=end&order=end",
    ] {
        let path = format!("/v1/transactions?{query}");
        let refused = server.client.get(&path).send().await;
        assert_problem(&refused, 422, "invalid-request");
    }
}
