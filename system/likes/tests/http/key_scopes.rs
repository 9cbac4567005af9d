//! R21: what a key stands for. Keys are scoped by user, and every operation under a key is another request: a `POST` is not
//! a `PUT`, and a block is not an unblock.

use futures::FutureExt;
use http::Method;
use likewise::article::ARTICLE_SCHEMA;
use likewise_saga::{
    log::SAGA_LOG_SCHEMA,
    protocol::Document,
    store::{Schema, Sql},
};
use serde_json::json;

use crate::{
    common::{Databases, client::Reply, on_both_engines},
    server::{TestServer, assert_problem},
};

on_both_engines! {
    r21_a_late_repeat_of_a_block_does_not_block_again
    r21_a_late_repeat_of_an_unblock_does_not_unblock_again
    r21_a_block_and_an_unblock_under_one_key_are_422
    r21_two_users_may_be_blocked_under_one_key
    r21_concurrent_blocks_under_one_key_are_one_block
    r21_a_post_and_a_put_under_one_key_are_422
    r21_every_caller_may_create_an_article_under_the_same_key
    r21_an_article_of_an_invalid_caller_is_422
    r21_the_key_of_a_like_of_an_earlier_version_is_valid
    r21_the_key_of_an_article_of_an_earlier_version_is_valid
}

/// Blocks or unblocks a user under a key.
async fn set_block(server: &TestServer, method: Method, user: i64, key: &str) -> Reply {
    let path = format!("/v1/users/{user}/block");
    let request = server.client.request(method, &path);
    request.key(key).send().await
}

/// Whether the user's likes are refused. Removes the like that it makes.
async fn is_blocked(server: &TestServer, article: i64, user: i64) -> bool {
    let liked = server.client.like(article, user).await;
    if liked.status == 200 {
        server.client.unlike(article, user).await;
        return false;
    }
    assert_problem(&liked, 500, "saga-failed");
    true
}

#[track_caller]
fn assert_key_reused(reply: &Reply) {
    assert_problem(reply, 422, "invalid-request");
    assert_eq!(
        reply.body["errors"][0]["name"], "Idempotency-Key",
        "{reply:?}"
    );
}

async fn r21_a_late_repeat_of_a_block_does_not_block_again(databases: &Databases) {
    let server = TestServer::start(databases).await;
    let article = server.client.article("An article").await;
    let first = set_block(&server, Method::PUT, 7, "k").await;
    assert_eq!(first.status, 204, "{first:?}");
    assert!(is_blocked(&server, article, 7).await);
    server.client.delete("/v1/users/7/block").send().await;
    let late = set_block(&server, Method::PUT, 7, "k").await;
    assert_eq!((late.status, &late.text), (first.status, &first.text));
    assert!(!is_blocked(&server, article, 7).await, "blocked again");
    // Without a key, or under another one, it is a new request.
    set_block(&server, Method::PUT, 7, "another").await;
    assert!(is_blocked(&server, article, 7).await);
}

async fn r21_a_late_repeat_of_an_unblock_does_not_unblock_again(databases: &Databases) {
    let server = TestServer::start(databases).await;
    let article = server.client.article("An article").await;
    server.client.put("/v1/users/7/block").send().await;
    let first = set_block(&server, Method::DELETE, 7, "k").await;
    assert_eq!(first.status, 204, "{first:?}");
    assert!(!is_blocked(&server, article, 7).await);
    server.client.put("/v1/users/7/block").send().await;
    drop(server);
    let server = TestServer::start(databases).await;
    let late = set_block(&server, Method::DELETE, 7, "k").await;
    assert_eq!((late.status, &late.text), (first.status, &first.text));
    assert!(is_blocked(&server, article, 7).await, "unblocked again");
}

async fn r21_a_block_and_an_unblock_under_one_key_are_422(databases: &Databases) {
    let server = TestServer::start(databases).await;
    let article = server.client.article("An article").await;
    set_block(&server, Method::PUT, 7, "k").await;
    assert_key_reused(&set_block(&server, Method::DELETE, 7, "k").await);
    assert!(is_blocked(&server, article, 7).await, "nothing was done");
}

async fn r21_two_users_may_be_blocked_under_one_key(databases: &Databases) {
    let server = TestServer::start(databases).await;
    let article = server.client.article("An article").await;
    for user in [7, 8] {
        let blocked = set_block(&server, Method::PUT, user, "k").await;
        assert_eq!(blocked.status, 204, "{blocked:?}");
        assert!(is_blocked(&server, article, user).await);
    }
}

async fn r21_concurrent_blocks_under_one_key_are_one_block(databases: &Databases) {
    let server = TestServer::start(databases).await;
    let block = || set_block(&server, Method::PUT, 7, "k");
    for reply in futures::future::join_all((0..20).map(|_| block())).await {
        assert_eq!(reply.status, 204, "{reply:?}");
    }
}

async fn r21_a_post_and_a_put_under_one_key_are_422(databases: &Databases) {
    let server = TestServer::start(databases).await;
    let article = server.client.article("An article").await;
    let post = (Method::POST, format!("/articles/{article}/like"));
    let put = (Method::PUT, format!("/v1/articles/{article}/likes/me"));
    let send = async |(method, path): &(Method, String), user| {
        let request = server.client.request(method.clone(), path);
        request.user(user).key("k").send().await
    };
    for (user, first, second) in [(7, &post, &put), (8, &put, &post)] {
        let liked = send(first, user).await;
        assert_eq!(liked.status, 200, "{liked:?}");
        assert_key_reused(&send(second, user).await);
        let again = send(first, user).await;
        assert_eq!((again.status, &again.text), (liked.status, &liked.text));
    }
    assert_eq!(server.client.likes(article).await, 2);
}

/// Creates an article under the key `k`. Without a user, the caller is anonymous.
async fn create(server: &TestServer, user: Option<i64>, title: &str) -> Reply {
    let request = server.client.post("/v1/articles");
    let request = request.json(&json!({ "title": title })).key("k");
    match user {
        Some(user) => request.user(user).send().await,
        None => request.send().await,
    }
}

async fn r21_every_caller_may_create_an_article_under_the_same_key(databases: &Databases) {
    let server = TestServer::start(databases).await;
    let callers = [(None, "One"), (Some(7), "One"), (Some(8), "Another")];
    for (id, (user, title)) in (1..).zip(callers) {
        let created = create(&server, user, title).await;
        assert_eq!(
            (created.status.as_u16(), &created.body["id"]),
            (201, &json!(id))
        );
        let again = create(&server, user, title).await;
        assert_eq!((again.status, &again.text), (created.status, &created.text));
        assert_key_reused(&create(&server, user, "Third").await);
    }
}

async fn r21_an_article_of_an_invalid_caller_is_422(databases: &Databases) {
    let server = TestServer::start(databases).await;
    for wrong in [0, -1] {
        let refused = create(&server, Some(wrong), "One").await;
        assert_problem(&refused, 422, "invalid-request");
        assert_eq!(refused.body["errors"][0]["name"], "X-User-ID");
    }
    assert_eq!(server.client.article("The first").await, 1);
}

/// Runs one statement on a service's database, which no server has open.
async fn run(databases: &Databases, schema: Schema, statement: String) {
    let statement: &'static str = Box::leak(statement.into_boxed_str());
    let sql: &'static Sql = Box::leak(Box::new(Sql {
        name: "test",
        sqlite: statement,
        postgres: statement,
    }));
    let database = databases.open(schema).await;
    let write = database.write("test", move |tx| {
        async move { tx.execute(sql, []).await }.boxed()
    });
    assert_eq!(write.await.expect("the statement runs"), 1, "{statement}");
}

/// Earlier versions stored a hash of the action, the user and the article, which is the same for a `POST` and a `PUT`.
async fn r21_the_key_of_a_like_of_an_earlier_version_is_valid(databases: &Databases) {
    let server = TestServer::start(databases).await;
    let article = server.client.article("An article").await;
    let post = format!("/articles/{article}/like");
    let me = format!("/v1/articles/{article}/likes/me");
    let send = async |server: &TestServer, method, path: &str, key| {
        let request = server.client.request(method, path);
        request.user(7).key(key).send().await
    };
    let liked = send(&server, Method::POST, &post, "like").await;
    let unliked = send(&server, Method::DELETE, &me, "unlike").await;
    server.wait_for_transactions("?status=pending", 0).await;
    drop(server);
    for (key, action) in [("like", "like"), ("unlike", "unlike")] {
        let stored = json!({ "wish": action, "user": 7, "article": article });
        let fingerprint = Document::from(stored).fingerprint();
        let update =
            format!("UPDATE sagas SET fingerprint = {fingerprint} WHERE request_key = '7:{key}'");
        run(databases, SAGA_LOG_SCHEMA, update).await;
    }
    let server = TestServer::start(databases).await;
    let again = send(&server, Method::POST, &post, "like").await;
    assert_eq!((again.status, &again.text), (liked.status, &liked.text));
    // The stored request may have been this one.
    let put = send(&server, Method::PUT, &me, "like").await;
    assert_eq!(
        (put.status.as_u16(), &put.body["liked"]),
        (200, &json!(true))
    );
    assert_key_reused(&send(&server, Method::DELETE, &me, "like").await);
    let again = send(&server, Method::DELETE, &me, "unlike").await;
    assert_eq!((again.status, &again.text), (unliked.status, &unliked.text));
    assert_key_reused(&send(&server, Method::POST, &post, "unlike").await);
    assert_eq!(server.client.likes(article).await, 0);
}

/// Earlier versions stored the key as it was sent, without its sender, and a hash of the title.
async fn r21_the_key_of_an_article_of_an_earlier_version_is_valid(databases: &Databases) {
    let server = TestServer::start(databases).await;
    let created = create(&server, None, "One").await;
    drop(server);
    let fingerprint = Document::from(json!({ "title": "One" })).fingerprint();
    let update =
        format!("UPDATE article_requests SET request_key = 'k', fingerprint = {fingerprint}");
    run(databases, ARTICLE_SCHEMA, update).await;
    let server = TestServer::start(databases).await;
    for user in [None, Some(7)] {
        let again = create(&server, user, "One").await;
        assert_eq!((again.status, &again.text), (created.status, &created.text));
        assert_key_reused(&create(&server, user, "Another").await);
    }
}
