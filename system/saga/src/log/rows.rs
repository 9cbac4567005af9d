//! Sagas as rows of the log: writing and reading them.

use serde::{Serialize, de::DeserializeOwned};

use super::{NewSaga, SagaRow, StatusChange, StepRecord};
use crate::{
    id::{Epoch, SagaId},
    protocol::{Document, Outcome, Status, StepState},
    store::{Batch, Row, StoreError},
    time::Timestamp,
};

/// Reads a saga from a row. Every statement of the log selects the same columns in the same order.
pub(super) fn read(row: &Row) -> Result<SagaRow, StoreError> {
    let steps: Option<Vec<StepRecord>> = document(row, 9)?;
    let outcome: Option<Outcome> = document(row, 10)?;
    Ok(SagaRow {
        id: SagaId(row.uuid(0)?),
        kind: row.text(1)?.to_owned(),
        args: row.json(2)?,
        lock_key: row.text(3)?.to_owned(),
        request_key: row.opt_text(4)?.map(str::to_owned),
        fingerprint: row.int(5)?,
        status: status(row.int(6)?)?,
        parked: row.int(7)? != 0,
        epoch: Epoch(row.int(8)?),
        steps: steps.or_else(|| steps_of_outcome(outcome.as_ref()?)),
        outcome,
        created_at: Timestamp(row.int(11)?),
        updated_at: Timestamp(row.int(12)?),
        deadline_at: Timestamp(row.int(13)?),
    })
}

/// Reads the saga of the first row, if there is one.
pub(super) fn read_first(rows: &[Row]) -> Result<Option<SagaRow>, StoreError> {
    rows.first().map(read).transpose()
}

fn document<T: DeserializeOwned>(row: &Row, column: usize) -> Result<Option<T>, StoreError> {
    let text = row.opt_text(column)?;
    Ok(text.map(serde_json::from_str).transpose()?)
}

fn status(code: i64) -> Result<Status, StoreError> {
    Status::of_code(code)
        .ok_or_else(|| StoreError::Invariant(format!("{code} is not the code of a status")))
}

/// Whether the steps can be derived from the outcome: each was sent once, and is done.
///
/// This is true for nearly every saga. Its steps are then not stored, because a smaller row is cheaper to write;
/// [`steps_of_outcome`] restores them.
fn steps_are_derivable(change: &StatusChange) -> bool {
    let derived = change.outcome.as_ref().and_then(steps_of_outcome);
    derived.as_ref() == Some(&change.steps)
}

/// The steps of a saga that is done and whose row does not store them. `None` for any other outcome.
fn steps_of_outcome(outcome: &Outcome) -> Option<Vec<StepRecord>> {
    let Outcome::Done { results } = outcome else {
        return None;
    };
    let done = |result: &Document| StepRecord {
        attempts: 1,
        ..StepRecord::new(StepState::Done {
            result: result.clone(),
        })
    };
    Some(results.iter().map(done).collect())
}

/// A batch with one row per status change. Names and order of the columns are those of the statements.
pub(super) fn batch_of_changes(changes: &[&StatusChange]) -> Result<Batch, StoreError> {
    let steps = texts(
        changes
            .iter()
            .map(|change| (!steps_are_derivable(change)).then_some(&change.steps)),
    )?;
    let outcomes = texts(changes.iter().map(|change| change.outcome.as_ref()))?;
    let batch = Batch::default()
        .uuids("saga", changes.iter().map(|change| change.saga.0))
        .ints(
            "from_status",
            changes.iter().map(|change| change.from.code()),
        )
        .ints("to_status", changes.iter().map(|change| change.to.code()))
        .ints("parked", changes.iter().map(|change| change.parked.into()))
        .texts("steps", steps)
        .texts("outcome", outcomes);
    Ok(batch)
}

/// A batch with one row per new saga. A settled saga is stored as compensated: it has ended and has no effect.
pub(super) fn batch_of_starts(starts: &[&NewSaga]) -> Result<Batch, StoreError> {
    let status = |new: &&NewSaga| match new.settled {
        None => Status::Running.code(),
        Some(_) => Status::Compensated.code(),
    };
    let outcomes = texts(starts.iter().map(|new| new.settled.as_ref()))?;
    let batch = Batch::default()
        .uuids("id", starts.iter().map(|new| new.id.0))
        .texts("kind", starts.iter().map(|new| Some(new.kind.clone())))
        .texts(
            "args",
            starts.iter().map(|new| Some(new.args.text().to_owned())),
        )
        .texts(
            "subject",
            starts.iter().map(|new| Some(new.lock_key.clone())),
        )
        .texts(
            "request_key",
            starts.iter().map(|new| new.request_key.clone()),
        )
        .ints("fingerprint", starts.iter().map(|new| new.fingerprint))
        .ints("status", starts.iter().map(status))
        .texts("outcome", outcomes)
        .ints("deadline_at", starts.iter().map(|new| new.deadline_at.0));
    Ok(batch)
}

/// The JSON texts of optional documents.
fn texts<'d, T: Serialize + 'd>(
    documents: impl Iterator<Item = Option<&'d T>>,
) -> Result<Vec<Option<String>>, StoreError> {
    let text = |document: Option<&T>| document.map(serde_json::to_string).transpose();
    Ok(documents.map(text).collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn end(attempts: u32, outcome: Outcome) -> StatusChange {
        let result = Document::default();
        let step = StepRecord {
            attempts,
            ..StepRecord::new(StepState::Done { result })
        };
        StatusChange {
            saga: SagaId(Uuid::nil()),
            from: Status::Running,
            to: Status::Completed,
            parked: false,
            outcome: Some(outcome),
            steps: vec![step.clone(), step],
        }
    }

    #[test]
    fn steps_that_the_outcome_implies_are_not_stored() {
        let done = || Outcome::Done {
            results: vec![Document::default(); 2],
        };
        let derivable = end(1, done());
        assert!(steps_are_derivable(&derivable));
        assert_eq!(steps_of_outcome(&done()), Some(derivable.steps));
        assert!(
            !steps_are_derivable(&end(2, done())),
            "the attempts would be lost"
        );
        assert!(!steps_are_derivable(&end(1, Outcome::TimedOut)));
    }
}
