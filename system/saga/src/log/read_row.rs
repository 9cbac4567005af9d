//! Reads sagas from rows. Every statement of the log selects the same columns in the same order.

use serde::de::DeserializeOwned;

use super::{EndCursor, SagaRow, StepRecord, StoredSaga, UnreadableSaga, rows::steps_of_outcome};
use crate::{
    id::{Epoch, SagaId},
    protocol::{Outcome, Status},
    store::{Row, StoreError},
    time::Timestamp,
};

/// The columns that the statements select.
pub(super) const COLUMNS: [&str; 14] = [
    "id",
    "kind",
    "args",
    "subject",
    "request_key",
    "fingerprint",
    "status",
    "parked",
    "epoch",
    "steps",
    "outcome",
    "created_at",
    "updated_at",
    "deadline_at",
];

/// The column with the position, which only the list of ended sagas has.
const POSITION: usize = COLUMNS.len();

/// Reads a saga from a row.
pub(super) fn read(row: &Row) -> StoredSaga {
    read_columns(row).map_err(|reason| Box::new(unreadable(row, reason)))
}

/// Reads the saga of the first row, if there is one.
pub(super) fn read_first(rows: &[Row]) -> Option<StoredSaga> {
    rows.first().map(read)
}

/// Reads the place of an ended saga. `None` if it cannot be read.
pub(super) fn end_cursor(row: &Row) -> Option<EndCursor> {
    Some(EndCursor {
        epoch: Epoch(row.int(8).ok()?),
        position: row.int(POSITION).ok()?,
        saga: SagaId(row.uuid(0).ok()?),
    })
}

/// Reads the epoch and the watermark of the log before its open sagas.
pub(super) fn read_head(rows: &[Row]) -> Result<(Epoch, Option<SagaId>), StoreError> {
    let no_row = || StoreError::Invariant("the log has no lease row".to_owned());
    let row = rows.first().ok_or_else(no_row)?;
    let watermark = row.opt_text(1)?.map(str::parse).transpose();
    let watermark =
        watermark.map_err(|_| StoreError::Invariant("the watermark is no id".to_owned()));
    Ok((Epoch(row.int(0)?), watermark?.map(SagaId)))
}

/// Reads an open saga with its lock, if the lock can be read. `None` if there is none in the row.
pub(super) fn open_saga(row: &Row) -> Option<(SagaId, Option<String>, Status)> {
    let saga = row.opt_text(2).ok()??.parse().ok()?;
    let lock_key = row.text(3).ok().map(str::to_owned);
    Some((SagaId(saga), lock_key, row.int(4).and_then(status).ok()?))
}

/// Reads every column. The error names the column.
fn read_columns(row: &Row) -> Result<SagaRow, String> {
    let steps: Option<Vec<StepRecord>> = named(9, document(row, 9))?;
    let outcome: Option<Outcome> = named(10, document(row, 10))?;
    Ok(SagaRow {
        id: SagaId(named(0, row.uuid(0))?),
        kind: named(1, row.text(1))?.to_owned(),
        args: named(2, row.json(2))?,
        lock_key: named(3, row.text(3))?.to_owned(),
        request_key: named(4, row.opt_text(4))?.map(str::to_owned),
        fingerprint: named(5, row.int(5))?,
        status: named(6, row.int(6).and_then(status))?,
        parked: named(7, row.int(7))? != 0,
        epoch: Epoch(named(8, row.int(8))?),
        steps: steps.or_else(|| steps_of_outcome(outcome.as_ref()?)),
        outcome,
        created_at: Timestamp(named(11, row.int(11))?),
        updated_at: Timestamp(named(12, row.int(12))?),
        deadline_at: Timestamp(named(13, row.int(13))?),
    })
}

/// What is still readable of a row.
fn unreadable(row: &Row, reason: String) -> UnreadableSaga {
    let time = |column| row.int(column).ok().map(Timestamp);
    UnreadableSaga {
        id: row.uuid(0).ok().map(SagaId),
        kind: row.text(1).ok().map(str::to_owned),
        status: row.int(6).and_then(status).ok(),
        parked: row.int(7).ok().map(|parked| parked != 0),
        created_at: time(11),
        updated_at: time(12),
        deadline_at: time(13),
        reason,
    }
}

/// Adds the name of the column to an error.
fn named<T>(column: usize, read: Result<T, StoreError>) -> Result<T, String> {
    let name = COLUMNS[column];
    read.map_err(|error| match error {
        StoreError::Invariant(reason) => format!("the column {name} cannot be read: {reason}"),
        error => format!("the column {name} cannot be read: {error}"),
    })
}

fn document<T: DeserializeOwned>(row: &Row, column: usize) -> Result<Option<T>, StoreError> {
    let text = row.opt_text(column)?;
    Ok(text.map(serde_json::from_str).transpose()?)
}

fn status(code: i64) -> Result<Status, StoreError> {
    Status::of_code(code)
        .ok_or_else(|| StoreError::Invariant(format!("{code} is not the code of a status")))
}
