//! R04, R14, R15: recovery of sagas whose process died, that no task drives, or that cannot be compensated for now.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

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
    time::Timestamp,
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    common::{Databases, on_both_engines},
    fault_injection::SwitchableEffect,
    server::{TestServer, assert_pending, assert_problem},
};

on_both_engines! {
    r04_a_saga_interrupted_between_its_steps_completes_after_a_restart
    r04_an_interrupted_saga_past_its_deadline_is_undone_after_a_restart
    r14_the_scan_finishes_a_saga_that_no_task_drives
    r15_a_compensation_that_keeps_failing_parks_the_saga_and_is_retried
    more_open_sagas_than_one_page_are_all_recovered
}

/// The clock of a process that restarts one day later.
struct Tomorrow;

impl Clock for Tomorrow {
    fn now(&self) -> Timestamp {
        real::env().clock.now().plus(Duration::from_secs(86_400))
    }
}

/// Leaves a like that is done in the article service but not in the user service. Returns the article.
async fn interrupt_between_steps(databases: &Databases) -> i64 {
    let user = SwitchableEffect::over(UserEffect);
    user.actions_on.store(false, Ordering::SeqCst);
    let parts = Parts {
        user,
        ..Parts::default()
    };
    let server = TestServer::start_with(databases, parts, |config| {
        config.coordinator.answer_timeout = Duration::from_millis(300);
        config.coordinator.saga_deadline = Duration::from_secs(3_600);
    })
    .await;
    let article = server.client.article("An article").await;
    let path = format!("/articles/{article}/like");
    let reply = server.client.post(&path).user(7).key("k").send().await;
    assert_pending(&reply);
    let counted = |shown: &Value| shown["likes"] == 1;
    server
        .wait_until(&format!("/v1/articles/{article}"), counted)
        .await;
    let pending = server.wait_for_transactions("?status=pending", 1).await;
    assert_eq!(pending[0]["id"], reply.body["transaction_id"]);
    article
}

/// The deadline has not passed, so recovery goes forward. The client's repeat under its key gets the answer that it
/// had been waiting for.
async fn r04_a_saga_interrupted_between_its_steps_completes_after_a_restart(databases: &Databases) {
    let article = interrupt_between_steps(databases).await;
    let server = TestServer::start(databases).await;
    let reply = server
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
    server.wait_for_transactions("?status=done", 1).await;
    let record = server.client.membership(article, 7).await;
    assert_eq!(record.body["id"], reply.body["user_record_id"]);
    assert_eq!(server.client.likes(article).await, 1);
}

/// The process restarts a day later. The stored deadline is what tells it that nobody waits for the like any more.
async fn r04_an_interrupted_saga_past_its_deadline_is_undone_after_a_restart(
    databases: &Databases,
) {
    let article = interrupt_between_steps(databases).await;
    let env = Env {
        clock: Arc::new(Tomorrow),
        ..real::env()
    };
    let server = TestServer::start_in(databases, Parts::default(), env, |_| {}).await;
    let failed = server.wait_for_transactions("?status=failed", 1).await;
    assert_eq!(failed[0]["outcome"], json!({ "end": "timed_out" }));
    assert_eq!(server.client.likes(article).await, 0, "compensated");
    let reply = server
        .client
        .post(&format!("/articles/{article}/like"))
        .user(7)
        .key("k")
        .send()
        .await;
    assert_problem(&reply, 500, "saga-failed");
    assert_eq!(
        server.client.like(article, 7).await.status,
        200,
        "the lock is free"
    );
}

/// Recovery at the start cannot see a row that another process commits later. The scan is what bounds how long such a
/// saga stays open.
async fn r14_the_scan_finishes_a_saga_that_no_task_drives(databases: &Databases) {
    let server = TestServer::start_with(databases, Parts::default(), |config| {
        config.coordinator.recovery.scan_interval = Duration::from_millis(50);
    })
    .await;
    let article = server.client.article("An article").await;
    // As if the process that drove it had died: there is a row, but no task.
    let record = RecordId(Uuid::from_u128(1));
    let (kind, args) = LikeSaga::like(UserId(7), ArticleId(article), record, Timestamp(1)).stored();
    let abandoned = NewSaga {
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
        .append(Epoch(1), Timestamp(1), &[LogEntry::Start(abandoned)])
        .await
        .unwrap();
    assert_eq!(started, [LogReply::Started]);
    let failed = server.wait_for_transactions("?status=failed", 1).await;
    assert_eq!(failed[0]["outcome"], json!({ "end": "timed_out" }));
    assert_eq!(server.client.likes(article).await, 0);
    assert_eq!(
        server.client.like(article, 7).await.status,
        200,
        "the lock is free"
    );
}

/// A server that parks a saga after three failed attempts within milliseconds.
async fn start_with_quick_parking(
    databases: &Databases,
    article: Arc<SwitchableEffect>,
) -> TestServer {
    let parts = Parts {
        article,
        ..Parts::default()
    };
    TestServer::start_with(databases, parts, |config| {
        config.coordinator.answer_timeout = Duration::from_millis(300);
        config.coordinator.executor.park_after = 3;
        config.coordinator.executor.pause_min = Duration::from_millis(5);
        config.coordinator.executor.pause_max = Duration::from_millis(20);
    })
    .await
}

/// A compensation is never given up, because that would leave a half-done like for good.
async fn r15_a_compensation_that_keeps_failing_parks_the_saga_and_is_retried(
    databases: &Databases,
) {
    let effect = SwitchableEffect::over(ArticleEffect);
    let compensations_on = Arc::clone(&effect.compensations_on);
    let server = start_with_quick_parking(databases, effect).await;
    let article = server.client.article("An article").await;
    server.client.put("/v1/users/7/block").send().await;
    compensations_on.store(false, Ordering::SeqCst);
    let reply = server.client.like(article, 7).await;
    assert_pending(&reply);
    let path = format!(
        "/v1/transactions/{}",
        reply.body["transaction_id"].as_str().unwrap()
    );
    server
        .wait_until(&path, |shown| shown["parked"] == true)
        .await;
    let shown = server.client.get(&path).send().await.body;
    assert_eq!(
        (&shown["status"], &shown["saga_status"]),
        (&json!("pending"), &json!("compensating"))
    );
    server
        .wait_until(&path, |shown| {
            shown["steps"][1]["attempts"].as_u64() > Some(6)
        })
        .await;

    compensations_on.store(true, Ordering::SeqCst);
    server
        .wait_until(&path, |shown| shown["status"] == "failed")
        .await;
    let shown = server
        .wait_for_transactions("?status=failed", 1)
        .await
        .remove(0);
    assert_eq!(shown["parked"], false, "{shown}");
    assert_eq!(server.client.likes(article).await, 0);
}

/// More than two full pages.
const MANY: i64 = 530;

/// Recovery reads pages while it starts tasks that change the rows. No saga may fall between two pages.
async fn more_open_sagas_than_one_page_are_all_recovered(databases: &Databases) {
    let server = TestServer::start(databases).await;
    let article = server.client.article("An article").await;
    drop(server);
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
    let server = TestServer::start(databases).await;
    let liked = |shown: &Value| shown["likes"] == MANY;
    server
        .wait_until(&format!("/v1/articles/{article}"), liked)
        .await;
    server.wait_for_transactions("?status=pending", 0).await;
}
