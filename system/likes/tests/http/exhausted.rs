//! A pool whose connections are all in use.

use std::time::Duration;

use futures::FutureExt;
use likewise::{article::ARTICLE_SCHEMA, service::Parts};
use likewise_saga::store::{PoolConfig, Sql};
use serde_json::json;
use tokio::sync::oneshot;

use crate::{
    common::{Databases, databases::POOL, on_both_engines},
    server::{TestServer, assert_problem},
};

on_both_engines! {
    r12_a_request_without_a_free_connection_is_503_and_may_be_repeated
}

/// SQLite locks the whole file for any transaction that writes.
static LOCK: Sql = Sql {
    name: "lock",
    sqlite: "DELETE FROM articles WHERE id = -1",
    postgres: "LOCK TABLE articles",
};

/// Somebody else holds a lock, so the first request keeps the only connection, and the second one gets none.
async fn r12_a_request_without_a_free_connection_is_503_and_may_be_repeated(databases: &Databases) {
    let server = TestServer::start_with(databases, Parts::default(), |config| {
        config.pool = PoolConfig {
            connections_max: 1,
            acquire_timeout: Duration::from_millis(200),
            // SQLite waits for the lock of another process for five seconds.
            lock_timeout: Duration::from_secs(5),
            ..POOL
        };
    })
    .await;
    let other = databases.open(ARTICLE_SCHEMA).await;
    let (entered, is_entered) = oneshot::channel();
    let (leave, left) = oneshot::channel::<()>();
    // A transaction on SQLite blocks its thread and must not await anything.
    let blocks = !other.supports_single_statement();
    let holder = other.write("hold", move |tx| {
        async move {
            tx.execute(&LOCK, []).await?;
            entered.send(()).expect("the test waits");
            match blocks {
                true => left.blocking_recv().expect("the test goes on"),
                false => left.await.expect("the test goes on"),
            }
            Ok(())
        }
        .boxed()
    });
    let create = || {
        let body = json!({ "title": "An article" });
        server.client.post("/v1/articles").json(&body).send()
    };
    let requests = async {
        is_entered.await.expect("the lock is held");
        let both = [create().boxed(), create().boxed()];
        let (refused, _, waiting) = futures::future::select_all(both).await;
        leave.send(()).expect("the holder waits");
        let waited = futures::future::join_all(waiting).await;
        assert_eq!(waited[0].status, 201, "it had the connection: {waited:?}");
        refused
    };
    let (held, refused) = tokio::join!(holder, requests);
    held.expect("the lock is released");
    assert_problem(&refused, 503, "unavailable");
    assert_eq!(refused.headers["retry-after"], "1", "{refused:?}");
    let detail = refused.body["detail"].as_str().expect("a detail");
    assert!(detail.contains("connection"), "{detail}");
    assert_eq!(create().await.status, 201);
}
