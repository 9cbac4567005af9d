//! R21: idempotency keys. The same request under a key joins or replays; another request under it is refused.

use futures::future::join_all;
use http::Method;
use serde_json::json;

use crate::{
    common::{Databases, client::Reply, on_both_engines},
    server::{TestServer, assert_problem},
};

on_both_engines! {
    r21_a_key_replays_the_same_reply
    r21_a_key_replays_a_failure
    r21_a_key_replays_a_request_without_a_saga
    r21_another_request_under_a_key_is_422
    r21_concurrent_requests_under_one_key_share_one_saga_and_one_reply
    r21_two_users_may_use_the_same_key
    r21_an_article_is_created_once_per_key
    r21_a_key_is_remembered_after_a_restart
}

/// Sends one request of a user under a key.
async fn send(server: &TestServer, method: Method, path: &str, (user, key): (i64, &str)) -> Reply {
    let request = server.client.request(method, path);
    request.user(user).key(key).send().await
}

fn like_path(article: i64) -> String {
    format!("/articles/{article}/like")
}

fn membership_path(article: i64) -> String {
    format!("/v1/articles/{article}/likes/me")
}

#[track_caller]
fn assert_same(first: &Reply, again: &Reply) {
    assert_eq!((first.status, &first.text), (again.status, &again.text));
}

/// The reply is compared as text, because a client may store it. It must not change when the like is removed later.
async fn r21_a_key_replays_the_same_reply(databases: &Databases) {
    let server = TestServer::start(databases).await;
    let article = server.client.article("An article").await;
    let post = async || send(&server, Method::POST, &like_path(article), (7, "like")).await;
    let unlike = async || {
        send(
            &server,
            Method::DELETE,
            &membership_path(article),
            (7, "unlike"),
        )
        .await
    };
    let liked = post().await;
    assert_eq!(liked.status, 200, "{liked:?}");
    server.client.like(article, 8).await;
    assert_same(&liked, &post().await);
    let unliked = unlike().await;
    assert_eq!(
        (unliked.status.as_u16(), &unliked.body["current_likes"]),
        (200, &json!(1)),
        "{unliked:?}"
    );
    // The like is removed, but its reply is replayed.
    assert_same(&liked, &post().await);
    assert_same(&unliked, &unlike().await);
    assert_problem(
        &server.client.membership(article, 7).await,
        404,
        "not-liked",
    );
    let put = async || send(&server, Method::PUT, &membership_path(article), (7, "put")).await;
    let first = put().await;
    assert_eq!(
        (first.status.as_u16(), &first.body["liked"]),
        (200, &json!(true)),
        "{first:?}"
    );
    assert_same(&first, &put().await);
    assert_eq!(server.client.likes(article).await, 2);
}

/// The reason of the failure is gone, and the reply stays. A new attempt needs a new key.
async fn r21_a_key_replays_a_failure(databases: &Databases) {
    let server = TestServer::start(databases).await;
    let article = server.client.article("An article").await;
    server.client.put("/v1/users/7/block").send().await;
    let post = async || send(&server, Method::POST, &like_path(article), (7, "k")).await;
    let failed = post().await;
    assert_problem(&failed, 500, "saga-failed");
    server.client.delete("/v1/users/7/block").send().await;
    assert_same(&failed, &post().await);
    assert_eq!(server.client.likes(article).await, 0);
}

/// Nothing had to be done, so there is no saga to remember the reply. The log stores the finding instead.
async fn r21_a_key_replays_a_request_without_a_saga(databases: &Databases) {
    let server = TestServer::start(databases).await;
    let article = server.client.article("An article").await;
    server.client.like(article, 7).await;
    let post = async || send(&server, Method::POST, &like_path(article), (7, "post")).await;
    let put = async || send(&server, Method::PUT, &membership_path(article), (7, "put")).await;
    let missing = async || send(&server, Method::POST, &like_path(999), (7, "missing")).await;
    let first = [post().await, put().await, missing().await];
    assert_problem(&first[0], 409, "already-liked");
    assert_eq!(first[1].status, 200, "{first:?}");
    assert_problem(&first[2], 404, "article-not-found");
    server.client.unlike(article, 7).await;
    let again = [post().await, put().await, missing().await];
    for (first, again) in first.iter().zip(&again) {
        assert_same(first, again);
    }
    assert_eq!(server.client.likes(article).await, 0);
}

/// A client with a bug in its keys must notice it. Replaying the first reply would hide that the second request was
/// never done.
async fn r21_another_request_under_a_key_is_422(databases: &Databases) {
    let server = TestServer::start(databases).await;
    let (one, other) = (
        server.client.article("One").await,
        server.client.article("Other").await,
    );
    let like = |article: i64| {
        server
            .client
            .post(&format!("/articles/{article}/like"))
            .user(7)
            .key("k")
            .send()
    };
    assert_eq!(like(one).await.status, 200);
    let reused = [
        like(other).await,
        server
            .client
            .delete(&format!("/v1/articles/{one}/likes/me"))
            .user(7)
            .key("k")
            .send()
            .await,
    ];
    for reply in reused {
        assert_problem(&reply, 422, "invalid-request");
        assert_eq!(
            reply.body["errors"][0]["name"], "Idempotency-Key",
            "{reply:?}"
        );
    }
    assert_eq!(
        (
            server.client.likes(one).await,
            server.client.likes(other).await
        ),
        (1, 0)
    );
}

/// The first request has not ended when the others arrive, so they must join it and cannot read a stored reply.
async fn r21_concurrent_requests_under_one_key_share_one_saga_and_one_reply(databases: &Databases) {
    let server = TestServer::start(databases).await;
    let article = server.client.article("An article").await;
    let post = async || send(&server, Method::POST, &like_path(article), (7, "k")).await;
    let replies = join_all((0..20).map(|_| post())).await;
    assert_eq!(replies[0].status, 200, "{replies:?}");
    for reply in &replies {
        assert_same(&replies[0], reply);
    }
    assert_eq!(server.client.likes(article).await, 1);
    server.wait_for_transactions("?status=pending", 0).await;
    assert_eq!(server.transactions("").await.len(), 1);
}

/// Clients choose keys, and some count from 1.
async fn r21_two_users_may_use_the_same_key(databases: &Databases) {
    let server = TestServer::start(databases).await;
    let article = server.client.article("An article").await;
    for user in [7, 8] {
        let reply = server
            .client
            .post(&format!("/articles/{article}/like"))
            .user(user)
            .key("k")
            .send()
            .await;
        assert_eq!(reply.status, 200, "{reply:?}");
    }
    assert_eq!(server.client.likes(article).await, 2);
}

/// Creation is no saga. Its keys are in the article service's own database.
async fn r21_an_article_is_created_once_per_key(databases: &Databases) {
    let server = TestServer::start(databases).await;
    let create = |title: &str| {
        server
            .client
            .post("/v1/articles")
            .json(&json!({ "title": title }))
            .key("k")
            .send()
    };
    let replies = join_all((0..10).map(|_| create("One"))).await;
    assert_eq!(replies[0].status, 201, "{replies:?}");
    for reply in &replies {
        assert_same(&replies[0], reply);
    }
    let id = replies[0].body["id"].as_i64().unwrap();
    server.client.like(id, 7).await;
    assert_same(&replies[0], &create("One").await);
    assert_problem(&create("Two").await, 422, "invalid-request");
}

/// A client retries above all when the service has just gone away.
async fn r21_a_key_is_remembered_after_a_restart(databases: &Databases) {
    let server = TestServer::start(databases).await;
    let article = server.client.article("An article").await;
    let path = format!("/articles/{article}/like");
    let first = server.client.post(&path).user(7).key("k").send().await;
    drop(server);
    let server = TestServer::start(databases).await;
    let again = server.client.post(&path).user(7).key("k").send().await;
    assert_same(&first, &again);
    assert_eq!(server.client.likes(article).await, 1);
}
