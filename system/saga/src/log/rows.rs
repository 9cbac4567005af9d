//! How the sagas of the log are rows: what is written of them, and read back.

use serde::{Serialize, de::DeserializeOwned};

use super::{NewSaga, SagaRow, StatusChange, StepRecord};
use crate::{
    id::{Epoch, SagaId},
    protocol::{Document, Outcome, Status, StepState},
    store::{Batch, Row, StoreError},
    time::Timestamp,
};

/// The saga of a row, with the columns that every statement of the log selects.
pub(crate) fn read(row: &Row) -> Result<SagaRow, StoreError> {
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
        steps: steps.or_else(|| plain_steps(outcome.as_ref()?)),
        outcome,
        created_at: Timestamp(row.int(11)?),
        updated_at: Timestamp(row.int(12)?),
        deadline_at: Timestamp(row.int(13)?),
    })
}

fn document<T: DeserializeOwned>(row: &Row, column: usize) -> Result<Option<T>, StoreError> {
    let text = row.opt_text(column)?;
    Ok(text.map(serde_json::from_str).transpose()?)
}

/// A status as the database stores it.
fn code(status: Status) -> i64 {
    match status {
        Status::Running => 0,
        Status::Completed => 1,
        Status::Compensating => 2,
        Status::Compensated => 3,
    }
}

fn status(code: i64) -> Result<Status, StoreError> {
    Ok(match code {
        0 => Status::Running,
        1 => Status::Completed,
        2 => Status::Compensating,
        3 => Status::Compensated,
        other => {
            return Err(StoreError::Broken(format!(
                "{other} is no status of a saga"
            )));
        }
    })
}

/// Whether an end tells all there is to know of its steps: each was asked for once, and done.
/// Then they are not stored beside it, and [`plain_steps`] says what they were.
fn is_plain(entry: &StatusChange) -> bool {
    match &entry.outcome {
        Some(outcome @ Outcome::Done { .. }) => plain_steps(outcome).as_ref() == Some(&entry.steps),
        _ => false,
    }
}

fn plain_steps(outcome: &Outcome) -> Option<Vec<StepRecord>> {
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

/// Moves, a row each.
pub(crate) fn batch_of_changes(moves: &[&StatusChange]) -> Result<Batch, StoreError> {
    let steps: Vec<Option<String>> = moves
        .iter()
        .map(|entry| {
            (!is_plain(entry))
                .then(|| serde_json::to_string(&entry.steps))
                .transpose()
        })
        .collect::<Result<_, _>>()?;
    let outcomes = texts(moves.iter().map(|entry| entry.outcome.as_ref()))?;
    let batch = Batch::default()
        .uuids("saga", moves.iter().map(|entry| entry.saga.0))
        .ints("from_status", moves.iter().map(|entry| code(entry.from)))
        .ints("to_status", moves.iter().map(|entry| code(entry.to)))
        .ints("parked", moves.iter().map(|entry| entry.parked.into()))
        .texts("steps", steps)
        .texts("outcome", outcomes);
    Ok(batch)
}

/// New sagas, a row each.
pub(crate) fn batch_of_starts(starts: &[&NewSaga]) -> Result<Batch, StoreError> {
    let status = |new: &&NewSaga| match new.settled {
        None => code(Status::Running),
        Some(_) => code(Status::Compensated),
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
    fn an_end_that_tells_all_of_its_steps_is_stored_without_them() {
        let done = || Outcome::Done {
            results: vec![Document::default(); 2],
        };
        let plain = end(1, done());
        assert!(is_plain(&plain));
        assert_eq!(plain_steps(&done()), Some(plain.steps));
        assert!(!is_plain(&end(2, done())), "the attempts would be lost");
        assert!(!is_plain(&end(1, Outcome::TimedOut)));
    }
}
