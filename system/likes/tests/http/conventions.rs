//! HTTP by its conventions: what a client knows from other APIs works here, too.

use std::{collections::BTreeSet, sync::atomic::Ordering, time::Duration};

use http::Method;
use likewise::{service::Parts, user::UserEffect};
use serde_json::{Value, json};

use crate::{
    common::{Databases, client::Reply, on_both_engines},
    fault_injection::SwitchableEffect,
    server::{TestServer, assert_pending, assert_problem},
};

on_both_engines! {
    r21_a_key_in_quotes_and_without_them_is_one_key
    r21_a_replayed_answer_says_so
    r06_a_like_has_a_path_with_a_version_too
    a_created_article_says_where_it_is
    r20_the_articles_are_listed_in_pages
    r20_the_likes_of_an_article_are_listed_in_pages
    r25_a_like_that_is_not_settled_in_time_is_202_and_says_where_to_look
    r24_no_client_waits_longer_than_the_time_limit_of_an_answer
    r17_an_answer_that_has_not_changed_is_304
    head_and_options_are_answered_on_every_route
}

fn like_path(article: i64) -> String {
    format!("/articles/{article}/like")
}

fn is_replay(reply: &Reply) -> bool {
    reply
        .headers
        .get("idempotency-replayed")
        .is_some_and(|value| value == "true")
}

async fn r21_a_key_in_quotes_and_without_them_is_one_key(databases: &Databases) {
    let server = TestServer::start(databases).await;
    let create = async |key: &str| {
        let request = server.client.post("/v1/articles").key(key);
        request.json(&json!({ "title": "One" })).send().await
    };
    let bare = create("a\\b").await;
    let quoted = create("\"a\\\\b\"").await;
    assert_eq!((bare.status.as_u16(), quoted.status.as_u16()), (201, 201));
    assert_eq!(bare.text, quoted.text);
    let article = bare.body["id"].as_i64().unwrap();
    let like = async |key: &str| {
        server
            .client
            .post(&like_path(article))
            .user(7)
            .key(key)
            .send()
            .await
    };
    let quoted = like("\"k\"").await;
    assert_eq!(quoted.status, 200, "{quoted:?}");
    assert_eq!(like("k").await.text, quoted.text);
    assert_eq!(server.transactions("").await.len(), 1);
}

async fn r21_a_replayed_answer_says_so(databases: &Databases) {
    let server = TestServer::start(databases).await;
    let article = server.client.article("An article").await;
    let me = format!("/v1/articles/{article}/likes/me");
    let requests = || {
        let body = json!({ "title": "Another" });
        [
            server.client.post("/v1/articles").json(&body),
            server.client.post(&like_path(article)).user(7),
            // A conflict is an outcome, too, and so is "nothing to do".
            server.client.post(&like_path(article)).user(7),
            server.client.put(&me).user(7),
            server.client.delete(&me).user(7),
            server.client.put("/v1/users/9/block"),
            server.client.delete("/v1/users/9/block"),
        ]
    };
    let mut first = Vec::new();
    for (number, request) in requests().into_iter().enumerate() {
        let reply = request.key(&format!("k{number}")).send().await;
        assert!(!is_replay(&reply), "{number}: {reply:?}");
        first.push(reply);
    }
    assert_eq!(first[2].status, 409);
    for (number, request) in requests().into_iter().enumerate() {
        let reply = request.key(&format!("k{number}")).send().await;
        assert!(is_replay(&reply), "{number}: {reply:?}");
        assert_eq!(
            (reply.status, &reply.text),
            (first[number].status, &first[number].text)
        );
    }
    let without_key = server.client.put(&me).user(7).send().await;
    assert!(!is_replay(&without_key), "{without_key:?}");
}

async fn r06_a_like_has_a_path_with_a_version_too(databases: &Databases) {
    let server = TestServer::start(databases).await;
    let article = server.client.article("An article").await;
    let path = format!("/v1{}", like_path(article));
    let liked = server.client.post(&path).user(7).key("k").send().await;
    assert_eq!(liked.status, 200, "{liked:?}");
    assert_eq!(liked.body["current_likes"], 1);
    // It is the same route, so the key may be repeated on either path.
    let again = server
        .client
        .post(&like_path(article))
        .user(7)
        .key("k")
        .send()
        .await;
    assert_eq!((again.status.as_u16(), again.text), (200, liked.text));
}

async fn a_created_article_says_where_it_is(databases: &Databases) {
    let server = TestServer::start(databases).await;
    let request = server
        .client
        .post("/v1/articles")
        .json(&json!({ "title": "Hello" }));
    let created = request.send().await;
    assert_eq!(created.status, 201, "{created:?}");
    let place = created.headers["location"].to_str().unwrap();
    let found = server.client.get(place).send().await;
    assert_eq!(found.body, created.body);
}

async fn r20_the_articles_are_listed_in_pages(databases: &Databases) {
    let server = TestServer::start(databases).await;
    let page = async |query: &str| {
        server
            .client
            .get(&format!("/v1/articles{query}"))
            .send()
            .await
            .body
    };
    assert_eq!(page("").await, json!({ "items": [], "next": null }));
    for title in ["One", "Two", "Three"] {
        server.client.article(title).await;
    }
    server.client.like(2, 7).await;
    let first = page("?limit=2").await;
    assert_eq!(
        first,
        json!({
            "items": [{ "id": 1, "title": "One", "likes": 0 }, { "id": 2, "title": "Two", "likes": 1 }],
            "next": "2",
        })
    );
    let last = page("?limit=2&after=2").await;
    assert_eq!(
        last,
        json!({ "items": [{ "id": 3, "title": "Three", "likes": 0 }], "next": null })
    );
    for query in [
        "?limit=0",
        "?limit=501",
        "?after=0",
        "?after=x",
        "?after=1&after=2",
    ] {
        let refused = server
            .client
            .get(&format!("/v1/articles{query}"))
            .send()
            .await;
        assert_problem(&refused, 422, "invalid-request");
    }
}

async fn r20_the_likes_of_an_article_are_listed_in_pages(databases: &Databases) {
    let server = TestServer::start(databases).await;
    let (one, two) = (
        server.client.article("One").await,
        server.client.article("Two").await,
    );
    for user in [9, 7, 8] {
        assert_eq!(server.client.like(one, user).await.status, 200);
    }
    assert_eq!(server.client.like(two, 7).await.status, 200);
    let page = async |query: &str| {
        let reply = server
            .client
            .get(&format!("/v1/articles/{one}/likes{query}"))
            .send()
            .await;
        assert_eq!(reply.status, 200, "{reply:?}");
        let users = reply.body["items"].as_array().unwrap().iter();
        let users: Vec<i64> = users
            .map(|like| like["user_id"].as_i64().unwrap())
            .collect();
        (users, reply.body["next"].as_str().map(str::to_owned))
    };
    assert_eq!(page("?limit=2").await, (vec![7, 8], Some("8".to_owned())));
    assert_eq!(page("?limit=2&after=8").await, (vec![9], None));
    server.client.unlike(one, 8).await;
    assert_eq!(page("").await, (vec![7, 9], None));
    for (path, name) in [
        ("/v1/articles/0/likes".to_owned(), "article_id"),
        (format!("/v1/articles/{one}/likes?after=x"), "after"),
        (format!("/v1/articles/{one}/likes?limit=0"), "limit"),
    ] {
        let refused = server.client.get(&path).send().await;
        assert_problem(&refused, 422, "invalid-request");
        assert_eq!(refused.body["errors"][0]["name"], name);
    }
}

/// A server whose user service fails every step, and the switch that makes it work.
async fn with_failing_user_service(
    databases: &Databases,
) -> (TestServer, std::sync::Arc<std::sync::atomic::AtomicBool>) {
    let user = SwitchableEffect::over(UserEffect);
    let works = std::sync::Arc::clone(&user.actions_on);
    works.store(false, Ordering::SeqCst);
    let parts = Parts {
        user,
        ..Parts::default()
    };
    let server = TestServer::start_with(databases, parts, |config| {
        config.coordinator.saga_deadline = Duration::from_secs(3_600);
        config.coordinator.executor.pause_min = Duration::from_millis(5);
        config.coordinator.executor.pause_max = Duration::from_millis(50);
    });
    (server.await, works)
}

async fn r25_a_like_that_is_not_settled_in_time_is_202_and_says_where_to_look(
    databases: &Databases,
) {
    let (server, works) = with_failing_user_service(databases).await;
    let article = server.client.article("An article").await;
    let like = || server.client.post(&like_path(article)).user(7).key("k");
    let pending = like().header("Prefer", "wait=0").send().await;
    assert_pending(&pending);
    assert_eq!(pending.headers["preference-applied"], "wait=0");
    assert_eq!(pending.body["status"], "pending");
    let place = pending.headers["location"].to_str().unwrap().to_owned();
    let shown = server.client.get(&place).send().await;
    assert_eq!(
        (shown.status.as_u16(), &shown.body["status"]),
        (200, &json!("pending"))
    );
    // A repeat joins the saga.
    let joined = like().header("Prefer", "wait=0").send().await;
    assert_eq!((joined.status.as_u16(), &joined.text), (202, &pending.text));
    // Another user's like does not wait for it.
    let other = server
        .client
        .put(&format!("/v1/articles/{article}/likes/me"));
    assert_pending(
        &other
            .user(8)
            .header("Prefer", "respond-async, wait=0")
            .send()
            .await,
    );

    works.store(true, Ordering::SeqCst);
    let settled = like().header("Prefer", "wait=30").send().await;
    assert_eq!(settled.status, 200, "{settled:?}");
    assert!(is_replay(&settled));
    assert_eq!(
        settled.body["transaction_id"],
        pending.body["transaction_id"]
    );
    server
        .wait_until(&place, |shown| shown["status"] == "done")
        .await;
}

async fn r24_no_client_waits_longer_than_the_time_limit_of_an_answer(databases: &Databases) {
    let server = TestServer::start(databases).await;
    let article = server.client.article("An article").await;
    let like = async |prefer: &str, user: i64| {
        let request = server.client.post(&like_path(article)).user(user);
        request.header("Prefer", prefer).send().await
    };
    let applied = |reply: &Reply| {
        let value = reply.headers.get("preference-applied");
        value.map(|value| value.to_str().unwrap().to_owned())
    };
    // The time limit of the test server is 40 s.
    let capped = like("wait=3600", 1).await;
    assert_eq!(
        (capped.status.as_u16(), applied(&capped).as_deref()),
        (200, Some("wait=40"))
    );
    for (user, ignored) in (2..).zip(["wait=-1", "wait=soon", "handling=strict", ""]) {
        let reply = like(ignored, user).await;
        assert_eq!(
            (reply.status.as_u16(), applied(&reply)),
            (200, None),
            "{ignored}"
        );
    }
}

async fn r17_an_answer_that_has_not_changed_is_304(databases: &Databases) {
    let server = TestServer::start(databases).await;
    let article = server.client.article("An article").await;
    let path = format!("/v1/articles/{article}");
    let first = server.client.get(&path).send().await;
    let tag = first.headers["etag"].clone();
    let ask = || server.client.get(&path).header("If-None-Match", &tag);
    let same = ask().send().await;
    assert_eq!((same.status.as_u16(), same.text.as_str()), (304, ""));
    assert_eq!(same.headers["etag"], tag);
    assert_eq!(same.headers["cache-control"], "no-cache");

    let liked = server.client.like(article, 7).await;
    let changed = ask().send().await;
    assert_eq!(
        (changed.status.as_u16(), &changed.body["likes"]),
        (200, &json!(1))
    );
    assert_ne!(changed.headers["etag"], tag);
    for other in ["\"0\"", "nonsense", "", "W/"] {
        let read = server
            .client
            .get(&path)
            .header("If-None-Match", other)
            .send()
            .await;
        assert_eq!(read.status, 200, "{other}");
    }

    let id = liked.body["transaction_id"].as_str().unwrap();
    let path = format!("/v1/transactions/{id}");
    // Its end is logged a moment after the answer, and changes the transaction once more.
    server.wait_for_transactions("?status=done", 1).await;
    let shown = server.client.get(&path).send().await;
    let tag = &shown.headers["etag"];
    let same = server
        .client
        .get(&path)
        .header("If-None-Match", tag)
        .send()
        .await;
    assert_eq!((same.status.as_u16(), same.text.as_str()), (304, ""));
}

async fn head_and_options_are_answered_on_every_route(databases: &Databases) {
    let server = TestServer::start(databases).await;
    let article = server.client.article("An article").await;
    let liked = server.client.like(article, 7).await;
    let transaction = liked.body["transaction_id"].as_str().unwrap();
    let document = include_str!("../../../../schemas/openapi.json");
    let document: Value = serde_json::from_str(document).unwrap();
    let mut paths = 0;
    for (template, methods) in document["paths"].as_object().unwrap() {
        let path = template
            .replace("{article_id}", &article.to_string())
            .replace("{user_id}", "7")
            .replace("{transaction_id}", transaction);
        let options = server.client.request(Method::OPTIONS, &path).send().await;
        // The document has no OPTIONS.
        assert_eq!(
            (options.status.as_u16(), options.text.as_str()),
            (204, ""),
            "{path}"
        );
        let allowed = options.headers["allow"].to_str().unwrap();
        let allowed: BTreeSet<String> = allowed
            .split(',')
            .map(|name| name.trim().to_owned())
            .collect();
        let mut documented: BTreeSet<String> = methods
            .as_object()
            .unwrap()
            .keys()
            .map(|name| name.to_uppercase())
            .collect();
        if documented.contains("GET") {
            documented.insert("HEAD".to_owned());
            let get = server.client.get(&path).user(7).send().await;
            let head = server
                .client
                .request(Method::HEAD, &path)
                .user(7)
                .send()
                .await;
            assert_eq!(
                (head.status, head.text.as_str()),
                (get.status, ""),
                "{path}"
            );
            assert_eq!(head.headers.get("etag"), get.headers.get("etag"), "{path}");
            assert_eq!(
                head.headers["content-type"], get.headers["content-type"],
                "{path}"
            );
        }
        assert_eq!(allowed, documented, "{path}");
        let refused = server.client.request(Method::PATCH, &path).send().await;
        assert_problem(&refused, 405, "method-not-allowed");
        assert_eq!(refused.headers["allow"], options.headers["allow"], "{path}");
        paths += 1;
    }
    assert!(paths >= 12, "{paths}");
    let nothing = server
        .client
        .request(Method::OPTIONS, "/v1/nothing")
        .send()
        .await;
    assert_problem(&nothing, 404, "not-found");
}
