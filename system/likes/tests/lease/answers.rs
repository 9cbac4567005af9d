//! What a zombie answers: a holder that was taken over and does not know it yet.

use std::{
    future::pending,
    sync::{Arc, atomic::Ordering},
};

use async_trait::async_trait;
use likewise::{coordinator::CoordinatorConfig, service::Parts};
use likewise_saga::{
    id::{Epoch, SagaId},
    lease::LogLease,
    log::{
        EndCursor, LogEntry, LogError, LogHead, LogReply, SagaLog, SqlSagaLog, StatusFilter,
        StoredSaga,
    },
    service::KitParts,
    store::{Page, StoreError},
    time::Timestamp,
};
use serde_json::json;
use tokio::time::Instant;

use crate::{
    LONG, SHORT,
    cluster::{ANSWER_TIMEOUT, Cluster, Coordinator},
    common::{Databases, on_both_engines},
    faulty_lease::{FaultyLease, LEASE_FAULTS},
    switchable_user::failing_until_switched_on,
};

on_both_engines! {
    r22_a_zombie_does_not_answer_from_its_checks
    r22_a_zombie_starts_no_saga
    r22_a_term_that_ends_before_its_recovery_answers_503
    r22_a_waiting_client_is_told_pending_when_the_log_is_lost
    r22_a_finished_saga_is_replayed_under_its_key_by_the_next_holder
}

/// A holder that has made a like and was then taken over without noticing.
async fn zombie(cluster: &Cluster<'_>, article: i64) -> Coordinator {
    // A watch would read the epoch when it is asked for its role.
    let unwatched = |config: &mut CoordinatorConfig| config.watch_interval = None;
    let holder = cluster
        .coordinator_with(Parts::default(), LONG, unwatched)
        .await;
    holder.wait_for_role("holder").await;
    assert_eq!(holder.client.like(article, 7).await.status, 200);
    // The saga's end is logged a little later, and that append would tell the holder that it is fenced.
    holder
        .wait_until("/v1/transactions?status=pending", |body| {
            body["items"] == json!([])
        })
        .await;
    cluster.take_lease("http://127.0.0.1:9/").await;
    assert_eq!(holder.status().await["role"], "holder", "not noticed");
    holder
}

/// Each answer was true when the zombie still held the log. Its successor may have changed the like since.
async fn r22_a_zombie_does_not_answer_from_its_checks(databases: &Databases) {
    let cluster = Cluster::start(databases).await;
    let article = cluster.articles.article("An article").await;
    for case in 0..3 {
        let zombie = zombie(&cluster, article + case).await;
        let refused = match case {
            0 => zombie.client.like(article, 7).await,
            1 => zombie.client.unlike(article, 8).await,
            _ => zombie.client.like(article + 99, 7).await,
        };
        assert_eq!(refused.status, 503, "case {case}: {refused:?}");
        assert!(refused.headers.contains_key("retry-after"), "{refused:?}");
        // The check has fenced it, so it is a standby now.
        let standby = json!("standby");
        zombie
            .wait_until("/v1/coordinator", |body| body["role"] == standby)
            .await;
        cluster.articles.article("The next article").await;
        release(&cluster).await;
    }
}

/// The append proves the epoch, so the first attempt tells the zombie that it is one.
async fn r22_a_zombie_starts_no_saga(databases: &Databases) {
    let cluster = Cluster::start(databases).await;
    let article = cluster.articles.article("An article").await;
    let zombie = zombie(&cluster, article).await;
    for key in ["a", "b"] {
        let path = format!("/v1/articles/{article}/likes/me");
        let refused = zombie.client.put(&path).user(8).key(key).send().await;
        assert_eq!(refused.status, 503, "{refused:?}");
    }
    assert_eq!(cluster.articles.likes(article).await, 1);
    let sagas = zombie.client.get("/v1/transactions").send().await;
    assert_eq!(sagas.body["items"].as_array().map(Vec::len), Some(1));
}

/// The request waits for recovery, which will never end. The end of the term has to wake it.
async fn r22_a_term_that_ends_before_its_recovery_answers_503(databases: &Databases) {
    let _guard = LEASE_FAULTS.lock().await;
    let parts = KitParts {
        log: |database| Arc::new(HangingList(SqlSagaLog::new(database))),
        log_lease: FaultyLease::over,
        ..KitParts::default()
    };
    let cluster = Cluster::start(databases).await;
    let holder = cluster.coordinator_with(parts.into(), SHORT, |_| {}).await;
    holder
        .wait_until("/v1/coordinator", |body| body["role"] == "holder")
        .await;
    // It holds the log until its lease ends. After that, nobody does.
    LEASE_FAULTS.renewals_fail.store(true, Ordering::SeqCst);
    LEASE_FAULTS.claims_fail.store(true, Ordering::SeqCst);
    let refused = holder.client.like(99, 7).await;
    assert_eq!(refused.status, 503, "{refused:?}");
}

/// The saga goes on at the next holder. The client is told so at once, and not after its time-out.
async fn r22_a_waiting_client_is_told_pending_when_the_log_is_lost(databases: &Databases) {
    let (user_service_on, parts) = failing_until_switched_on();
    let cluster = Cluster::start_with(databases, parts).await;
    let article = cluster.articles.article("An article").await;
    let holder = cluster.frequent_coordinator(LONG).await;
    holder.wait_for_role("holder").await;
    let started = Instant::now();
    let client = holder.client.clone();
    let waiting = tokio::spawn(async move { client.like(article, 7).await });
    let pending = "/v1/transactions?status=pending";
    holder
        .wait_until(pending, |body| !body["items"][0].is_null())
        .await;
    cluster.take_lease("http://127.0.0.1:9/").await;
    let reply = waiting.await.unwrap();
    assert_eq!(reply.status, 202, "{reply:?}");
    assert!(started.elapsed() < ANSWER_TIMEOUT, "told at once");
    // The next holder finishes it.
    release(&cluster).await;
    user_service_on.store(true, Ordering::SeqCst);
    let path = format!(
        "/v1/transactions/{}",
        reply.body["transaction_id"].as_str().unwrap()
    );
    holder
        .wait_until(&path, |body| body["status"] == "done")
        .await;
    assert_eq!(cluster.articles.likes(article).await, 1);
}

/// Keys are in the log and not in a process.
async fn r22_a_finished_saga_is_replayed_under_its_key_by_the_next_holder(databases: &Databases) {
    let cluster = Cluster::start(databases).await;
    let article = cluster.articles.article("An article").await;
    let path = format!("/articles/{article}/like");
    let first = cluster.coordinator(LONG).await;
    first.wait_for_role("holder").await;
    let second = cluster.frequent_coordinator(LONG).await;
    let like = |coordinator: &Coordinator| {
        let client = coordinator.client.clone();
        let path = path.clone();
        async move { client.post(&path).user(7).key("k").send().await }
    };
    let liked = like(&first).await;
    assert_eq!(liked.status, 200, "{liked:?}");
    (first.close)().await;
    second.wait_for_role("holder").await;
    assert_eq!(like(&second).await.text, liked.text);
    assert_eq!(cluster.articles.likes(article).await, 1);
}

async fn release(cluster: &Cluster<'_>) {
    let log_lease = cluster.log_lease().await;
    let epoch = log_lease.read().await.unwrap().epoch;
    log_lease.release(epoch).await.unwrap();
}

/// A log whose lists never return, so that recovery never ends.
struct HangingList(SqlSagaLog);

#[async_trait]
impl SagaLog for HangingList {
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

    async fn park(
        &self,
        epoch: Epoch,
        now: Timestamp,
        saga: SagaId,
        reason: &str,
    ) -> Result<(), LogError> {
        self.0.park(epoch, now, saga, reason).await
    }

    async fn holder(&self, epoch: Epoch, lock_key: &str) -> Result<Option<SagaId>, StoreError> {
        self.0.holder(epoch, lock_key).await
    }

    async fn find(&self, saga: SagaId) -> Result<Option<StoredSaga>, StoreError> {
        self.0.find(saga).await
    }

    async fn find_by_key(&self, request_key: &str) -> Result<Option<StoredSaga>, StoreError> {
        self.0.find_by_key(request_key).await
    }

    async fn list(&self, _: StatusFilter, _: Page<SagaId>) -> Result<Vec<StoredSaga>, StoreError> {
        pending().await
    }

    async fn list_ended(
        &self,
        page: Page<EndCursor>,
    ) -> Result<Vec<(Option<EndCursor>, StoredSaga)>, StoreError> {
        self.0.list_ended(page).await
    }

    async fn head(&self) -> Result<LogHead, StoreError> {
        self.0.head().await
    }

    async fn ping(&self) -> Result<(), Arc<StoreError>> {
        self.0.ping().await
    }
}
