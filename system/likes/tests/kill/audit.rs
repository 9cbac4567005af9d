//! The final audit through the public interface: records, counts and sagas match the acknowledged requests.
//!
//! It knows nothing of the processes that were killed. Whatever happened to them, what was acknowledged must be
//! stored, exactly once, and nothing else.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use serde_json::Value;

use crate::{
    clients::{LIKES, Workload},
    common::client::Client,
};

/// The number of polls for the end of all sagas, 50 ms apart.
const POLLS_MAX: u32 = 1_200;

/// The client for each part of the interface.
pub struct Services<'c> {
    pub articles: &'c Client,
    pub users: &'c Client,
    pub likes: &'c Client,
}

/// Compares what is stored with what was acknowledged to the clients.
pub async fn audit(services: &Services<'_>, workload: &Workload) {
    let acknowledged = workload.acknowledged();
    assert_eq!(acknowledged.len(), LIKES);
    wait_until_none_is_pending(services.likes).await;

    let users: BTreeSet<i64> = acknowledged.iter().map(|like| like.user).collect();
    let mut records: BTreeMap<(i64, i64), Value> = BTreeMap::new();
    for user in users {
        for record in all(services.users, &format!("/v1/users/{user}/likes?")).await {
            let article = record["article_id"].as_i64().expect("an article");
            records.insert((user, article), record["id"].clone());
        }
    }
    let expected: BTreeMap<(i64, i64), Value> = acknowledged
        .iter()
        .filter(|like| !like.unliked)
        .map(|like| ((like.user, like.article), like.record.clone()))
        .collect();
    assert_eq!(records, expected, "the records are the acknowledged ones");

    for (article, count) in workload.counts() {
        let records = records.keys().filter(|pair| pair.1 == article).count();
        let likes = services.articles.likes(article).await;
        assert_eq!(
            (likes, records),
            (count, usize::try_from(count).unwrap()),
            "article {article}"
        );
    }
    audit_transactions(services.likes, workload).await;
}

/// Each acknowledged request has exactly one done saga, and there is no other.
///
/// A saga that nobody was told of would be as wrong as one that is missing.
async fn audit_transactions(client: &Client, workload: &Workload) {
    let ids = |items: Vec<Value>| -> BTreeSet<String> {
        items.iter().map(|item| item["id"].to_string()).collect()
    };
    let acknowledged: BTreeSet<String> = workload
        .acknowledged()
        .iter()
        .flat_map(|like| like.transactions.iter().map(ToString::to_string))
        .collect();
    let done = ids(all(client, "/v1/transactions?status=done&").await);
    assert_eq!(done, acknowledged, "one done saga per request");
    let failed = all(client, "/v1/transactions?status=failed&").await;
    assert_eq!(failed.len(), workload.failures(), "{failed:#?}");
}

async fn wait_until_none_is_pending(client: &Client) {
    let mut pending = Vec::new();
    for _ in 0..POLLS_MAX {
        pending = all(client, "/v1/transactions?status=pending&").await;
        if pending.is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{} sagas stay open: {pending:#?}", pending.len());
}

/// Reads all pages of a list.
async fn all(client: &Client, path: &str) -> Vec<Value> {
    let mut items = Vec::new();
    let mut after = String::new();
    loop {
        let page = client.get(&format!("{path}limit=500{after}")).send().await;
        assert_eq!(page.status, 200, "{page:?}");
        items.extend(page.body["items"].as_array().expect("a list").clone());
        match page.body["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => return items,
        }
    }
}
