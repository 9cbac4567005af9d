//! R18: what cannot be done now is refused quickly and clearly, and what runs goes on.

use std::{
    future::pending,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use axum::Router;
use likewise::{
    all_in_one::AllInOneConfig,
    config::{Role, ServiceConfig},
    coordinator::CoordinatorConfig,
    service::{self, Parts},
    user::UserEffect,
};
use likewise_saga::{
    env::real,
    http,
    participant::{Effect, Verdict},
    protocol::{Document, StepRequest},
    store::{StoreError, Tx},
};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::{
    common::{Databases, client::Client, databases::POOL, on_both_engines},
    recovery::Unsteady,
    world::{World, assert_problem},
};

on_both_engines! {
    r18_too_many_open_sagas_is_503_and_the_open_ones_go_on
    r18_who_finds_no_room_is_refused_at_the_door_and_neighbours_are_served
    r18_who_finds_room_but_no_place_waits_and_is_served
    r18_a_step_that_cannot_be_applied_fails_alone
    r18_a_dead_service_is_503_and_starts_nothing
}

/// A world in which no like gets past the user service until it is told to act again.
async fn stuck(
    databases: &Databases,
    change: impl FnOnce(&mut AllInOneConfig),
) -> (World, Arc<AtomicBool>) {
    let user = Unsteady::over(UserEffect);
    user.acts.store(false, Ordering::SeqCst);
    let acts = Arc::clone(&user.acts);
    let parts = Parts {
        user,
        ..Parts::default()
    };
    let world = World::start_with(databases, parts, |config| {
        config.coordinator.saga_deadline = Duration::from_secs(3_600);
        config.coordinator.executor.pause_max = Duration::from_millis(50);
        change(config);
    });
    (world.await, acts)
}

async fn r18_too_many_open_sagas_is_503_and_the_open_ones_go_on(databases: &Databases) {
    let (world, acts) = stuck(databases, |config| {
        config.coordinator.answer_within = Duration::from_millis(300);
        config.coordinator.executor.sagas_open_max = 1;
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

async fn r18_who_finds_no_room_is_refused_at_the_door_and_neighbours_are_served(
    databases: &Databases,
) {
    let (world, acts) = stuck(databases, |config| {
        config.coordinator.executor.sagas_open_max = 1;
    })
    .await;
    let article = world.client.article("An article").await;
    let waits = world.client.like(article, 7);
    let meanwhile = async {
        world.until_transactions("?status=pending", 1).await;
        // Were anything asked before the refusal, this would be 404.
        let refused = world.client.like(article + 1, 8).await;
        assert_problem(&refused, 503, "unavailable");
        assert_eq!(refused.headers["retry-after"], "1", "{refused:?}");
        // Reads are served: the count shows the step that is done.
        let counted = |shown: &Value| shown["likes"] == 1;
        let path = format!("/v1/articles/{article}");
        world.until(&path, counted).await;
        acts.store(true, Ordering::SeqCst);
    };
    let (waited, ()) = futures::join!(waits, meanwhile);
    assert_eq!(waited.status, 200, "{waited:?}");
    world.until_transactions("?status=done", 1).await;
    assert_eq!(
        world.client.like(article, 8).await.status,
        200,
        "there is room again"
    );
}

async fn r18_who_finds_room_but_no_place_waits_and_is_served(databases: &Databases) {
    let (world, acts) = stuck(databases, |config| {
        config.coordinator.at_once_max = 1;
    })
    .await;
    let article = world.client.article("An article").await;
    let first = world.client.like(article, 7);
    let others = async {
        world.until_transactions("?status=pending", 1).await;
        let second = world.client.like(article, 8);
        let meanwhile = async {
            tokio::time::sleep(Duration::from_millis(200)).await;
            // The second was not begun: it would be pending as well.
            world.until_transactions("?status=pending", 1).await;
            acts.store(true, Ordering::SeqCst);
        };
        futures::join!(second, meanwhile).0
    };
    let (first, second) = futures::join!(first, others);
    assert_eq!(first.status, 200, "{first:?}");
    assert_eq!(second.status, 200, "{second:?}");
    assert_eq!(world.client.likes(article).await, 2);
}

/// Fails whatever batch this user is in.
struct Poisoned(i64);

#[async_trait]
impl Effect for Poisoned {
    async fn act(
        &self,
        tx: &mut Tx<'_>,
        actions: &[&StepRequest],
    ) -> Result<Vec<Verdict>, StoreError> {
        match actions
            .iter()
            .any(|action| action.args.read::<Value>().expect("arguments")["user_id"] == self.0)
        {
            true => Err(StoreError::Broken("poison".to_owned())),
            false => UserEffect.act(tx, actions).await,
        }
    }

    async fn compensate(&self, tx: &mut Tx<'_>, undo_data: &[Document]) -> Result<(), StoreError> {
        UserEffect.compensate(tx, undo_data).await
    }
}

async fn r18_a_step_that_cannot_be_applied_fails_alone(databases: &Databases) {
    let config = ServiceConfig {
        role: Role::User,
        database: databases.user.clone(),
        pool: POOL,
    };
    let parts = Parts {
        user: Arc::new(Poisoned(13)),
        ..Parts::default()
    };
    let opened = service::open(&config, real::env(), &parts).await;
    let (client, serving) = serve(opened.expect("the user service opens").routes()).await;
    let steps: Vec<Value> = [11, 12, 13, 14, 15].map(like_of).to_vec();
    let reply = client.post("/v1/steps").json(&json!(steps)).send().await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let told: Vec<&Value> = (0..5).map(|place| &reply.body[place]["reply"]).collect();
    assert_eq!(json!(told), json!(["done", "done", null, "done", "done"]));
    serving.abort();
}

/// The step that makes a user's record, as the coordinator asks for it.
fn like_of(user: i64) -> Value {
    let args = json!({
        "action": "like",
        "id": uuid::Uuid::from_u128(user.unsigned_abs().into()),
        "user_id": user,
        "article_id": 1,
        "created_at": "2026-01-01T00:00:00Z",
    });
    let saga = uuid::Uuid::from_u128(0x5A6A + u128::from(user.unsigned_abs()));
    json!({ "saga": saga, "step": 1, "op": "do", "fingerprint": Document::from(args.clone()).fingerprint(), "args": args })
}

async fn serve(routes: Router) -> (Client, JoinHandle<std::io::Result<()>>) {
    let address = SocketAddr::from(([127, 0, 0, 1], 0));
    let listener = real::listen(address).await.expect("a free port");
    let client = Client::new(listener.local_addr().expect("its address"));
    let serving = tokio::spawn(http::serve(
        real::with_no_delay(listener),
        routes,
        pending(),
    ));
    (client, serving)
}

async fn r18_a_dead_service_is_503_and_starts_nothing(databases: &Databases) {
    // Port 1 is reserved and nobody listens there.
    let dead = || "http://127.0.0.1:1/".parse().expect("an address");
    let config = ServiceConfig {
        role: Role::Coordinator(Box::new(CoordinatorConfig::new(dead(), dead()))),
        database: databases.coordinator.clone(),
        pool: POOL,
    };
    let opened = service::open(&config, real::env(), &Parts::default()).await;
    let (client, serving) = serve(opened.expect("the coordinator opens").routes()).await;
    let refused = client.like(1, 7).await;
    assert_problem(&refused, 503, "unavailable");
    assert_eq!(refused.headers["retry-after"], "1", "{refused:?}");
    let all = client.get("/v1/transactions").send().await;
    assert_eq!(all.body["items"], json!([]), "{all:?}");
    serving.abort();
}
