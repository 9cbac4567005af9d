//! R10: errors of the HTTP layer are problems, too.

use http::Method;
use serde_json::json;

use crate::{
    common::{Databases, on_both_engines},
    server::{TestServer, assert_problem},
};

on_both_engines! {
    r10_a_body_that_is_too_large_is_413
    r10_unknown_paths_and_methods_are_problems
}

async fn r10_a_body_that_is_too_large_is_413(databases: &Databases) {
    let server = TestServer::start(databases).await;
    let article = server.client.article("An article").await;
    let large = "x".repeat(64 * 1024 + 1);
    let me = format!("/v1/articles/{article}/likes/me");
    let writes = [
        server
            .client
            .post("/v1/articles")
            .header("Content-Type", "application/json"),
        server
            .client
            .post(&format!("/articles/{article}/like"))
            .user(7),
        server.client.put(&me).user(7),
        server.client.delete(&me).user(7),
        server.client.put("/v1/users/7/block"),
    ];
    for write in writes {
        assert_problem(
            &write.body(large.clone()).send().await,
            413,
            "payload-too-large",
        );
    }
    assert_eq!(server.client.likes(article).await, 0);
    let small = server
        .client
        .post(&format!("/articles/{article}/like"))
        .user(7)
        .body("ignored");
    assert_eq!(small.send().await.status, 200);
}

async fn r10_unknown_paths_and_methods_are_problems(databases: &Databases) {
    let server = TestServer::start(databases).await;
    for path in [
        "/",
        "/v1",
        "/v1/articles/1/",
        "/articles/1/likes",
        "/v1/steps",
        "//",
        "/%ff",
    ] {
        assert_problem(&server.client.get(path).send().await, 404, "not-found");
    }
    // The internal routes are not served to clients.
    assert_problem(
        &server
            .client
            .post("/v1/steps")
            .json(&json!([]))
            .send()
            .await,
        404,
        "not-found",
    );
    let wrong = [
        (Method::GET, "/articles/1/like", "POST"),
        (Method::DELETE, "/v1/articles/1", "GET"),
        (Method::POST, "/v1/articles/1/likes/me", "PUT"),
        (Method::PATCH, "/v1/transactions", "GET"),
        (Method::POST, "/livez", "GET"),
    ];
    for (method, path, allowed) in wrong {
        let reply = server.client.request(method, path).send().await;
        assert_problem(&reply, 405, "method-not-allowed");
        let allow = reply.headers["allow"].to_str().unwrap();
        assert!(allow.contains(allowed), "{reply:?}");
    }
}
