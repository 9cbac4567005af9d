//! R25: what a client is told about a saga whose start is in doubt.

use std::time::Duration;

use likewise::{
    coordinator::LikeSaga,
    id::{ArticleId, RecordId, UserId},
};
use likewise_saga::{
    id::{Epoch, SagaId},
    log::{LogEntry, LogReply, NewSaga, SAGA_LOG_SCHEMA, SagaLog, SqlSagaLog},
    protocol::Document,
    time::Timestamp,
};
use serde_json::json;
use uuid::Uuid;

use crate::{
    common::{Databases, on_both_engines},
    faulty_log::{FaultyLog, LogFaults},
    server::{TestServer, assert_problem},
};

on_both_engines! {
    r25_a_transaction_whose_start_hangs_is_in_doubt_and_not_404
    r25_a_start_that_was_lost_is_in_doubt_and_then_certainly_absent
    r25_a_repeat_whose_saga_cannot_be_read_is_in_doubt
}

/// Asking for the transaction must not say that it does not exist while its start may still be stored.
async fn r25_a_transaction_whose_start_hangs_is_in_doubt_and_not_404(databases: &Databases) {
    let parts = FaultyLog::parts(LogFaults::Hang);
    let server = TestServer::start_with(databases, parts, |config| {
        config.coordinator.answer_timeout = Duration::from_millis(300);
    })
    .await;
    let article = server.client.article("An article").await;
    let reply = server.client.like(article, 7).await;
    assert_problem(&reply, 503, "in-doubt");
    let id = reply.body["transaction_id"].as_str().unwrap();
    let path = format!("/v1/transactions/{id}");
    let shown = server.client.get(&path).send().await;
    assert_problem(&shown, 503, "in-doubt");
    assert_eq!(shown.body["transaction_id"], id);
}

/// The doubt ends: once the log is lost to another coordinator, no late append can store the saga.
async fn r25_a_start_that_was_lost_is_in_doubt_and_then_certainly_absent(databases: &Databases) {
    let parts = FaultyLog::parts(LogFaults::LoseStartAndFence);
    let server = TestServer::start_with(databases, parts, |_| {}).await;
    let article = server.client.article("An article").await;
    let reply = server.client.like(article, 7).await;
    assert_problem(&reply, 503, "in-doubt");
    let detail = reply.body["detail"].as_str().unwrap();
    assert!(!detail.contains("did nothing"), "{detail}");
    let id = reply.body["transaction_id"].as_str().unwrap();
    let path = format!("/v1/transactions/{id}");
    let shown = server.client.get(&path).send().await;
    assert_problem(&shown, 404, "transaction-not-found");
}

/// The key's saga exists and is open, so nobody may say that nothing was done.
async fn r25_a_repeat_whose_saga_cannot_be_read_is_in_doubt(databases: &Databases) {
    let parts = FaultyLog::parts(LogFaults::FailFinds);
    let server = TestServer::start_with(databases, parts, |_| {}).await;
    let article = server.client.article("An article").await;
    // As if the process that drove it had died: there is a row, but no task.
    let record = RecordId(Uuid::from_u128(1));
    let (kind, args) = LikeSaga::like(UserId(7), ArticleId(article), record, Timestamp(1)).stored();
    let request = json!({ "wish": "like", "user": 7, "article": article });
    let abandoned = NewSaga {
        id: SagaId(Uuid::from_u128(2)),
        kind,
        args,
        lock_key: format!("7:{article}"),
        request_key: Some("7:k".to_owned()),
        fingerprint: Document::from(request).fingerprint(),
        deadline_at: Timestamp(i64::MAX),
        settled: None,
    };
    let log = SqlSagaLog::new(databases.open(SAGA_LOG_SCHEMA).await);
    let started = log
        .append(Epoch(1), Timestamp(1), &[LogEntry::Start(abandoned)])
        .await
        .unwrap();
    assert_eq!(started, [LogReply::Started]);

    let path = format!("/articles/{article}/like");
    let reply = server.client.post(&path).user(7).key("k").send().await;
    assert_problem(&reply, 503, "in-doubt");
    assert_eq!(
        reply.body["transaction_id"],
        Uuid::from_u128(2).to_string(),
        "{reply:?}"
    );
}
