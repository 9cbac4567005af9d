//! R10: invalid input is refused with its location, its name and the reason, and has no effect.

use serde_json::json;

use crate::{
    common::{
        Databases,
        client::{Client, Exchange, Reply},
        on_both_engines,
    },
    server::{TestServer, assert_problem},
};

on_both_engines! {
    r10_an_invalid_user_header_is_422
    r10_an_invalid_path_parameter_is_422
    r10_an_invalid_body_is_422
    r10_a_body_that_is_no_object_is_422
    r10_an_invalid_query_is_422
    r10_an_invalid_key_is_422
}

#[track_caller]
fn assert_invalid(reply: &Reply, location: &str, name: &str) {
    assert_problem(reply, 422, "invalid-request");
    let error = &reply.body["errors"][0];
    assert_eq!(
        (&error["in"], &error["name"]),
        (&json!(location), &json!(name)),
        "{reply:?}"
    );
    let detail = reply.body["detail"].as_str().unwrap();
    let reason = error["reason"].as_str().unwrap();
    assert!(
        detail.contains(name) && detail.contains(reason) && !reason.is_empty(),
        "{reply:?}"
    );
}

/// A request to every route that needs a user.
fn with_user(server: &TestServer, article: &str) -> Vec<Exchange<'static>> {
    let client: &'static _ = Box::leak(Box::new(server.client.clone()));
    let me = format!("/v1/articles/{article}/likes/me");
    vec![
        client.post(&format!("/articles/{article}/like")),
        client.put(&me),
        client.delete(&me),
        client.get(&me),
    ]
}

/// The last request has two headers: a proxy may have added one, and nobody knows which of them is right.
async fn r10_an_invalid_user_header_is_422(databases: &Databases) {
    let server = TestServer::start(databases).await;
    let article = server.client.article("An article").await.to_string();
    for request in with_user(&server, &article) {
        assert_invalid(&request.send().await, "header", "X-User-ID");
    }
    let wrong: [&[u8]; 9] = [
        b"",
        b"0",
        b"-1",
        b"+1",
        b"seven",
        b"1.5",
        b"9223372036854775808",
        b"7, 8",
        b"\xff",
    ];
    for value in wrong {
        for request in with_user(&server, &article) {
            assert_invalid(
                &request.header("X-User-ID", value).send().await,
                "header",
                "X-User-ID",
            );
        }
    }
    for request in with_user(&server, &article) {
        assert_invalid(&request.user(7).user(8).send().await, "header", "X-User-ID");
    }
    assert!(server.transactions("").await.is_empty(), "no effect");
}

/// A sign, a fraction or a number that is too large must not be read as another id.
async fn r10_an_invalid_path_parameter_is_422(databases: &Databases) {
    let server = TestServer::start(databases).await;
    for wrong in [
        "0",
        "-1",
        "+1",
        "x",
        "1.0",
        "9223372036854775808",
        "%20",
        "1%00",
    ] {
        for request in with_user(&server, wrong) {
            assert_invalid(&request.user(7).send().await, "path", "article_id");
        }
        let found = server
            .client
            .get(&format!("/v1/articles/{wrong}"))
            .send()
            .await;
        assert_invalid(&found, "path", "article_id");
        let list = server
            .client
            .get(&format!("/v1/users/{wrong}/likes"))
            .send()
            .await;
        assert_invalid(&list, "path", "user_id");
        let block = server
            .client
            .put(&format!("/v1/users/{wrong}/block"))
            .send()
            .await;
        assert_invalid(&block, "path", "user_id");
        let transaction = server
            .client
            .get(&format!("/v1/transactions/{wrong}"))
            .send()
            .await;
        assert_invalid(&transaction, "path", "transaction_id");
    }
    for request in with_user(&server, "%ff") {
        assert_problem(&request.user(7).send().await, 422, "invalid-request");
    }
}

/// An unknown field is an error, because a client that sets it expects an effect.
async fn r10_an_invalid_body_is_422(databases: &Databases) {
    let server = TestServer::start(databases).await;
    let create = || server.client.post("/v1/articles");
    let wrong = [
        (json!({}), "title"),
        (json!({ "title": null }), "title"),
        (json!({ "title": 5 }), "title"),
        (json!({ "title": "" }), "title"),
        (json!({ "title": "x".repeat(256) }), "title"),
        (json!({ "title": "a\u{0}b" }), "title"),
        (json!({ "title": "fine", "likes": 9 }), "likes"),
    ];
    for (body, name) in wrong {
        assert_invalid(&create().json(&body).send().await, "body", name);
    }
    for body in ["", "{", "{\"title\": \"a\"} x", "{\"title\": \"\\ud800\"}"] {
        let request = create()
            .header("Content-Type", "application/json")
            .body(body);
        assert_problem(&request.send().await, 422, "invalid-request");
    }
    let request = create()
        .header("Content-Type", "application/json")
        .body(&b"{\"title\": \"\xff\"}"[..]);
    assert_problem(&request.send().await, 422, "invalid-request");
    for kind in ["text/plain", ""] {
        let request = create()
            .header("Content-Type", kind)
            .body("{\"title\": \"a\"}");
        let refused = request.send().await;
        assert_problem(&refused, 415, "unsupported-media-type");
        assert_eq!(refused.body["errors"][0]["name"], "Content-Type");
        assert_eq!(refused.headers["accept"], "application/json");
    }
    assert_eq!(
        server.client.article("The first").await,
        1,
        "nothing was created by the others"
    );
}

/// serde would take a list for the fields of an article, in their order.
async fn r10_a_body_that_is_no_object_is_422(databases: &Databases) {
    let server = TestServer::start(databases).await;
    for body in [
        "[\"x\"]", " [\"x\"]", "[]", "[[]]", "5", "\"x\"", "null", "true",
    ] {
        for kind in ["application/json", "application/json; charset=utf-8"] {
            let request = server.client.post("/v1/articles").body(body);
            let refused = request.header("Content-Type", kind).send().await;
            assert_invalid(&refused, "body", "json");
            let reason = refused.body["errors"][0]["reason"].as_str().unwrap();
            assert!(reason.contains("expected a JSON object"), "{reason}");
        }
    }
    assert_eq!(server.client.article("The first").await, 1);
}

async fn r10_an_invalid_query_is_422(databases: &Databases) {
    let server = TestServer::start(databases).await;
    let likes = |query: &str| format!("/v1/users/7/likes?{query}");
    let transactions = |query: &str| format!("/v1/transactions?{query}");
    let wrong = [
        (likes("limit=0"), "limit"),
        (likes("limit=501"), "limit"),
        (likes("limit=x"), "limit"),
        (likes("limit="), "limit"),
        (likes("limit=1&limit=2"), "limit"),
        (likes("after=x"), "after"),
        (likes("after=0"), "after"),
        (transactions("limit=0"), "limit"),
        (transactions("after=7"), "after"),
        (transactions("after=%ff"), "after"),
        (transactions("status=open"), "status"),
        (transactions("status="), "status"),
        (transactions("status=done&status=failed"), "status"),
    ];
    for (path, name) in wrong {
        assert_invalid(&server.client.get(&path).send().await, "query", name);
    }
}

/// A request to every route that accepts a key.
fn writes(client: &Client, article: i64) -> [Exchange<'_>; 6] {
    let me = format!("/v1/articles/{article}/likes/me");
    [
        client
            .post("/v1/articles")
            .json(&json!({ "title": "Another" })),
        client.post(&format!("/articles/{article}/like")).user(7),
        client.put(&me).user(7),
        client.delete(&me).user(7),
        client.put("/v1/users/7/block"),
        client.delete("/v1/users/7/block"),
    ]
}

async fn r10_an_invalid_key_is_422(databases: &Databases) {
    let server = TestServer::start(databases).await;
    let article = server.client.article("An article").await;
    let writes = || writes(&server.client, article);
    let long = "k".repeat(256);
    let quoted_long = format!("\"{long}\"");
    let wrong: [&[u8]; 11] = [
        b"",
        b"two words",
        b"\xff",
        long.as_bytes(),
        // Structured strings that are none, or whose content is no key.
        b"\"open",
        b"\"a\"b",
        b"\"a\";b=1",
        b"\"a\\b\"",
        b"\"\"",
        b"\"two words\"",
        quoted_long.as_bytes(),
    ];
    for key in wrong {
        for write in writes() {
            assert_invalid(
                &write.header("Idempotency-Key", key).send().await,
                "header",
                "Idempotency-Key",
            );
        }
    }
    for write in writes() {
        assert_invalid(
            &write.key("a").key("b").send().await,
            "header",
            "Idempotency-Key",
        );
    }
    assert_eq!(server.client.likes(article).await, 0);
}
