//! Sagas as rows of the log: writing them. `read_row.rs` reads them.

use serde::Serialize;

use super::{NewSaga, StatusChange, StepRecord};
use crate::{
    id::Epoch,
    protocol::{Document, Outcome, Status, StepState},
    store::{Arg, Batch, StoreError},
    time::Timestamp,
};

/// Whether the steps can be derived from the outcome: each was sent once, and is done.
///
/// This is true for nearly every saga. Its steps are then not stored, because a smaller row is cheaper to write;
/// [`steps_of_outcome`] restores them. A saga that was settled at its start has none.
fn steps_are_derivable(change: &StatusChange) -> bool {
    if change.steps.is_empty() {
        return true;
    }
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

/// A batch with one row per new saga.
pub(super) fn batch_of_starts(starts: &[&NewSaga]) -> Batch {
    Batch::default()
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
        .ints("deadline_at", starts.iter().map(|new| new.deadline_at.0))
}

/// The arguments of a statement that starts one saga.
pub(super) fn args_of_start(new: &NewSaga, epoch: Epoch, now: Timestamp) -> [Arg; 9] {
    [
        new.id.to_string().into(),
        new.kind.clone().into(),
        new.args.text().to_owned().into(),
        new.lock_key.clone().into(),
        Arg::Text(new.request_key.clone()),
        new.fingerprint.into(),
        new.deadline_at.0.into(),
        epoch.0.into(),
        now.0.into(),
    ]
}

/// The arguments of a statement that changes one status.
pub(super) fn args_of_change(
    change: &StatusChange,
    epoch: Epoch,
    now: Timestamp,
) -> Result<[Arg; 8], StoreError> {
    let steps = (!steps_are_derivable(change)).then_some(&change.steps);
    let steps = steps.map(serde_json::to_string).transpose()?;
    let outcome = change.outcome.as_ref();
    let outcome = outcome.map(serde_json::to_string).transpose()?;
    Ok([
        change.saga.to_string().into(),
        change.from.code().into(),
        change.to.code().into(),
        i64::from(change.parked).into(),
        Arg::Text(steps),
        Arg::Text(outcome),
        epoch.0.into(),
        now.0.into(),
    ])
}

/// The end of a saga that is stored as ended at its start. It is compensated: it has no effect.
pub(super) fn end_of_settled(new: &NewSaga) -> Option<StatusChange> {
    Some(StatusChange {
        saga: new.id,
        from: Status::Running,
        to: Status::Compensated,
        parked: false,
        steps: Vec::new(),
        outcome: Some(new.settled.clone()?),
        ordered: None,
        reason: None,
        recovers: false,
    })
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
            ordered: None,
            steps: vec![step.clone(), step],
            reason: None,
            recovers: false,
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
