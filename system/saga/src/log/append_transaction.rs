//! An append with several statements in one transaction.
//!
//! The first statement proves the epoch and locks the log until the commit. A takeover therefore either waits, and then reads
//! everything that this transaction wrote, or comes first, and then this transaction writes nothing.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::{
    LogEntry, LogReply, NewSaga, StatusChange, StoredSaga,
    read_row::read_first,
    rows::{batch_of_changes, batch_of_starts},
};
use crate::{
    id::{Epoch, SagaId},
    store::{Batch, Insert, Inserted, Row, Sql, StoreError, Tx, insert, sql},
    time::Timestamp,
};

static PROVE_EPOCH: Sql = sql!("log_prove_epoch");
static CHANGE_STATUS: Sql = sql!("log_change_status");
static PARK: Sql = sql!("log_park");
static START: Insert = insert!("log_start");
static FIND_LOCK_HOLDER: Sql = sql!("log_find_lock_holder");
pub(super) static FIND_BY_KEY: Sql = sql!("log_find_by_key");

/// Appends inside a transaction. `None` if the epoch is over.
pub(super) async fn append(
    tx: &mut Tx<'_>,
    epoch: Epoch,
    now: Timestamp,
    entries: Vec<LogEntry>,
) -> Result<Option<Vec<LogReply>>, StoreError> {
    let (changes, starts) = split(&entries);
    if tx.rows(&PROVE_EPOCH, [epoch.0.into()]).await?.is_empty() {
        return Ok(None);
    }
    // Changes come before starts: a change may release the lock key of a start.
    let changed = change_statuses(tx, epoch, now, &changes).await?;
    let started = start(tx, epoch, now, &starts).await?;
    let mut replies = Vec::with_capacity(entries.len());
    for entry in entries {
        replies.push(match entry {
            LogEntry::StatusChange(StatusChange { saga, .. }) if changed.contains(&saga.0) => {
                LogReply::Changed
            }
            LogEntry::StatusChange(_) => LogReply::Lost,
            LogEntry::Start(new) if started.contains(&new.id.0) => LogReply::Started,
            LogEntry::Start(new) => why_not_started(tx, new).await?,
        });
    }
    Ok(Some(replies))
}

/// Marks one open saga for a person. `None` if the epoch is over.
pub(super) async fn park(
    tx: &mut Tx<'_>,
    epoch: Epoch,
    now: Timestamp,
    saga: SagaId,
) -> Result<Option<()>, StoreError> {
    if tx.rows(&PROVE_EPOCH, [epoch.0.into()]).await?.is_empty() {
        return Ok(None);
    }
    let args = [saga.to_string().into(), now.0.into()];
    tx.execute(&PARK, args).await?;
    Ok(Some(()))
}

/// The status changes and the starts of a batch, each in order.
pub(super) fn split(entries: &[LogEntry]) -> (Vec<&StatusChange>, Vec<&NewSaga>) {
    let changes = entries.iter().filter_map(LogEntry::as_status_change);
    let starts = entries.iter().filter_map(LogEntry::as_start);
    (changes.collect(), starts.collect())
}

/// Returns the ids of the sagas whose status was the expected one.
async fn change_statuses(
    tx: &mut Tx<'_>,
    epoch: Epoch,
    now: Timestamp,
    changes: &[&StatusChange],
) -> Result<BTreeSet<Uuid>, StoreError> {
    if changes.is_empty() {
        return Ok(BTreeSet::new());
    }
    let args = [
        batch_of_changes(changes)?.into(),
        epoch.0.into(),
        now.0.into(),
    ];
    ids(&tx.rows(&CHANGE_STATUS, args).await?)
}

/// Returns the ids of the sagas that were inserted.
async fn start(
    tx: &mut Tx<'_>,
    epoch: Epoch,
    now: Timestamp,
    starts: &[&NewSaga],
) -> Result<BTreeSet<Uuid>, StoreError> {
    if starts.is_empty() {
        return Ok(BTreeSet::new());
    }
    let args = [
        batch_of_starts(starts)?.into(),
        epoch.0.into(),
        now.0.into(),
    ];
    let outcome = tx.run(START.sql.with(args)).await?;
    let all_ids = || starts.iter().map(|new| new.id.0);
    let all = || Batch::default().uuids("id", all_ids());
    match tx.inserted(&START, outcome, starts.len(), all).await? {
        Inserted::All => Ok(all_ids().collect()),
        Inserted::Only(rows) => ids(&rows),
    }
}

fn ids(rows: &[Row]) -> Result<BTreeSet<Uuid>, StoreError> {
    rows.iter().map(|row| row.uuid(0)).collect()
}

/// Why a saga could not be started: its request key is taken, or its lock key is held.
async fn why_not_started(tx: &mut Tx<'_>, new: NewSaga) -> Result<LogReply, StoreError> {
    if let Some(key) = new.request_key
        && let Some(row) = find_by_key(tx, key).await?
    {
        return Ok(LogReply::Joined(Box::new(row)));
    }
    let holders = tx.rows(&FIND_LOCK_HOLDER, [new.lock_key.into()]).await?;
    match holders.first() {
        Some(row) => Ok(LogReply::Locked(SagaId(row.uuid(0)?))),
        None => Err(StoreError::Invariant(format!(
            "saga {} was not started, but its keys are free",
            new.id
        ))),
    }
}

async fn find_by_key(tx: &mut Tx<'_>, key: String) -> Result<Option<StoredSaga>, StoreError> {
    Ok(read_first(&tx.rows(&FIND_BY_KEY, [key.into()]).await?))
}
