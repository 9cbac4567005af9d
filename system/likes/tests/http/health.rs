//! Whether the process lives, and whether it can work.

use serde_json::json;

use crate::{
    common::{Databases, on_both_engines},
    world::World,
};

on_both_engines! {
    health_tells_alive_from_ready
    r22_a_coordinator_that_was_taken_over_is_alive_but_not_ready
}

async fn health_tells_alive_from_ready(databases: &Databases) {
    let world = World::start(databases).await;
    let alive = world.client.get("/livez").send().await;
    assert_eq!(
        (alive.status.as_u16(), alive.body),
        (200, json!({ "status": "alive" }))
    );
    // Not before the open sagas are taken up.
    let ready = json!({ "status": "ready" });
    world.until("/readyz", |shown| *shown == ready).await;
    assert_eq!(world.client.get("/readyz").send().await.status, 200);
}

async fn r22_a_coordinator_that_was_taken_over_is_alive_but_not_ready(databases: &Databases) {
    let first = World::start(databases).await;
    let article = first.client.article("An article").await;
    let second = World::start(databases).await;
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
