//! R04, R14, R15: sagas that were left, hang, or cannot be undone for now.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use likewise::{
    article::ArticleEffect,
    coordinator::LikeSaga,
    id::{ArticleId, RecordId, UserId},
    service::Parts,
    user::UserEffect,
};
use likewise_saga::{
    env::{Clock, Env, real},
    id::{Epoch, SagaId},
    log::{LogEntry, LogReply, NewSaga, SAGA_LOG_SCHEMA, SagaLog, SqlSagaLog},
    participant::{Effect, Verdict},
    protocol::{Document, StepRequest},
    store::{StoreError, Tx},
    time::Timestamp,
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    common::{Databases, on_both_engines},
    world::{World, assert_problem},
};

on_both_engines! {
    r04_a_saga_left_between_its_steps_goes_forward_after_a_restart
    r04_a_saga_left_past_its_deadline_is_undone_after_a_restart
    r14_the_scan_finishes_a_saga_that_nobody_drives
    r15_a_compensation_that_keeps_failing_parks_the_saga_and_goes_on
    more_open_sagas_than_a_page_holds_are_all_taken_up
}

/// A service that fails while it is switched to.
pub struct Unsteady {
    inner: Arc<dyn Effect>,
    pub acts: Arc<AtomicBool>,
    pub takes_back: Arc<AtomicBool>,
}

impl Unsteady {
    pub fn over(inner: impl Effect + 'static) -> Arc<Self> {
        Arc::new(Self {
            inner: Arc::new(inner),
            acts: Arc::new(AtomicBool::new(true)),
            takes_back: Arc::new(AtomicBool::new(true)),
        })
    }
}

fn on_purpose(works: &AtomicBool) -> Result<(), StoreError> {
    match works.load(Ordering::SeqCst) {
        true => Ok(()),
        false => Err(StoreError::Broken("on purpose".to_owned())),
    }
}

#[async_trait]
impl Effect for Unsteady {
    async fn act(
        &self,
        tx: &mut Tx<'_>,
        actions: &[&StepRequest],
    ) -> Result<Vec<Verdict>, StoreError> {
        on_purpose(&self.acts)?;
        self.inner.act(tx, actions).await
    }

    async fn compensate(&self, tx: &mut Tx<'_>, undo_data: &[Document]) -> Result<(), StoreError> {
        on_purpose(&self.takes_back)?;
        self.inner.compensate(tx, undo_data).await
    }
}

/// The clock of a process that is started again the day after.
struct Tomorrow;

impl Clock for Tomorrow {
    fn now(&self) -> Timestamp {
        real::env().clock.now().plus(Duration::from_secs(86_400))
    }
}

/// A world in which a like is done in the article service and not in the user service, and stays so.
async fn left_between_its_steps(databases: &Databases) -> i64 {
    let user = Unsteady::over(UserEffect);
    user.acts.store(false, Ordering::SeqCst);
    let parts = Parts {
        user,
        ..Parts::default()
    };
    let world = World::start_with(databases, parts, |config| {
        config.coordinator.answer_within = Duration::from_millis(300);
        config.coordinator.saga_deadline = Duration::from_secs(3_600);
    })
    .await;
    let article = world.client.article("An article").await;
    let path = format!("/articles/{article}/like");
    let reply = world.client.post(&path).user(7).key("k").send().await;
    assert_problem(&reply, 503, "in-doubt");
    let counted = |shown: &Value| shown["likes"] == 1;
    world
        .until(&format!("/v1/articles/{article}"), counted)
        .await;
    let pending = world.until_transactions("?status=pending", 1).await;
    assert_eq!(pending[0]["id"], reply.body["transaction_id"]);
    article
}

async fn r04_a_saga_left_between_its_steps_goes_forward_after_a_restart(databases: &Databases) {
    let article = left_between_its_steps(databases).await;
    let world = World::start(databases).await;
    let reply = world
        .client
        .post(&format!("/articles/{article}/like"))
        .user(7)
        .key("k")
        .send()
        .await;
    assert_eq!(
        (reply.status.as_u16(), &reply.body["current_likes"]),
        (200, &json!(1)),
        "{reply:?}"
    );
    world.until_transactions("?status=done", 1).await;
    let record = world.client.membership(article, 7).await;
    assert_eq!(record.body["id"], reply.body["user_record_id"]);
    assert_eq!(world.client.likes(article).await, 1);
}

async fn r04_a_saga_left_past_its_deadline_is_undone_after_a_restart(databases: &Databases) {
    let article = left_between_its_steps(databases).await;
    let env = Env {
        clock: Arc::new(Tomorrow),
        ..real::env()
    };
    let world = World::start_in(databases, Parts::default(), env, |_| {}).await;
    let failed = world.until_transactions("?status=failed", 1).await;
    assert_eq!(failed[0]["outcome"], json!({ "end": "timed_out" }));
    assert_eq!(world.client.likes(article).await, 0, "back where it was");
    let reply = world
        .client
        .post(&format!("/articles/{article}/like"))
        .user(7)
        .key("k")
        .send()
        .await;
    assert_problem(&reply, 500, "saga-failed");
    assert_eq!(
        world.client.like(article, 7).await.status,
        200,
        "the lock is free"
    );
}

async fn r14_the_scan_finishes_a_saga_that_nobody_drives(databases: &Databases) {
    let world = World::start_with(databases, Parts::default(), |config| {
        config.coordinator.recovery.scan_every = Duration::from_millis(50);
    })
    .await;
    let article = world.client.article("An article").await;
    // As if the process that drove it had died: the row is there, and no task.
    let record = RecordId(Uuid::from_u128(1));
    let (kind, args) = LikeSaga::like(UserId(7), ArticleId(article), record, Timestamp(1)).stored();
    let hanging = NewSaga {
        id: SagaId(Uuid::from_u128(2)),
        kind,
        args,
        lock_key: format!("7:{article}"),
        request_key: None,
        fingerprint: 0,
        deadline_at: Timestamp(2),
        settled: None,
    };
    let log = SqlSagaLog::new(databases.open(SAGA_LOG_SCHEMA).await);
    let started = log
        .append(Epoch(1), Timestamp(1), &[LogEntry::Start(hanging)])
        .await
        .unwrap();
    assert_eq!(started, [LogReply::Started]);
    let failed = world.until_transactions("?status=failed", 1).await;
    assert_eq!(failed[0]["outcome"], json!({ "end": "timed_out" }));
    assert_eq!(world.client.likes(article).await, 0);
    assert_eq!(
        world.client.like(article, 7).await.status,
        200,
        "the lock is free"
    );
}

async fn r15_a_compensation_that_keeps_failing_parks_the_saga_and_goes_on(databases: &Databases) {
    let unsteady = Unsteady::over(ArticleEffect);
    let takes_back = Arc::clone(&unsteady.takes_back);
    let parts = Parts {
        article: unsteady,
        ..Parts::default()
    };
    let world = World::start_with(databases, parts, |config| {
        config.coordinator.answer_within = Duration::from_millis(300);
        config.coordinator.executor.park_after = 3;
        config.coordinator.executor.pause_min = Duration::from_millis(5);
        config.coordinator.executor.pause_max = Duration::from_millis(20);
    })
    .await;
    let article = world.client.article("An article").await;
    world.client.put("/v1/users/7/block").send().await;
    takes_back.store(false, Ordering::SeqCst);
    let reply = world.client.like(article, 7).await;
    assert_problem(&reply, 503, "in-doubt");
    let path = format!(
        "/v1/transactions/{}",
        reply.body["transaction_id"].as_str().unwrap()
    );
    world.until(&path, |shown| shown["parked"] == true).await;
    let shown = world.client.get(&path).send().await.body;
    assert_eq!(
        (&shown["status"], &shown["saga_status"]),
        (&json!("pending"), &json!("compensating"))
    );
    world
        .until(&path, |shown| {
            shown["steps"][1]["attempts"].as_u64() > Some(6)
        })
        .await;

    takes_back.store(true, Ordering::SeqCst);
    world
        .until(&path, |shown| shown["status"] == "failed")
        .await;
    let shown = world
        .until_transactions("?status=failed", 1)
        .await
        .remove(0);
    assert_eq!(shown["parked"], false, "{shown}");
    assert_eq!(world.client.likes(article).await, 0);
}

/// Two full pages and a bit.
const MANY: i64 = 530;

async fn more_open_sagas_than_a_page_holds_are_all_taken_up(databases: &Databases) {
    let world = World::start(databases).await;
    let article = world.client.article("An article").await;
    drop(world);
    let log = SqlSagaLog::new(databases.open(SAGA_LOG_SCHEMA).await);
    let epoch = log.take_over().await.expect("the log");
    let env = real::env();
    let now = env.clock.now();
    let start = |user| {
        let record = RecordId(env.uuid());
        let (kind, args) = LikeSaga::like(UserId(user), ArticleId(article), record, now).stored();
        LogEntry::Start(NewSaga {
            id: SagaId(env.uuid()),
            kind,
            args,
            lock_key: format!("{user}:{article}"),
            request_key: None,
            fingerprint: 0,
            deadline_at: now.plus(Duration::from_secs(3_600)),
            settled: None,
        })
    };
    let starts: Vec<LogEntry> = (1..=MANY).map(start).collect();
    for batch in starts.chunks(256) {
        let replies = log.append(epoch, now, batch).await.expect("appended");
        assert!(replies.iter().all(|reply| *reply == LogReply::Started));
    }
    let world = World::start(databases).await;
    let liked = |shown: &Value| shown["likes"] == MANY;
    world.until(&format!("/v1/articles/{article}"), liked).await;
    world.until_transactions("?status=pending", 0).await;
}
