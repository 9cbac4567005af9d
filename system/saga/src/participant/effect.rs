//! What a service implements ([`Effect`]), and the barrier around it ([`Barrier`]).

use async_trait::async_trait;

use crate::{
    protocol::{Document, StepReply, StepRequest},
    store::{Batch, Database, PostgresStatement, StoreError, Tx},
    time::Timestamp,
};

/// The result of an action.
///
/// A refusal is an answer and no error: it is stored in the barrier row and repeated to every copy of the request. An
/// error rolls the batch back and answers nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The effect is part of the transaction.
    Done {
        /// The result for the reply.
        result: Document,
        /// What the compensation needs: exactly what was done, as a delta.
        undo_data: Document,
    },
    /// A business rule refused the action, which had no effect.
    Refused {
        /// The code of the rule.
        code: &'static str,
    },
}

/// Actions that one statement can execute. See [`Effect::single_statement`].
#[derive(Debug)]
pub struct SingleStatement {
    /// The statement. Its parameters are the saga, step and fingerprint of each action, then `columns`, then the time. It
    /// returns the saga and step of each action that is done, and the result unless it is among `results`.
    pub statement: &'static PostgresStatement,
    /// The indices of the actions that the statement can execute.
    pub action_indices: Vec<usize>,
    /// The service's own columns.
    pub columns: ActionColumns,
    /// The result of each of these actions if it is done, as far as it follows from the arguments.
    pub results: Vec<Document>,
}

/// The columns of a [`SingleStatement`] that only its service knows.
#[derive(Debug)]
pub enum ActionColumns {
    /// There is one action. Each column is a value, also its saga, step and fingerprint: `unnest` and the joins with it cost
    /// as much as the action.
    One(Batch),
    /// Each column is an array.
    Many {
        /// One row per action.
        actions: Batch,
        /// More columns, with any number of rows.
        more: Batch,
    },
}

/// The business of a service: what its actions do and how they are compensated.
///
/// All functions work on whole batches: one `likes = likes + n` per article costs less than one statement per like. The barrier
/// guarantees that an action or a compensation runs at most once per step.
#[async_trait]
pub trait Effect: Send + Sync {
    /// Predicts the verdicts of the actions among these requests, where they are known before the actions run. It may read and
    /// lock, and must not change anything.
    ///
    /// A predicted verdict is written together with the barrier row, in one statement. If the action comes out otherwise, the
    /// row is updated afterwards.
    ///
    /// # Errors
    /// [`StoreError`]: the whole batch is rolled back.
    async fn predict(
        &self,
        _: &mut Tx<'_>,
        requests: &[&StepRequest],
    ) -> Result<Vec<Option<Verdict>>, StoreError> {
        Ok(vec![None; requests.len()])
    }

    /// One statement that inserts the barrier rows of actions and executes their effects, if there is one.
    ///
    /// The statement must write nothing for an action whose verdict is not [`Verdict::Done`], nor for one whose saga is below the
    /// watermark in `barrier_watermarks`; it may leave out the whole batch then. It must fail as a whole if a barrier row or an
    /// effect exists already. For what is left out, [`Effect::act`] runs, or the barrier says why not.
    ///
    /// It leaves the undo data of a barrier row NULL if [`Effect::undo_data`] derives them, and the result if
    /// [`Effect::result`] does.
    fn single_statement(&self, _: &[&StepRequest]) -> Option<SingleStatement> {
        None
    }

    /// Derives the result of an action that is done from its arguments. It is asked for if the barrier row has no result, and
    /// must always derive what the first reply said, in every later version too.
    fn result(&self, _: &StepRequest) -> Option<Document> {
        None
    }

    /// Derives the undo data of an action that is done from its arguments. They are asked for if the barrier row has none, and
    /// must always be derived, in every later version too.
    fn undo_data(&self, _: &StepRequest) -> Option<Document> {
        None
    }

    /// Runs the actions and returns one verdict each, in order. Arguments that cannot be read are a refusal.
    ///
    /// # Errors
    /// [`StoreError`]: the whole batch is rolled back.
    async fn act(
        &self,
        tx: &mut Tx<'_>,
        actions: &[&StepRequest],
    ) -> Result<Vec<Verdict>, StoreError>;

    /// Undoes what was done, according to the undo data of [`Verdict::Done`].
    ///
    /// # Errors
    /// [`StoreError`]: the whole batch is rolled back. A compensation that cannot be applied is an error, never a silent
    /// success.
    async fn compensate(&self, tx: &mut Tx<'_>, undo_data: &[Document]) -> Result<(), StoreError>;
}

/// Applies batches of steps to a service's database. Tests replace it by wrong barriers, which the checks must detect.
#[async_trait]
pub trait Barrier: Send + Sync {
    /// Applies those steps that one statement can execute, in a separate transaction. A step without a reply is unchanged and
    /// must go to [`Barrier::apply`].
    ///
    /// # Errors
    /// [`StoreError`]. Nothing was done unless its effect is unknown.
    async fn apply_single(
        &self,
        _: &Database,
        _: &dyn Effect,
        _: Timestamp,
        batch: &[StepRequest],
    ) -> Result<Vec<Option<StepReply>>, StoreError> {
        Ok(vec![None; batch.len()])
    }

    /// Applies a batch inside the transaction and returns one reply each, in order.
    ///
    /// # Errors
    /// [`StoreError`]: the whole batch is rolled back.
    async fn apply(
        &self,
        tx: &mut Tx<'_>,
        effect: &dyn Effect,
        now: Timestamp,
        batch: &[StepRequest],
    ) -> Result<Vec<StepReply>, StoreError>;
}
