//! Likes, as clients see them.

use futures::future::join_all;
use http::Method;
use serde_json::json;
use uuid::Uuid;

use crate::{
    common::{Databases, client::Reply, on_both_engines},
    server::{TestServer, assert_problem},
};

on_both_engines! {
    r01_r02_r05_r06_a_like_counts_and_inserts_the_record
    r05_an_article_starts_without_likes
    r07_if_the_record_is_refused_the_count_is_restored
    r08_a_missing_article_is_404_and_leaves_no_saga
    r09_a_repeated_like_is_409_on_post_and_200_on_put
    r20_a_users_likes_are_listed_page_by_page
    r19_likes_of_many_concurrent_users_are_each_counted
    fifty_concurrent_clicks_like_once
}

async fn r01_r02_r05_r06_a_like_counts_and_inserts_the_record(databases: &Databases) {
    let server = TestServer::start(databases).await;
    let article = server.client.article("An article").await;
    let reply = server.client.like(article, 7).await;
    assert_first_like(&reply, article);
    let record = reply.body["user_record_id"].as_str().unwrap();
    let found = server.client.membership(article, 7).await;
    assert_eq!(found.status, 200, "{found:?}");
    assert_eq!(found.body["id"], record);
    assert_eq!(
        (&found.body["user_id"], &found.body["article_id"]),
        (&json!(7), &json!(article))
    );
    assert!(
        found.body["created_at"].as_str().unwrap().ends_with('Z'),
        "{found:?}"
    );
    assert_eq!(server.client.likes(article).await, 1);
    assert_problem(
        &server.client.membership(article, 8).await,
        404,
        "not-liked",
    );
}

/// The reply has exactly the documented fields, and says that this is the first like.
#[track_caller]
fn assert_first_like(reply: &Reply, article: i64) {
    assert_eq!(reply.status, 200, "{reply:?}");
    let fields: Vec<_> = reply.body.as_object().unwrap().keys().collect();
    assert_eq!(
        fields,
        [
            "article_id",
            "current_likes",
            "transaction_id",
            "user_record_id"
        ]
    );
    assert_eq!(reply.body["article_id"], article);
    assert_eq!(reply.body["current_likes"], 1);
    for id in ["user_record_id", "transaction_id"] {
        let id = reply.body[id].as_str().unwrap();
        assert!(id.parse::<Uuid>().is_ok(), "{id}");
    }
}

async fn r05_an_article_starts_without_likes(databases: &Databases) {
    let server = TestServer::start(databases).await;
    let title = "ü".repeat(255);
    let created = server
        .client
        .post("/v1/articles")
        .json(&json!({ "title": title }))
        .send()
        .await;
    assert_eq!(created.status, 201, "{created:?}");
    assert_eq!(created.body["likes"], 0);
    let id = created.body["id"].as_i64().unwrap();
    let found = server
        .client
        .get(&format!("/v1/articles/{id}"))
        .send()
        .await;
    assert_eq!(found.body, json!({ "id": id, "title": title, "likes": 0 }));
    assert_problem(
        &server.client.get("/v1/articles/999").send().await,
        404,
        "article-not-found",
    );
}

/// The rule of the second service is the one that the coordinator cannot check in advance (ADR 0024).
async fn r07_if_the_record_is_refused_the_count_is_restored(databases: &Databases) {
    let server = TestServer::start(databases).await;
    let article = server.client.article("An article").await;
    server.client.like(article, 1).await;
    let blocked = server.client.put("/v1/users/7/block").send().await;
    assert_eq!(blocked.status, 204, "{blocked:?}");

    let reply = server.client.like(article, 7).await;
    assert_problem(&reply, 500, "saga-failed");
    assert_eq!(reply.body["detail"], "Like record creation failed");
    assert_eq!(server.client.likes(article).await, 1, "compensated");
    assert_problem(
        &server.client.membership(article, 7).await,
        404,
        "not-liked",
    );

    let id = reply.body["transaction_id"].as_str().unwrap();
    let transaction = server
        .client
        .get(&format!("/v1/transactions/{id}"))
        .send()
        .await;
    assert_eq!(transaction.body["status"], "failed", "{transaction:?}");
    assert_eq!(
        server
            .client
            .delete("/v1/users/7/block")
            .send()
            .await
            .status,
        204
    );
    assert_eq!(server.client.like(article, 7).await.status, 200);
}

/// The checks before a saga refuse it, so that a client that guesses ids does not fill the log.
async fn r08_a_missing_article_is_404_and_leaves_no_saga(databases: &Databases) {
    let server = TestServer::start(databases).await;
    for method in [Method::PUT, Method::DELETE] {
        let request = server.client.request(method, "/v1/articles/999/likes/me");
        assert_problem(&request.user(7).send().await, 404, "article-not-found");
    }
    assert_problem(&server.client.like(999, 7).await, 404, "article-not-found");
    assert!(server.transactions("").await.is_empty());
}

/// `POST` reports a repeat as a conflict, and `PUT` is idempotent by definition of HTTP.
async fn r09_a_repeated_like_is_409_on_post_and_200_on_put(databases: &Databases) {
    let server = TestServer::start(databases).await;
    let article = server.client.article("An article").await;
    let first = server.client.like(article, 7).await;
    assert_problem(&server.client.like(article, 7).await, 409, "already-liked");
    let path = format!("/v1/articles/{article}/likes/me");
    let put = server.client.put(&path).user(7).send().await;
    assert_eq!(put.status, 200, "{put:?}");
    assert_eq!(
        (&put.body["liked"], &put.body["id"]),
        (&json!(true), &first.body["user_record_id"])
    );
    assert_eq!(server.client.likes(article).await, 1);
    assert_eq!(
        server.transactions("").await.len(),
        1,
        "only the first one needed a saga"
    );

    let put = server.client.put(&path).user(8).send().await;
    assert_eq!(
        (put.status.as_u16(), &put.body["current_likes"]),
        (200, &json!(2)),
        "{put:?}"
    );
    assert_eq!(
        put.body["id"],
        server.client.membership(article, 8).await.body["id"]
    );
}

/// Five likes and pages of two: the last page is not full, and no page is empty.
async fn r20_a_users_likes_are_listed_page_by_page(databases: &Databases) {
    let server = TestServer::start(databases).await;
    let mut articles = Vec::new();
    for number in 0..5 {
        let article = server.client.article(&number.to_string()).await;
        assert_eq!(server.client.like(article, 7).await.status, 200);
        articles.push(article);
    }
    let mut seen = Vec::new();
    let mut path = "/v1/users/7/likes?limit=2".to_owned();
    loop {
        let page = server.client.get(&path).send().await;
        assert_eq!(page.status, 200, "{page:?}");
        let items = page.body["items"].as_array().unwrap();
        seen.extend(
            items
                .iter()
                .map(|item| item["article_id"].as_i64().unwrap()),
        );
        match page.body["next"].as_str() {
            Some(next) => path = format!("/v1/users/7/likes?limit=2&after={next}"),
            None => break,
        }
        assert!(seen.len() < 10, "the pages never end");
    }
    assert_eq!(seen, articles);
    let none = server.client.get("/v1/users/8/likes").send().await;
    assert_eq!(none.body, json!({ "items": [], "next": null }));
}

/// A batch changes the count once. Each of its likes must still get the count that it would have got alone.
async fn r19_likes_of_many_concurrent_users_are_each_counted(databases: &Databases) {
    let server = TestServer::start(databases).await;
    let article = server.client.article("The hot one").await;
    let replies = join_all((1..=100).map(|user| server.client.like(article, user))).await;
    assert!(
        replies.iter().all(|reply| reply.status == 200),
        "{replies:?}"
    );
    let mut counts: Vec<_> = replies
        .iter()
        .map(|reply| reply.body["current_likes"].as_i64().unwrap())
        .collect();
    counts.sort_unstable();
    assert_eq!(
        counts,
        (1..=100).collect::<Vec<_>>(),
        "each reply has a different count"
    );
    assert_eq!(server.client.likes(article).await, 100);
}

/// Without keys every click is a request of its own, so the lock on user and article has to order them.
async fn fifty_concurrent_clicks_like_once(databases: &Databases) {
    let server = TestServer::start(databases).await;
    let article = server.client.article("An article").await;
    let replies = join_all((0..50).map(|_| server.client.like(article, 7))).await;
    let (liked, others): (Vec<_>, Vec<_>) = replies.iter().partition(|reply| reply.status == 200);
    assert_eq!(liked.len(), 1, "{replies:?}");
    for reply in others {
        assert_problem(reply, 409, "already-liked");
    }
    assert_eq!(server.client.likes(article).await, 1);
    server.wait_for_transactions("?status=pending", 0).await;
    let all = server.transactions("").await;
    assert_eq!(
        all.iter().filter(|one| one["status"] == "done").count(),
        1,
        "{all:#?}"
    );
}
