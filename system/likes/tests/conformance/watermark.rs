//! The retention watermark at a participant: it only rises, for every publisher and every process.

use std::{future::pending, net::SocketAddr, sync::Arc};

use futures::future::join_all;
use http::{StatusCode, Uri};
use likewise::article::{ARTICLE_SCHEMA, ArticleEffect};
use likewise_saga::{
    env::real,
    http as kit_http,
    id::{Epoch, SagaId},
    participant::{
        RaiseError, Raised, SqlWatermarkStore, Watermark, WatermarkClient, Watermarks,
        http_participant,
    },
    service::{KitParts, participant},
    store::Database,
};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::common::{
    Databases,
    client::{Client, Reply},
    on_both_engines,
};

on_both_engines! {
    a_watermark_is_stored_and_a_higher_one_replaces_it
    an_equal_watermark_is_confirmed_again
    a_watermark_that_would_go_back_is_refused_and_named
    a_leader_that_was_replaced_raises_nothing
    two_processes_of_a_service_share_the_watermark
    of_concurrent_watermarks_the_highest_stays
    a_leader_publishes_over_http
    a_watermark_that_no_leader_publishes_is_refused
}

pub fn watermark(below: u128, epoch: i64) -> Watermark {
    Watermark {
        shard: 0,
        below: SagaId(Uuid::from_u128(below)),
        epoch: Epoch(epoch),
    }
}

/// A process of the article service, without its HTTP.
pub fn process(database: &Database) -> Watermarks {
    Watermarks::new(database.clone(), Arc::new(SqlWatermarkStore))
}

fn raised(stored: Watermark, before: impl Into<Option<Watermark>>) -> Result<Raised, RaiseError> {
    let before = before.into();
    Ok(Raised { stored, before })
}

fn refused(stored: Watermark) -> Result<Raised, RaiseError> {
    Err(RaiseError::Refused { stored })
}

async fn a_watermark_is_stored_and_a_higher_one_replaces_it(databases: &Databases) {
    let process = process(&databases.open(ARTICLE_SCHEMA).await);
    let (first, second) = (watermark(5, 1), watermark(6, 1));
    assert_eq!(process.raise(first).await, raised(first, None));
    assert_eq!(process.raise(second).await, raised(second, first));
    let same_of_successor = watermark(6, 2);
    let replaced = process.raise(same_of_successor).await;
    assert_eq!(replaced, raised(same_of_successor, second));
}

async fn an_equal_watermark_is_confirmed_again(databases: &Databases) {
    let process = process(&databases.open(ARTICLE_SCHEMA).await);
    let published = watermark(5, 1);
    process.raise(published).await.unwrap();
    let again = process.raise(published).await;
    assert_eq!(again, raised(published, published));
}

async fn a_watermark_that_would_go_back_is_refused_and_named(databases: &Databases) {
    let process = process(&databases.open(ARTICLE_SCHEMA).await);
    let stored = watermark(5, 3);
    process.raise(stored).await.unwrap();
    for lower in [watermark(4, 3), watermark(4, 4)] {
        assert_eq!(process.raise(lower).await, refused(stored), "{lower:?}");
    }
    // Nothing was changed: the same one is still the stored one.
    assert_eq!(process.raise(stored).await, raised(stored, stored));
}

/// It may not know which sagas its successor has open.
async fn a_leader_that_was_replaced_raises_nothing(databases: &Databases) {
    let process = process(&databases.open(ARTICLE_SCHEMA).await);
    let stored = watermark(5, 3);
    process.raise(stored).await.unwrap();
    for stale in [watermark(9, 2), watermark(5, 2)] {
        assert_eq!(process.raise(stale).await, refused(stored), "{stale:?}");
    }
    assert_eq!(process.raise(stored).await, raised(stored, stored));
}

async fn two_processes_of_a_service_share_the_watermark(databases: &Databases) {
    let one = process(&databases.open(ARTICLE_SCHEMA).await);
    let other = process(&databases.open(ARTICLE_SCHEMA).await);
    let (first, second) = (watermark(5, 1), watermark(6, 1));
    one.raise(first).await.unwrap();
    assert_eq!(other.raise(second).await, raised(second, first));
    assert_eq!(one.raise(first).await, refused(second));
}

async fn of_concurrent_watermarks_the_highest_stays(databases: &Databases) {
    let process = process(&databases.open(ARTICLE_SCHEMA).await);
    let publish = |below| process.raise(watermark(below, 1));
    let published = join_all((1..=20).rev().map(publish)).await;
    let highest = watermark(20, 1);
    assert!(published[0].is_ok(), "{published:?}");
    assert_eq!(process.raise(highest).await, raised(highest, highest));
}

/// The article service on a free port, as its process serves it.
pub struct Served {
    pub base: Uri,
    pub client: Client,
    _serving: JoinSet<std::io::Result<()>>,
}

impl Served {
    pub async fn start(database: Database) -> Self {
        let (env, parts) = (real::env(), KitParts::default());
        let (service, _) = participant(database, env, &parts, Arc::new(ArticleEffect));
        let listener = real::listen(SocketAddr::from(([127, 0, 0, 1], 0)));
        let listener = listener.await.expect("a free port");
        let address = listener.local_addr().expect("its address");
        let listener = real::with_nodelay(listener);
        let mut serving = JoinSet::new();
        serving.spawn(kit_http::serve(listener, service.routes(), pending()));
        Self {
            base: format!("http://{address}").parse().expect("a URL"),
            client: Client::new(address),
            _serving: serving,
        }
    }

    async fn post(&self, body: &Value) -> Reply {
        self.client.post("/v1/watermarks").json(body).send().await
    }
}

async fn a_leader_publishes_over_http(databases: &Databases) {
    let served = Served::start(databases.open(ARTICLE_SCHEMA).await).await;
    let leader = http_participant::<(), ()>("article", &served.base, &real::env()).watermarks;
    let (first, second) = (watermark(5, 1), watermark(6, 1));
    assert_eq!(leader.raise(first).await, raised(first, None));
    assert_eq!(leader.raise(second).await, raised(second, first));
    assert_eq!(leader.raise(first).await, refused(second));

    let reply = served.post(&json!(first)).await;
    assert_eq!(reply.status, StatusCode::CONFLICT);
    assert_eq!(reply.headers["content-type"], "application/problem+json");
    assert_eq!(reply.body["type"], "/problems#watermark-refused");
    assert_eq!(reply.body["stored"], json!(second));
    let reply = served.post(&json!(second)).await;
    assert_eq!(reply.status, StatusCode::OK);
    assert_eq!(reply.body, json!({ "stored": second, "before": second }));
}

async fn a_watermark_that_no_leader_publishes_is_refused(databases: &Databases) {
    let database = databases.open(ARTICLE_SCHEMA).await;
    let served = Served::start(database.clone()).await;
    let below = Uuid::from_u128(5);
    for (field, body) in [
        ("shard", json!({ "shard": 1, "below": below, "epoch": 1 })),
        (
            "shard",
            json!({ "shard": 70_000, "below": below, "epoch": 1 }),
        ),
        (
            "below",
            json!({ "shard": 0, "below": Uuid::nil(), "epoch": 1 }),
        ),
        ("below", json!({ "shard": 0, "below": "7", "epoch": 1 })),
        ("epoch", json!({ "shard": 0, "below": below, "epoch": -1 })),
        ("epoch", json!({ "shard": 0, "below": below })),
        (
            "at",
            json!({ "shard": 0, "below": below, "epoch": 1, "at": 1 }),
        ),
    ] {
        let reply = served.post(&body).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        let detail = reply.body["detail"].as_str().expect("a detail");
        assert!(detail.contains(field), "{body}: {detail}");
    }
    let first = watermark(5, 1);
    assert_eq!(process(&database).raise(first).await, raised(first, None));
}
