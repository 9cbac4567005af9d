//! The barrier: one row a step, a tiny state machine, in the same transaction as the effect.
//!
//! It makes every operation safe to repeat, to arrive late and to arrive out of order. A row is
//! inserted first and what the insert did decides; nothing is ever selected and then inserted.
//! [`rules`] is that decision as a pure function; [`SqlBarrier`] applies it to whole batches.

pub mod rules;
mod sql;

use async_trait::async_trait;
use serde_json::Value;

pub use rules::{BarrierState, Judgement, judge};
pub use sql::SqlBarrier;

use crate::{
    saga::step::{StepReply, StepRequest},
    store::{StoreError, Tx},
    time::Timestamp,
};

/// What became of an action.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// Its effect is in the transaction.
    Done {
        /// What it returns.
        result: Value,
        /// What taking it back needs to know: exactly what was done, a delta.
        kept: Value,
    },
    /// A business rule said no; it has no effect.
    Refused {
        /// Which rule.
        code: &'static str,
    },
}

/// A service's business: what its actions do and how they are taken back.
///
/// Both work on whole batches inside the barrier's transaction. They are never called twice for
/// one step: that is the barrier's promise to them.
#[async_trait]
pub trait Effect: Send + Sync {
    /// Tells what the actions among these requests will come to if they run, as far as that is
    /// known before; it may read and lock, but changes nothing. What is foreseen right is written
    /// once, together with the row; what is not is written over afterwards.
    ///
    /// # Errors
    /// [`StoreError`]; rolls the whole batch back.
    async fn foresee(
        &self,
        _: &mut Tx<'_>,
        requests: &[&StepRequest],
    ) -> Result<Vec<Option<Verdict>>, StoreError> {
        Ok(vec![None; requests.len()])
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
    async fn take_back(&self, tx: &mut Tx<'_>, kept: &[Value]) -> Result<(), StoreError>;
}

/// Applies batches of steps to a service's database.
#[async_trait]
pub trait Barrier: Send + Sync {
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
