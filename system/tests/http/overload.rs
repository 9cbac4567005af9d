//! R18: what cannot be done now is refused quickly and clearly, and what runs goes on.

use std::{
    future::pending,
    net::SocketAddr,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use likewise::{
    config::{Role, ServiceConfig},
    coordinator::CoordinatorConfig,
    edges::real,
    http,
    service::{self, Parts},
    user::UserEffect,
};

use crate::{
    common::{Databases, client::Client, databases::POOL, on_both_engines},
    recovery::Unsteady,
    world::{World, assert_problem},
};

on_both_engines! {
    r18_too_many_open_sagas_is_503_and_the_open_ones_go_on
    r18_a_dead_service_is_503_and_starts_nothing
}

async fn r18_too_many_open_sagas_is_503_and_the_open_ones_go_on(databases: &Databases) {
    let user = Unsteady::over(UserEffect);
    user.acts.store(false, Ordering::SeqCst);
    let acts = Arc::clone(&user.acts);
    let parts = Parts {
        user,
        ..Parts::default()
    };
    let world = World::start_with(databases, parts, |config| {
        config.coordinator.answer_within = Duration::from_millis(300);
        config.coordinator.saga_deadline = Duration::from_secs(3_600);
        config.coordinator.executor.sagas_open_max = 1;
        config.coordinator.executor.pause_max = Duration::from_millis(50);
    })
    .await;
    let article = world.client.article("An article").await;
    assert_problem(&world.client.like(article, 7).await, 503, "in-doubt");
    let refused = world.client.like(article, 8).await;
    assert_problem(&refused, 503, "unavailable");
    assert_eq!(refused.headers["retry-after"], "1", "{refused:?}");
    let detail = refused.body["detail"].as_str().unwrap();
    assert!(detail.contains("Nothing was done"), "{detail}");

    acts.store(true, Ordering::SeqCst);
    world.until_transactions("?status=done", 1).await;
    assert_eq!(world.client.like(article, 8).await.status, 200);
    assert_eq!(world.client.likes(article).await, 2);
}

async fn r18_a_dead_service_is_503_and_starts_nothing(databases: &Databases) {
    // Port 1 is reserved and nobody listens there.
    let dead = || "http://127.0.0.1:1/".parse().expect("an address");
    let config = ServiceConfig {
        role: Role::Coordinator(Box::new(CoordinatorConfig::new(dead(), dead()))),
        database: databases.coordinator.clone(),
        pool: POOL,
    };
    let opened = service::open(&config, real::edges(), &Parts::default()).await;
    let routes = opened.expect("the coordinator opens").routes();
    let address = SocketAddr::from(([127, 0, 0, 1], 0));
    let listener = real::listen(address).await.expect("a free port");
    let client = Client::new(listener.local_addr().expect("its address"));
    let serving = tokio::spawn(http::serve(real::undelayed(listener), routes, pending()));
    let refused = client.like(1, 7).await;
    assert_problem(&refused, 503, "unavailable");
    assert_eq!(refused.headers["retry-after"], "1", "{refused:?}");
    let all = client.get("/v1/transactions").send().await;
    assert_eq!(all.body["items"], serde_json::json!([]), "{all:?}");
    serving.abort();
}
