//! `/livez` and `/readyz`.

use serde_json::json;

use crate::{
    common::{Databases, on_both_engines},
    server::TestServer,
};

on_both_engines! {
    every_check_of_the_readiness_is_shown_to_who_asks
    a_live_service_is_ready_after_recovery
    r22_a_coordinator_that_was_taken_over_is_alive_but_not_ready
    r25_a_coordinator_that_was_taken_over_says_so_before_it_writes_again
}

async fn a_live_service_is_ready_after_recovery(databases: &Databases) {
    let server = TestServer::start(databases).await;
    let alive = server.client.get("/livez").send().await;
    assert_eq!(
        (alive.status.as_u16(), alive.body),
        (200, json!({ "status": "alive" }))
    );
    // The service is ready only after it has recovered the open sagas.
    let ready = json!({ "status": "ready" });
    server.wait_until("/readyz", |shown| *shown == ready).await;
    assert_eq!(server.client.get("/readyz").send().await.status, 200);
}

async fn every_check_of_the_readiness_is_shown_to_who_asks(databases: &Databases) {
    let server = TestServer::start(databases).await;
    let ready = json!({ "status": "ready" });
    server.wait_until("/readyz", |shown| *shown == ready).await;
    let names = [
        "article database",
        "article service",
        "epoch",
        "leadership",
        "pauses",
        "saga log",
        "user database",
        "user service",
    ];
    for path in ["/readyz?verbose", "/readyz?verbose=true"] {
        let shown = server.client.get(path).send().await;
        assert_eq!(shown.status, 200, "{shown:?}");
        assert_eq!(shown.body["status"], "ready");
        let checks = shown.body["checks"].as_array().expect("a list").clone();
        let shown: Vec<_> = checks.iter().map(|check| check["name"].clone()).collect();
        assert_eq!(shown, names);
        for check in checks {
            assert_eq!(check["status"], "ok", "{check}");
        }
    }
    assert_eq!(
        server.client.get("/readyz?verbose=false").send().await.body,
        ready
    );

    // Another coordinator takes the log over. All checks are shown, not only the one that failed.
    let _second = TestServer::start(databases).await;
    let shown = server.client.get("/readyz?verbose").send().await;
    assert_eq!(shown.status, 503, "{shown:?}");
    let checks = shown.body["checks"].as_array().expect("a list");
    assert_eq!(checks.len(), names.len());
    let failed = checks.iter().filter(|check| check["status"] == "failed");
    for check in failed.clone() {
        assert_eq!(
            check["last_failure"]["reason"], shown.body["reason"],
            "{check}"
        );
    }
    assert!(failed.count() >= 1, "{checks:?}");

    for (query, name) in [
        ("verbos", "verbos"),
        ("verbose=yes", "verbose"),
        ("verbose&verbose", "verbose"),
        ("verbose&x=1", "x"),
    ] {
        let refused = server.client.get(&format!("/readyz?{query}")).send().await;
        assert_eq!(refused.status, 422, "{query}: {refused:?}");
        assert_eq!(refused.body["errors"][0]["name"], name, "{query}");
    }
}

async fn r22_a_coordinator_that_was_taken_over_is_alive_but_not_ready(databases: &Databases) {
    let first = TestServer::start(databases).await;
    let article = first.client.article("An article").await;
    let second = TestServer::start(databases).await;
    let refused = first.client.like(article, 7).await;
    assert_eq!(refused.status, 503, "{refused:?}");
    assert_eq!(refused.headers["retry-after"], "1");
    assert_eq!(first.client.get("/livez").send().await.status, 200);
    let ready = first.client.get("/readyz").send().await;
    assert_eq!(
        (ready.status.as_u16(), &ready.body["reason"]),
        (503, &json!("another coordinator took over"))
    );
    assert_eq!(second.client.like(article, 7).await.status, 200);
    assert_eq!(second.client.likes(article).await, 1);
}

async fn r25_a_coordinator_that_was_taken_over_says_so_before_it_writes_again(
    databases: &Databases,
) {
    let first = TestServer::start(databases).await;
    let role = async |server: &TestServer| {
        let shown = server.client.get("/v1/coordinator").send().await;
        shown.body["role"].clone()
    };
    assert_eq!(role(&first).await, "holder");
    let second = TestServer::start(databases).await;
    assert_eq!(role(&first).await, "fenced");
    assert_eq!(role(&second).await, "holder");
    let ready = first.client.get("/readyz").send().await;
    assert_eq!(
        (ready.status.as_u16(), &ready.body["reason"]),
        (503, &json!("another coordinator took over"))
    );
}
