//! An append with several statements in one transaction.
//!
//! The first statement proves the epoch and locks the log until the commit. A takeover therefore either waits, and then reads
//! everything that this transaction wrote, or comes first, and then this transaction writes nothing.
//!
//! A row that is in the log already is skipped, and the transaction finds out what the log has instead: an earlier attempt of
//! the same entry, or a saga under the same request key.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::{
    LogEntry, LogReply, NewSaga, StatusChange, StoredSaga,
    open_sagas::Fate,
    read_row::read_first,
    rows::{batch_of_changes, batch_of_starts, end_of_settled},
    sql_operations::settle,
    stored_id,
};
use crate::{
    alerts::{self, AlertKind, NewAlert},
    id::{Epoch, SagaId},
    protocol::Status,
    store::{Batch, Insert, Inserted, Row, Sql, StoreError, Tx, insert, sql},
    time::Timestamp,
};

pub(crate) static PROVE_EPOCH: Sql = sql!("log_prove_epoch");
static CHANGE: Sql = sql!("log_change");
static PARK: Sql = sql!("log_park");
static MARK: Sql = sql!("log_mark");
static START: Insert = insert!("log_start");
pub(super) static FIND: Sql = sql!("log_find");
pub(super) static FIND_BY_KEY: Sql = sql!("log_find_by_key");

/// The reason of a mark that has none.
const NO_REASON: &str = "a person should look at it";

/// A batch to append.
pub(super) struct Append {
    pub(super) epoch: Epoch,
    pub(super) now: Timestamp,
    pub(super) entries: Vec<LogEntry>,
    /// The watermark to write.
    pub(super) mark: Option<SagaId>,
    /// Whether it waits only shortly for what another transaction has locked.
    pub(super) waits_shortly: bool,
}

/// The reply to each entry, and what the log has of its saga.
pub(super) type Appended = Vec<(LogReply, Fate)>;

/// Appends inside a transaction. `None` if the epoch is over.
pub(super) async fn append(
    tx: &mut Tx<'_>,
    append: Append,
) -> Result<Option<Appended>, StoreError> {
    let Append { epoch, now, .. } = append;
    if append.waits_shortly {
        tx.wait_shortly_for_locks().await?;
    }
    if tx.rows(&PROVE_EPOCH, [epoch.0.into()]).await?.is_empty() {
        return Ok(None);
    }
    let (starts, changes) = split(append.entries.iter());
    let started = start(tx, epoch, now, &starts).await?;
    let is_started = |change: &StatusChange| started.contains(&change.saga.0);
    let settled = starts.iter().filter_map(|new| end_of_settled(new));
    let settled: Vec<StatusChange> = settled.filter(is_started).collect();
    let changes: Vec<&StatusChange> = changes.into_iter().chain(&settled).collect();
    let changed = change_statuses(tx, epoch, now, &changes).await?;
    let mut appended = Vec::with_capacity(append.entries.len());
    for entry in &append.entries {
        appended.push(match entry {
            LogEntry::StatusChange(change) if change.is_park() => {
                let reason = change.reason.as_deref().unwrap_or(NO_REASON);
                park_one(tx, epoch, now, change.saga, reason).await?;
                (LogReply::Changed, Fate::Written)
            }
            LogEntry::StatusChange(change)
                if changed.contains(&(change.saga.0, change.from.code())) =>
            {
                settle(tx, epoch, now, change).await?;
                alert(tx, epoch, now, change).await?;
                (LogReply::Changed, Fate::Written)
            }
            LogEntry::StatusChange(change) => {
                let found = find(tx, change.saga).await?.as_ref().and_then(status);
                // A start of this batch may rely on the lock that the change would have released.
                if found.is_some_and(|status| status.is_open()) && !starts.is_empty() {
                    return Err(StoreError::Invariant(format!(
                        "saga {} did not leave its status, and its batch starts sagas",
                        change.saga
                    )));
                }
                (LogReply::Lost, Fate::Found(found))
            }
            LogEntry::Start(new) if started.contains(&new.id.0) => {
                (LogReply::Started, Fate::Written)
            }
            LogEntry::Start(new) => why_not_started(tx, new).await?,
        });
    }
    if let Some(mark) = append.mark {
        tx.execute(&MARK, [mark.to_string().into()]).await?;
    }
    Ok(Some(appended))
}

/// Marks one open saga for a person. `None` if the epoch is over.
pub(super) async fn park(
    tx: &mut Tx<'_>,
    epoch: Epoch,
    now: Timestamp,
    saga: SagaId,
    reason: &str,
) -> Result<Option<()>, StoreError> {
    if tx.rows(&PROVE_EPOCH, [epoch.0.into()]).await?.is_empty() {
        return Ok(None);
    }
    park_one(tx, epoch, now, saga, reason).await.map(Some)
}

/// Marks a saga, and writes the alert if it is marked now.
async fn park_one(
    tx: &mut Tx<'_>,
    epoch: Epoch,
    now: Timestamp,
    saga: SagaId,
    reason: &str,
) -> Result<(), StoreError> {
    let args = [saga.to_string().into(), epoch.0.into(), now.0.into()];
    if tx.rows(&PARK, args).await?.is_empty() {
        return Ok(());
    }
    let kind = AlertKind::Parked;
    alerts::write(tx, epoch, now, NewAlert { saga, kind, reason }).await
}

/// Writes the alert of a change that was made: it is the first mark of its saga, or the end of one that was parked.
async fn alert(
    tx: &mut Tx<'_>,
    epoch: Epoch,
    now: Timestamp,
    change: &StatusChange,
) -> Result<(), StoreError> {
    let (kind, reason) = match change.to {
        Status::Completed if change.recovers => (AlertKind::Recovered, "the saga has completed"),
        Status::Compensated if change.recovers => (AlertKind::Recovered, "the saga was undone"),
        // A saga that was parked before keeps its mark. It had its alert.
        Status::Compensating if change.parked && !alerts::was_parked(tx, change.saga).await? => {
            let reason = change.reason.as_deref().unwrap_or(NO_REASON);
            (AlertKind::Parked, reason)
        }
        _ => return Ok(()),
    };
    let saga = change.saga;
    alerts::write(tx, epoch, now, NewAlert { saga, kind, reason }).await
}

/// The starts of a batch, and its changes without those that only park. Each in the order of the identities, so that a statement
/// that was given up and its repeat cannot wait for each other.
pub(super) fn split<'e>(
    entries: impl Iterator<Item = &'e LogEntry> + Clone,
) -> (Vec<&'e NewSaga>, Vec<&'e StatusChange>) {
    let starts = entries.clone().filter_map(LogEntry::as_start);
    let changes = entries.filter_map(LogEntry::as_status_change);
    let changes = changes.filter(|change| !change.is_park());
    let (mut starts, mut changes): (Vec<_>, Vec<_>) = (starts.collect(), changes.collect());
    starts.sort_by_key(|new| new.id);
    changes.sort_by_key(|change| change.saga);
    (starts, changes)
}

/// Returns the ids and the statuses that were left.
async fn change_statuses(
    tx: &mut Tx<'_>,
    epoch: Epoch,
    now: Timestamp,
    changes: &[&StatusChange],
) -> Result<BTreeSet<(Uuid, i64)>, StoreError> {
    if changes.is_empty() {
        return Ok(BTreeSet::new());
    }
    let args = [
        batch_of_changes(changes)?.into(),
        epoch.0.into(),
        now.0.into(),
    ];
    let rows = tx.rows(&CHANGE, args).await?;
    rows.iter()
        .map(|row| Ok((row.uuid(0)?, row.int(1)?)))
        .collect()
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
    let args = [batch_of_starts(starts).into(), epoch.0.into(), now.0.into()];
    let outcome = tx.run(START.sql.with(args)).await?;
    let all_ids = || starts.iter().map(|new| new.id.0);
    let all = || Batch::default().uuids("id", all_ids());
    match tx.inserted(&START, outcome, starts.len(), all).await? {
        Inserted::All => Ok(all_ids().collect()),
        Inserted::Only(rows) => rows.iter().map(|row| row.uuid(0)).collect(),
    }
}

/// Why a saga could not be started: its request key is taken, or it is in the log already.
async fn why_not_started(tx: &mut Tx<'_>, new: &NewSaga) -> Result<(LogReply, Fate), StoreError> {
    if let Some(key) = &new.request_key
        && let Some(stored) = find_by_key(tx, key.clone()).await?
    {
        let is_itself = stored_id(&stored) == Some(new.id);
        let found = status(&stored).filter(|_| is_itself);
        return Ok((LogReply::Joined(Box::new(stored)), Fate::Found(found)));
    }
    match find(tx, new.id).await? {
        Some(stored) => Ok((LogReply::Locked(new.id), Fate::Found(status(&stored)))),
        None => Err(StoreError::Invariant(format!(
            "saga {} was not started, but its keys are free",
            new.id
        ))),
    }
}

/// The status, as far as it is readable.
fn status(stored: &StoredSaga) -> Option<Status> {
    match stored {
        Ok(row) => Some(row.status),
        Err(unreadable) => unreadable.status,
    }
}

async fn find(tx: &mut Tx<'_>, saga: SagaId) -> Result<Option<StoredSaga>, StoreError> {
    let rows: Vec<Row> = tx.rows(&FIND, [saga.to_string().into()]).await?;
    Ok(read_first(&rows))
}

async fn find_by_key(tx: &mut Tx<'_>, key: String) -> Result<Option<StoredSaga>, StoreError> {
    Ok(read_first(&tx.rows(&FIND_BY_KEY, [key.into()]).await?))
}
