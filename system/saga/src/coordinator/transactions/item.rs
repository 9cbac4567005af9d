//! One item of the transaction log: a transaction, or a row that cannot be read.

use serde::Serialize;

use super::view::{Entry, Progress, Transaction, progress_of};
use crate::{
    executor::{CannotResume, Define, SagaProgress},
    id::SagaId,
    log::{SagaRow, StoredSaga, UnreadableSaga},
    protocol::{Definition, Status},
    time::Timestamp,
};

/// One item of the transaction log.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Item {
    /// A transaction.
    Transaction(Transaction),
    /// A row that cannot be read, or whose steps are not known to this version.
    Unreadable(Unreadable),
}

/// What is still readable of a transaction. A field is null if its column cannot be read.
#[derive(Debug, Serialize)]
pub(super) struct Unreadable {
    id: Option<SagaId>,
    kind: Option<String>,
    status: Option<Progress>,
    saga_status: Option<Status>,
    parked: Option<bool>,
    created_at: Option<Timestamp>,
    updated_at: Option<Timestamp>,
    deadline_at: Option<Timestamp>,
    /// Always true. Other items do not have this field.
    unreadable: bool,
    /// What cannot be read, and why.
    reason: String,
}

impl Item {
    /// The entries of the steps. None if the row cannot be read.
    pub(super) fn entries(&self) -> &[Entry] {
        match self {
            Self::Transaction(transaction) => &transaction.steps,
            Self::Unreadable(_) => &[],
        }
    }

    /// The view of a stored saga. `progress` is newer than the row and is used while the row is open.
    pub(super) fn of(stored: StoredSaga, progress: Option<SagaProgress>, define: Define) -> Self {
        match stored {
            Err(unreadable) => Self::Unreadable(Unreadable::of(*unreadable)),
            Ok(row) => match readable_steps(&row, define) {
                Ok(definition) => Self::Transaction(Transaction::of(row, &definition, progress)),
                Err(reason) => Self::Unreadable(Unreadable::without_steps(row, &reason)),
            },
        }
    }
}

/// The steps of a saga whose columns can be read, if they also fit each other.
fn readable_steps(row: &SagaRow, define: Define) -> Result<Definition, CannotResume> {
    let definition =
        define(&row.kind, &row.args).ok_or_else(|| CannotResume::UnknownKind(row.kind.clone()))?;
    let expected = definition.steps().len();
    match row.steps.as_ref().map(Vec::len) {
        Some(stored) if stored != expected => Err(CannotResume::WrongSteps { stored, expected }),
        Some(_) | None => Ok(definition),
    }
}

impl Unreadable {
    fn of(row: UnreadableSaga) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            status: row.status.map(progress_of),
            saga_status: row.status,
            parked: row.parked,
            created_at: row.created_at,
            updated_at: row.updated_at,
            deadline_at: row.deadline_at,
            unreadable: true,
            reason: row.reason,
        }
    }

    /// Every column can be read, but not the steps.
    fn without_steps(row: SagaRow, reason: &CannotResume) -> Self {
        Self::of(UnreadableSaga {
            id: Some(row.id),
            status: Some(row.status),
            parked: Some(row.parked),
            created_at: Some(row.created_at),
            updated_at: Some(row.updated_at),
            deadline_at: Some(row.deadline_at),
            reason: reason.to_string(),
            kind: Some(row.kind),
        })
    }
}
