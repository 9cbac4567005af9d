//! The barrier in one statement: the rows of a batch of actions are inserted together with their effects.
//!
//! This is the common case, in which every step arrives for the first time. If a row or an effect exists already, the statement
//! fails as a whole; the batch then goes through `barrier_batch.rs`, as if this had not been tried.
//!
//! Its rows do not store what follows from the arguments of their actions (`derived.rs`).

use std::collections::BTreeMap;

use super::{ActionColumns, Effect, SingleStatement, barrier_rows};
use crate::{
    protocol::{Document, Op, StepKey, StepReply, StepRequest},
    store::{Arg, Batch, Database, Row, StoreError},
    time::Timestamp,
};

/// Applies those actions of a batch that one statement can execute.
///
/// # Errors
/// As [`super::Barrier::apply_single`].
pub(super) async fn apply(
    database: &Database,
    effect: &dyn Effect,
    now: Timestamp,
    batch: &[StepRequest],
) -> Result<Vec<Option<StepReply>>, StoreError> {
    let no_replies = vec![None; batch.len()];
    if !database.supports_single_statement() {
        return Ok(no_replies);
    }
    let actions = single_actions(batch);
    let Some(statement) = effect
        .single_statement(&actions)
        .filter(|statement| !statement.action_indices.is_empty())
    else {
        return Ok(no_replies);
    };
    match execute(database, now, &actions, statement).await {
        Ok(mut done) => Ok(batch
            .iter()
            .map(|request| done.remove(&request.key()))
            .collect()),
        // Nothing was done. The transaction with several statements tells which step conflicts.
        Err(error) if error.may_be_one_item() && !error.is_blocked() => {
            tracing::debug!(%error, "a batch of actions is applied in a transaction instead of one statement");
            Ok(no_replies)
        }
        Err(error) => Err(error),
    }
}

/// The actions for whose step the batch has no other request. The other requests depend on the order in the batch.
///
/// Only actions qualify: the statement inserts rows together with their effects, and a compensation works on a row
/// that exists. Their fingerprint must be that of their arguments. Otherwise a later request with the same fingerprint could have
/// other arguments, and nothing could be derived from them.
fn single_actions(batch: &[StepRequest]) -> Vec<&StepRequest> {
    let mut occurrences: BTreeMap<StepKey, usize> = BTreeMap::new();
    for request in batch {
        *occurrences.entry(request.key()).or_default() += 1;
    }
    let is_single = |request: &&StepRequest| {
        request.op == Op::Do
            && occurrences[&request.key()] == 1
            && request.args.fingerprint() == request.fingerprint
    };
    batch.iter().filter(is_single).collect()
}

/// Executes the statement and returns the replies of the actions that are done. An action that a business rule refuses is not
/// among them, and its row is not written: it goes through the transaction, which stores the refusal.
async fn execute(
    database: &Database,
    now: Timestamp,
    actions: &[&StepRequest],
    single: SingleStatement,
) -> Result<BTreeMap<StepKey, StepReply>, StoreError> {
    let executed = || single.action_indices.iter().map(|index| actions[*index]);
    let keys = barrier_rows::keys(executed().map(StepRequest::key))
        .ints("fingerprint", executed().map(|action| action.fingerprint));
    let (rows, more) = match single.columns {
        ActionColumns::One(columns) => (Arg::Row(keys.and(columns)), Batch::default()),
        ActionColumns::Many { actions, more } => (Arg::Batch(keys.and(actions)), more),
    };
    let args = [rows, more.into(), now.0.into()];
    let done = database
        .write_single("steps", single.statement, args)
        .await?;
    let results = executed().map(StepRequest::key).zip(single.results);
    let mut results: BTreeMap<StepKey, Document> = results.collect();
    done.iter().map(|row| reply(row, &mut results)).collect()
}

/// The reply to an action that is done. The statement returns its result if it is not among those that are known.
fn reply(
    row: &Row,
    results: &mut BTreeMap<StepKey, Document>,
) -> Result<(StepKey, StepReply), StoreError> {
    let key = barrier_rows::key(row)?;
    let result = match results.remove(&key) {
        Some(result) => result,
        None => row.json(2)?,
    };
    Ok((key, StepReply::Done { result }))
}
