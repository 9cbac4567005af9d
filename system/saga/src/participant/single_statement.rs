//! The barrier in one statement: the rows of a batch of actions, inserted together with their effects.
//!
//! It is the case of every day, and it goes well or not at all: a row that is there already, or an effect, fails the
//! statement as a whole, and the batch then goes through `sql.rs` as if this had not been tried.

use std::collections::BTreeMap;

use super::{Effect, SingleStatement, barrier_batch};
use crate::{
    protocol::{Op, StepKey, StepReply, StepRequest},
    store::{Database, Row, StoreError},
    time::Timestamp,
};

/// Applies the actions of a batch that one statement can.
///
/// # Errors
/// As [`super::Barrier::apply_single`].
pub(crate) async fn apply(
    database: &Database,
    effect: &dyn Effect,
    now: Timestamp,
    batch: &[StepRequest],
) -> Result<Vec<Option<StepReply>>, StoreError> {
    let untouched = vec![None; batch.len()];
    if !database.supports_single_statement() {
        return Ok(untouched);
    }
    let actions = lone_actions(batch);
    let Some(whole) = effect
        .at_once(&actions)
        .filter(|whole| !whole.places.is_empty())
    else {
        return Ok(untouched);
    };
    match execute(database, now, &actions, whole).await {
        Ok(mut done) => Ok(batch
            .iter()
            .map(|request| done.remove(&request.key()))
            .collect()),
        // Nothing was done: the long way tells what stood in the way of what.
        Err(error) if error.may_be_one_item() => {
            tracing::debug!(%error, "a batch of actions goes the long way");
            Ok(untouched)
        }
        Err(error) => Err(error),
    }
}

/// Those of whose step nothing else is asked in this batch.
fn lone_actions(batch: &[StepRequest]) -> Vec<&StepRequest> {
    let mut asked: BTreeMap<StepKey, usize> = BTreeMap::new();
    for request in batch {
        *asked.entry(request.key()).or_default() += 1;
    }
    let is_lone = |request: &&StepRequest| request.op == Op::Do && asked[&request.key()] == 1;
    batch.iter().filter(is_lone).collect()
}

async fn execute(
    database: &Database,
    now: Timestamp,
    actions: &[&StepRequest],
    whole: SingleStatement,
) -> Result<BTreeMap<StepKey, StepReply>, StoreError> {
    let taken = || whole.places.iter().map(|place| actions[*place]);
    let rows = barrier_batch::keys(taken().map(StepRequest::key))
        .ints("fingerprint", taken().map(|action| action.fingerprint))
        .texts("kept", whole.undo_data.iter().map(barrier_batch::text))
        .and(whole.columns);
    let args = [rows.into(), now.0.into()];
    let done = database
        .write_single("steps", whole.statement, args)
        .await?;
    done.iter().map(reply).collect()
}

fn reply(row: &Row) -> Result<(StepKey, StepReply), StoreError> {
    let result = row.json(2)?;
    Ok((barrier_batch::key(row)?, StepReply::Done { result }))
}
