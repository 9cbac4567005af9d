//! The barrier: one row a step, a tiny state machine, in the same transaction as the effect.
//!
//! It makes every operation safe to repeat, to arrive late and to arrive out of order. A row is
//! inserted first and what the insert did decides; nothing is ever selected and then inserted.
//! [`rules`] is that decision as a pure function; [`SqlBarrier`] applies it to whole batches.

use async_trait::async_trait;

use crate::{
    protocol::{Document, StepReply, StepRequest},
    store::{Batch, Database, PostgresStatement, StoreError, Tx},
    time::Timestamp,
};

/// What became of an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Its effect is in the transaction.
    Done {
        /// What it returns.
        result: Document,
        /// What taking it back needs to know: exactly what was done, a delta.
        undo_data: Document,
    },
    /// A business rule said no; it has no effect.
    Refused {
        /// Which rule.
        code: &'static str,
    },
}

/// Actions that one statement can carry out, see [`Effect::at_once`].
#[derive(Debug)]
pub struct SingleStatement {
    /// The statement. Takes saga, step, fingerprint and what is kept of each action, then `columns`, then
    /// the time; returns saga, step and result of each that is done.
    pub statement: &'static PostgresStatement,
    /// Which of the actions it takes.
    pub places: Vec<usize>,
    /// What is kept of each.
    pub undo_data: Vec<Document>,
    /// Further columns, a row each.
    pub columns: Batch,
}

/// A service's business: what its actions do and how they are taken back.
///
/// Both work on whole batches inside the barrier's transaction. They are never called twice for
/// one step: that is the barrier's promise to them.
#[async_trait]
pub trait Effect: Send + Sync {
    /// Tells what the actions among these requests will come to if they run, as far as that is
    /// known before; it may read and lock, but changes nothing. What is predicted right is written
    /// once, together with the row; what is not is written over afterwards.
    ///
    /// # Errors
    /// [`StoreError`]; rolls the whole batch back.
    async fn predict(
        &self,
        _: &mut Tx<'_>,
        requests: &[&StepRequest],
    ) -> Result<Vec<Option<Verdict>>, StoreError> {
        Ok(vec![None; requests.len()])
    }

    /// One statement that inserts the barrier rows of actions and carries their effects out, if there is one. It
    /// must write nothing of an action that does not come to [`Verdict::Done`], and fail if a step or an
    /// effect was there before: then [`Effect::act`] takes its turn.
    fn at_once(&self, _: &[&StepRequest]) -> Option<SingleStatement> {
        None
    }

    /// Runs the actions; one verdict each, in order. Arguments that cannot be read are a refusal.
    ///
    /// # Errors
    /// [`StoreError`]; rolls the whole batch back.
    async fn act(
        &self,
        tx: &mut Tx<'_>,
        actions: &[&StepRequest],
    ) -> Result<Vec<Verdict>, StoreError>;

    /// Takes back what was done, as [`Verdict::Done`] kept it.
    ///
    /// # Errors
    /// [`StoreError`]; rolls the whole batch back. A compensation that cannot be applied is an
    /// error, never a silent success.
    async fn compensate(&self, tx: &mut Tx<'_>, undo_data: &[Document]) -> Result<(), StoreError>;
}

/// Applies batches of steps to a service's database.
#[async_trait]
pub trait Barrier: Send + Sync {
    /// Applies what one statement can, in a transaction of its own. What has no reply then is untouched, and for
    /// [`Barrier::apply`].
    ///
    /// # Errors
    /// [`StoreError::Unknown`], or it could not be tried: nothing was done.
    async fn apply_single(
        &self,
        _: &Database,
        _: &dyn Effect,
        _: Timestamp,
        batch: &[StepRequest],
    ) -> Result<Vec<Option<StepReply>>, StoreError> {
        Ok(vec![None; batch.len()])
    }

    /// Applies a batch inside the transaction; one reply each, in order.
    ///
    /// # Errors
    /// [`StoreError`]; rolls the whole batch back.
    async fn apply(
        &self,
        tx: &mut Tx<'_>,
        effect: &dyn Effect,
        now: Timestamp,
        batch: &[StepRequest],
    ) -> Result<Vec<StepReply>, StoreError>;
}
