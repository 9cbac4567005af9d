//! A holder that was taken over and does not know it yet: what it may still answer.

use std::{
    future::pending,
    sync::{Arc, atomic::Ordering},
};

use async_trait::async_trait;
use likewise::service::Parts;
use likewise_saga::{
    id::{Epoch, SagaId},
    lease::LogLease,
    log::{LogEntry, LogError, LogReply, SagaLog, SagaRow, SqlSagaLog, StatusFilter},
    store::{Page, StoreError},
    time::Timestamp,
};
use serde_json::json;
use tokio::time::Instant;

use crate::{
    LONG, SHORT,
    common::{Databases, on_both_engines},
    world::{ANSWER_WITHIN, Coordinator, HINDRANCE, Hindered, World, unsteady},
};

on_both_engines! {
    r22_a_zombie_answers_nothing_from_its_checks
    r22_a_zombie_starts_no_saga
    r22_a_term_that_ended_before_its_recovery_answers_nothing
    r22_whoever_waits_for_a_saga_is_left_in_doubt_when_the_log_is_lost
    r22_what_has_ended_is_answered_under_its_key_by_whoever_holds_the_log
}

/// A holder that likes, and is then taken over without a sign.
async fn zombie(world: &World<'_>, article: i64) -> Coordinator {
    let holder = world.coordinator(LONG).await;
    holder.until("holder").await;
    assert_eq!(holder.client.like(article, 7).await.status, 200);
    // Its end is logged a little later, and to log would tell the holder.
    holder
        .until_shown("/v1/transactions?status=pending", |shown| {
            shown["items"] == json!([])
        })
        .await;
    world.usurp("http://127.0.0.1:9/").await;
    assert_eq!(holder.status().await["role"], "holder", "it knows nothing");
    holder
}

async fn r22_a_zombie_answers_nothing_from_its_checks(databases: &Databases) {
    let world = World::start(databases).await;
    let article = world.articles.article("An article").await;
    for wish in 0..3 {
        let zombie = zombie(&world, article + wish).await;
        let refused = match wish {
            0 => zombie.client.like(article, 7).await,
            1 => zombie.client.unlike(article, 8).await,
            _ => zombie.client.like(article + 99, 7).await,
        };
        assert_eq!(refused.status, 503, "wish {wish}: {refused:?}");
        assert!(refused.headers.contains_key("retry-after"), "{refused:?}");
        // It has learnt of it, and stands by.
        let standby = json!("standby");
        zombie
            .until_shown("/v1/coordinator", |shown| shown["role"] == standby)
            .await;
        world.articles.article("The next one").await;
        release(&world).await;
    }
}

async fn r22_a_zombie_starts_no_saga(databases: &Databases) {
    let world = World::start(databases).await;
    let article = world.articles.article("An article").await;
    let zombie = zombie(&world, article).await;
    for key in ["a", "b"] {
        let path = format!("/v1/articles/{article}/likes/me");
        let refused = zombie.client.put(&path).user(8).key(key).send().await;
        assert_eq!(refused.status, 503, "{refused:?}");
    }
    assert_eq!(world.articles.likes(article).await, 1);
    let sagas = zombie.client.get("/v1/transactions").send().await;
    assert_eq!(sagas.body["items"].as_array().map(Vec::len), Some(1));
}

async fn r22_a_term_that_ended_before_its_recovery_answers_nothing(databases: &Databases) {
    let _turn = HINDRANCE.lock().await;
    let parts = Parts {
        log: |database| Arc::new(Unlisted(SqlSagaLog::new(database))),
        shard: Hindered::over,
        ..Parts::default()
    };
    let world = World::start(databases).await;
    let holder = world.coordinator_with(parts, SHORT, |_| {}).await;
    holder
        .until_shown("/v1/coordinator", |shown| shown["role"] == "holder")
        .await;
    // It holds the log to the end of its lease, and nobody after it.
    HINDRANCE.renews.store(false, Ordering::SeqCst);
    HINDRANCE.claims.store(false, Ordering::SeqCst);
    let refused = holder.client.like(99, 7).await;
    assert_eq!(refused.status, 503, "{refused:?}");
}

async fn r22_whoever_waits_for_a_saga_is_left_in_doubt_when_the_log_is_lost(databases: &Databases) {
    let (likes, parts) = unsteady();
    let world = World::start_with(databases, parts).await;
    let article = world.articles.article("An article").await;
    let holder = world.attentive(LONG).await;
    holder.until("holder").await;
    let begun = Instant::now();
    let client = holder.client.clone();
    let waiting = tokio::spawn(async move { client.like(article, 7).await });
    let pending = "/v1/transactions?status=pending";
    holder
        .until_shown(pending, |shown| !shown["items"][0].is_null())
        .await;
    world.usurp("http://127.0.0.1:9/").await;
    let reply = waiting.await.unwrap();
    assert_eq!(reply.body["type"], "urn:likewise:in-doubt", "{reply:?}");
    assert!(begun.elapsed() < ANSWER_WITHIN, "it was told at once");
    // The next holder finishes it.
    release(&world).await;
    likes.store(true, Ordering::SeqCst);
    let path = format!(
        "/v1/transactions/{}",
        reply.body["transaction_id"].as_str().unwrap()
    );
    holder
        .until_shown(&path, |shown| shown["status"] == "done")
        .await;
    assert_eq!(world.articles.likes(article).await, 1);
}

async fn r22_what_has_ended_is_answered_under_its_key_by_whoever_holds_the_log(
    databases: &Databases,
) {
    let world = World::start(databases).await;
    let article = world.articles.article("An article").await;
    let path = format!("/articles/{article}/like");
    let first = world.coordinator(LONG).await;
    first.until("holder").await;
    let second = world.attentive(LONG).await;
    let like = |at: &Coordinator| {
        let client = at.client.clone();
        let path = path.clone();
        async move { client.post(&path).user(7).key("k").send().await }
    };
    let liked = like(&first).await;
    assert_eq!(liked.status, 200, "{liked:?}");
    (first.close)().await;
    second.until("holder").await;
    assert_eq!(like(&second).await.text, liked.text);
    assert_eq!(world.articles.likes(article).await, 1);
}

async fn release(world: &World<'_>) {
    let shard = world.shard().await;
    let epoch = shard.read().await.unwrap().epoch;
    shard.release(epoch).await.unwrap();
}

/// A log whose open sagas are never found.
struct Unlisted(SqlSagaLog);

#[async_trait]
impl SagaLog for Unlisted {
    async fn take_over(&self) -> Result<Epoch, StoreError> {
        self.0.take_over().await
    }

    async fn append(
        &self,
        epoch: Epoch,
        now: Timestamp,
        entries: &[LogEntry],
    ) -> Result<Vec<LogReply>, LogError> {
        self.0.append(epoch, now, entries).await
    }

    async fn find(&self, saga: SagaId) -> Result<Option<SagaRow>, StoreError> {
        self.0.find(saga).await
    }

    async fn find_by_key(&self, request_key: &str) -> Result<Option<SagaRow>, StoreError> {
        self.0.find_by_key(request_key).await
    }

    async fn list(&self, _: StatusFilter, _: Page<SagaId>) -> Result<Vec<SagaRow>, StoreError> {
        pending().await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.0.ping().await
    }
}
