//! A saga log and entries for it.
//!
//! The entries are built by hand instead of by a coordinator, so that a test can write what no correct coordinator
//! would: a change from the wrong status, or one at a stale epoch.

use likewise_saga::{
    id::{Epoch, SagaId},
    log::{
        LogEntry, LogReply, NewSaga, SAGA_LOG_SCHEMA, SagaLog, SqlSagaLog, StatusChange, StepRecord,
    },
    protocol::{Outcome, Status, StepState},
    time::Timestamp,
};
use serde_json::json;
use uuid::Uuid;

use crate::common::Databases;

pub const NOW: Timestamp = Timestamp(1_700_000_000_000_000);

pub async fn log(databases: &Databases) -> (SqlSagaLog, Epoch) {
    let log = SqlSagaLog::new(databases.open(SAGA_LOG_SCHEMA).await);
    let epoch = log.take_over().await.expect("the log is taken over");
    (log, epoch)
}

pub async fn append(log: &SqlSagaLog, epoch: Epoch, entries: &[LogEntry]) -> Vec<LogReply> {
    log.append(epoch, NOW, entries).await.expect("appended")
}

pub fn id(number: u128) -> SagaId {
    SagaId(Uuid::from_u128(number))
}

pub fn saga(number: u128, lock_key: &str, key: Option<&str>) -> NewSaga {
    NewSaga {
        id: id(number),
        kind: "like".to_owned(),
        args: json!({ "number": 7, "text": "ü" }).into(),
        lock_key: lock_key.to_owned(),
        request_key: key.map(str::to_owned),
        fingerprint: i64::MIN,
        deadline_at: Timestamp(NOW.0 + 5),
        settled: None,
    }
}

pub fn start(number: u128, lock_key: &str, key: Option<&str>) -> LogEntry {
    LogEntry::Start(saga(number, lock_key, key))
}

pub fn change(number: u128, from: Status, to: Status) -> LogEntry {
    let mut record = StepRecord::new(StepState::Done {
        result: json!({ "likes": 3 }).into(),
    });
    record.attempts = 2;
    LogEntry::StatusChange(StatusChange {
        saga: id(number),
        from,
        to,
        parked: to == Status::Compensating,
        steps: vec![record],
        ordered: None,
        outcome: (!to.is_open()).then_some(Outcome::TimedOut),
        reason: None,
        recovers: false,
    })
}
