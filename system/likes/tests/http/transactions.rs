//! R13: the transaction log.

use serde_json::{Value, json};

use crate::{
    common::{Databases, on_both_engines},
    server::{TestServer, assert_problem},
};

on_both_engines! {
    r13_a_done_transaction_lists_its_steps
    r13_a_failed_transaction_lists_its_compensation
    r13_transactions_are_listed_by_status_page_by_page
    r13_an_unknown_transaction_is_404
}

/// The transaction with this id, as a client sees it.
async fn shown(server: &TestServer, id: &str) -> Value {
    let path = format!("/v1/transactions/{id}");
    let shown = server.client.get(&path).send().await;
    assert_eq!(shown.status, 200, "{shown:?}");
    shown.body
}

fn ids_of(transactions: &[Value]) -> Vec<String> {
    let id = |one: &Value| one["id"].as_str().unwrap().to_owned();
    transactions.iter().map(id).collect()
}

/// The service, type, status and attempts of each entry.
fn entries(transaction: &Value) -> Vec<(&str, &str, &str, u64)> {
    let steps = transaction["steps"].as_array().unwrap().iter();
    steps
        .map(|step| {
            (
                step["service_name"].as_str().unwrap(),
                step["action_type"].as_str().unwrap(),
                step["status"].as_str().unwrap(),
                step["attempts"].as_u64().unwrap(),
            )
        })
        .collect()
}

async fn r13_a_done_transaction_lists_its_steps(databases: &Databases) {
    let server = TestServer::start(databases).await;
    let article = server.client.article("An article").await;
    let liked = server.client.like(article, 7).await;
    let id = liked.body["transaction_id"].as_str().unwrap();
    // As soon as the client has its reply, and again after the end is logged.
    for _ in 0..2 {
        let shown = shown(&server, id).await;
        assert_eq!(
            (&shown["id"], &shown["kind"], &shown["status"]),
            (&json!(id), &json!("like"), &json!("done"))
        );
        assert_eq!(
            entries(&shown),
            [("article", "main", "done", 1), ("user", "main", "done", 1)]
        );
        for step in shown["steps"].as_array().unwrap() {
            assert_eq!(step["transaction_id"], id);
            assert!(
                step["created_at"].as_str().unwrap().ends_with('Z'),
                "{step}"
            );
        }
        server.wait_for_transactions("?status=done", 1).await;
    }
    let unliked = server.client.unlike(article, 7).await;
    let id = unliked.body["transaction_id"].as_str().unwrap();
    assert_eq!(
        entries(&shown(&server, id).await),
        [("user", "main", "done", 1), ("article", "main", "done", 1)]
    );
}

/// The step that was refused has no compensation, because it had no effect.
async fn r13_a_failed_transaction_lists_its_compensation(databases: &Databases) {
    let server = TestServer::start(databases).await;
    let article = server.client.article("An article").await;
    server.client.put("/v1/users/7/block").send().await;
    let failed = server.client.like(article, 7).await;
    let id = failed.body["transaction_id"].as_str().unwrap();
    for _ in 0..2 {
        let shown = shown(&server, id).await;
        assert_eq!(shown["status"], "failed", "{shown}");
        let expected = [
            ("article", "main", "done", 1),
            ("article", "compensation", "done", 1),
            ("user", "main", "failed", 1),
        ];
        assert_eq!(entries(&shown), expected);
        assert_eq!(
            shown["outcome"],
            json!({ "end": "refused", "step": 1, "code": "user_blocked" })
        );
        server.wait_for_transactions("?status=failed", 1).await;
    }
}

/// Each saga is in exactly one list, so that the lists add up.
async fn r13_transactions_are_listed_by_status_page_by_page(databases: &Databases) {
    let server = TestServer::start(databases).await;
    let article = server.client.article("An article").await;
    let mut ids = Vec::new();
    for user in 1..=5 {
        if user == 3 {
            server.client.put("/v1/users/3/block").send().await;
        }
        let reply = server.client.like(article, user).await;
        ids.push(reply.body["transaction_id"].as_str().unwrap().to_owned());
    }
    server.wait_for_transactions("?status=pending", 0).await;
    let failed = ids[2].clone();
    // Listed by identity, which is by age to the millisecond.
    ids.sort();
    assert_eq!(ids_of(&server.transactions("").await), ids);
    assert_eq!(
        ids_of(&server.transactions("?status=failed").await),
        std::slice::from_ref(&failed)
    );
    let mut seen = Vec::new();
    let mut path = "/v1/transactions?status=done&limit=2".to_owned();
    loop {
        let page = server.client.get(&path).send().await;
        assert_eq!(page.status, 200, "{page:?}");
        seen.extend(ids_of(page.body["items"].as_array().unwrap()));
        match page.body["next"].as_str() {
            Some(next) => path = format!("/v1/transactions?status=done&limit=2&after={next}"),
            None => break,
        }
        assert!(seen.len() < 10, "the pages never end");
    }
    ids.retain(|id| *id != failed);
    assert_eq!(seen, ids);
}

async fn r13_an_unknown_transaction_is_404(databases: &Databases) {
    let server = TestServer::start(databases).await;
    let path = "/v1/transactions/01890000-0000-7000-8000-000000000000";
    assert_problem(
        &server.client.get(path).send().await,
        404,
        "transaction-not-found",
    );
}
