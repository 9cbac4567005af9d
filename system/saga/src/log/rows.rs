//! Sagas as rows of the log: writing them. `read_row.rs` reads them.

use serde::Serialize;

use super::{NewSaga, StatusChange, StepRecord};
use crate::{
    protocol::{Document, Outcome, Status, StepState},
    store::{Batch, StoreError},
};

/// Whether the steps can be derived from the outcome: each was sent once, and is done.
///
/// This is true for nearly every saga. Its steps are then not stored, because a smaller row is cheaper to write;
/// [`steps_of_outcome`] restores them.
fn steps_are_derivable(change: &StatusChange) -> bool {
    let derived = change.outcome.as_ref().and_then(steps_of_outcome);
    derived.as_ref() == Some(&change.steps)
}

/// The steps of a saga that is done and whose row does not store them. `None` for any other outcome.
pub(super) fn steps_of_outcome(outcome: &Outcome) -> Option<Vec<StepRecord>> {
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
    use crate::id::SagaId;

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
