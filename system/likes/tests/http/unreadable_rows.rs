//! Rows of the saga log that cannot be read: somebody changed them by hand, or a disk damaged them.

use std::{sync::atomic::Ordering, time::Duration};

use futures::FutureExt;
use likewise::{service::Parts, user::UserEffect};
use likewise_saga::{
    log::SAGA_LOG_SCHEMA,
    store::{Database, Sql},
};
use serde_json::{Value, json};

use crate::{
    common::{Databases, on_both_engines},
    fault_injection::SwitchableEffect,
    server::{TestServer, assert_pending, assert_problem},
};

on_both_engines! {
    r04_an_unreadable_row_is_parked_and_every_other_saga_is_recovered
    r13_an_ended_transaction_whose_row_is_torn_is_listed_as_unreadable
    r21_a_key_whose_row_is_torn_fails_alone
}

/// What can be torn: the column, what is written into it, and what the reason then names.
const TORN: [(&str, &str, &str); 5] = [
    ("args", "{\"id\":", "args"),
    ("args", "{}", "kind"),
    ("steps", "[{\"state\"", "steps"),
    ("steps", "[]", "steps"),
    ("outcome", "", "outcome"),
];

/// Leaves this many likes of users 1, 2, … that are counted but have no record yet. User *n* has the key `kn`.
async fn interrupt(databases: &Databases, users: i64) -> i64 {
    let user = SwitchableEffect::over(UserEffect);
    user.actions_on.store(false, Ordering::SeqCst);
    let parts = Parts {
        user,
        ..Parts::default()
    };
    let server = TestServer::start_with(databases, parts, |config| {
        config.coordinator.answer_timeout = Duration::from_millis(300);
        config.coordinator.saga_deadline = Duration::from_secs(3_600);
    })
    .await;
    let article = server.client.article("An article").await;
    let path = format!("/articles/{article}/like");
    let like = |user: i64| {
        let key = format!("k{user}");
        let request = server.client.post(&path).user(user);
        async move { request.key(&key).send().await }
    };
    for reply in futures::future::join_all((1..=users).map(like)).await {
        assert_pending(&reply);
    }
    let counted = |shown: &Value| shown["likes"] == users;
    let path = format!("/v1/articles/{article}");
    server.wait_until(&path, counted).await;
    article
}

/// Runs a statement on the saga log, by hand.
async fn by_hand(database: &Database, text: String) {
    let text: &'static str = text.leak();
    let sql: &'static Sql = Box::leak(Box::new(Sql {
        name: "by_hand",
        sqlite: text,
        postgres: text,
    }));
    let changed = database
        .write("by-hand", move |tx| {
            async move { tx.execute(sql, []).await }.boxed()
        })
        .await;
    assert_eq!(changed.expect("the statement runs"), 1, "{text}");
}

/// Whether a saga has no change in the log.
async fn is_running(log: &Database, condition: &str) -> bool {
    let text = format!("SELECT id FROM saga_states WHERE status = 0 AND {condition}");
    let text: &'static str = text.leak();
    let sql: &'static Sql = Box::leak(Box::new(Sql {
        name: "is_running",
        sqlite: text,
        postgres: text,
    }));
    let rows = log.query("is-running", sql, []).await;
    !rows.expect("the statement runs").is_empty()
}

async fn tear(databases: &Databases, user: i64, column: &str, text: &str) {
    let log = databases.open(SAGA_LOG_SCHEMA).await;
    let key = format!("request_key = '{user}:k{user}'");
    let id = format!("(SELECT id FROM sagas WHERE {key})");
    let statement = match column {
        "args" => format!("UPDATE sagas SET args = '{text}' WHERE {key}"),
        // Steps are used only after the decision to compensate, so the row with none of them is in that state.
        "steps" | "outcome" if is_running(&log, &key).await => format!(
            "INSERT INTO saga_changes (saga, epoch, position, changed_at, shard, from_status, to_status, parked, {column})
             VALUES ({id}, 1, 0, 0, 0, 0, 2, 0, '{text}')"
        ),
        _ => format!("UPDATE saga_changes SET {column} = '{text}' WHERE saga = {id}"),
    };
    by_hand(&log, statement).await;
}

async fn r04_an_unreadable_row_is_parked_and_every_other_saga_is_recovered(databases: &Databases) {
    const HEALTHY: i64 = 3;
    let torn = i64::try_from(TORN.len()).unwrap();
    let article = interrupt(databases, torn + HEALTHY).await;
    for (user, (column, text, _)) in (1..).zip(TORN) {
        tear(databases, user, column, text).await;
    }
    let server = TestServer::start(databases).await;
    let ready = |shown: &Value| shown["status"] == "ready";
    server.wait_until("/readyz", ready).await;
    server
        .wait_for_transactions("?status=done", usize::try_from(HEALTHY).unwrap())
        .await;
    let liked = server.client.like(article, 99).await;
    assert_eq!(liked.status, 200, "{liked:?}");

    for item in server
        .wait_for_transactions("?status=pending", TORN.len())
        .await
    {
        let path = format!("/v1/transactions/{}", item["id"].as_str().unwrap());
        server
            .wait_until(&path, |shown| shown["parked"] == true)
            .await;
        let shown = server.client.get(&path).send().await;
        assert_eq!(shown.status, 200, "{shown:?}");
        assert_eq!(
            (
                &shown.body["unreadable"],
                &shown.body["status"],
                &shown.body["kind"]
            ),
            (&json!(true), &json!("pending"), &json!("like"))
        );
    }
    let reasons: Vec<String> = server
        .transactions("")
        .await
        .iter()
        .filter(|item| item["unreadable"] == true)
        .map(|item| item["reason"].as_str().unwrap().to_owned())
        .collect();
    for (_, text, named) in TORN {
        assert!(
            reasons.iter().any(|reason| reason.contains(named)),
            "{text}: {reasons:?}"
        );
    }
    // Whether there is a like to take back is not known before its saga ends. So nobody is told that there is nothing to do.
    for user in (1..).zip(TORN).map(|(user, _)| user) {
        let path = format!("/v1/articles/{article}/likes/me");
        let unlike = || server.client.delete(&path).user(user);
        assert_problem(&unlike().send().await, 409, "in-progress");
        assert_problem(&unlike().key("later").send().await, 409, "in-progress");
    }
    let nothing_to_do = server.client.unlike(article, 98).await;
    assert_eq!(nothing_to_do.status, 200, "{nothing_to_do:?}");
}

async fn r13_an_ended_transaction_whose_row_is_torn_is_listed_as_unreadable(databases: &Databases) {
    let server = TestServer::start(databases).await;
    let article = server.client.article("An article").await;
    for user in 1..=3 {
        assert_eq!(server.client.like(article, user).await.status, 200);
    }
    let done = server.wait_for_transactions("?status=done", 3).await;
    let id = done[1]["id"].as_str().unwrap();
    let log = databases.open(SAGA_LOG_SCHEMA).await;
    by_hand(
        &log,
        format!("UPDATE saga_changes SET outcome = 'torn' WHERE saga = '{id}'"),
    )
    .await;

    let listed = server.transactions("?status=done").await;
    let ids = |items: &[Value]| {
        items
            .iter()
            .map(|item| item["id"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(&listed), ids(&done));
    assert_eq!(
        (
            &listed[1]["unreadable"],
            &listed[1]["status"],
            &listed[1]["parked"]
        ),
        (&json!(true), &json!("done"), &json!(false))
    );
    assert!(listed[0]["unreadable"].is_null(), "{}", listed[0]);
    // A page that ends with the torn row leads on to the next.
    let page = server.client.get("/v1/transactions?limit=2").send().await;
    assert_eq!(page.body["next"], id, "{page:?}");
    assert_eq!(server.client.like(article, 4).await.status, 200);
}

async fn r21_a_key_whose_row_is_torn_fails_alone(databases: &Databases) {
    let server = TestServer::start(databases).await;
    let article = server.client.article("An article").await;
    let path = format!("/articles/{article}/like");
    let like = |user: i64, key: &'static str| server.client.post(&path).user(user).key(key).send();
    assert_eq!(like(1, "k1").await.status, 200);
    server.wait_for_transactions("?status=done", 1).await;
    tear(databases, 1, "outcome", "torn").await;

    let (torn, whole) = futures::join!(like(1, "k1"), like(2, "k2"));
    assert_eq!(torn.status, 500, "{torn:?}");
    assert_eq!(whole.status, 200, "{whole:?}");
    assert_eq!(server.client.likes(article).await, 2);
}
