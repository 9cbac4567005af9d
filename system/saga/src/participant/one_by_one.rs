//! An effect for one step at a time. Most services begin with it; one that must be fast implements [`Effect`] itself and
//! changes many rows with one statement.

use async_trait::async_trait;
use serde::de::DeserializeOwned;

use super::effect::{Effect, Verdict};
use crate::{
    protocol::{Document, StepKey, StepRequest},
    store::{StoreError, Tx},
};

/// The business of a service, for one step at a time. [`OneByOne`] makes an [`Effect`] of it.
#[async_trait]
pub trait SingleEffect: Send + Sync {
    /// The arguments of an action. An action whose arguments cannot be read is refused with the code `unreadable`.
    type Args: DeserializeOwned + Send;
    /// What a compensation needs: what [`Verdict::Done`] holds.
    type UndoData: DeserializeOwned + Send;

    /// Runs the action of a step.
    ///
    /// # Errors
    /// [`StoreError`]: the transaction is rolled back. If the error may be about one step alone, the other steps of the batch are
    /// applied without it.
    async fn act(
        &self,
        tx: &mut Tx<'_>,
        step: StepKey,
        args: Self::Args,
    ) -> Result<Verdict, StoreError>;

    /// Undoes what was done.
    ///
    /// # Errors
    /// [`StoreError`]: as for [`act`](Self::act). A compensation that cannot be applied is an error, never a silent success.
    async fn compensate(
        &self,
        tx: &mut Tx<'_>,
        undo_data: Self::UndoData,
    ) -> Result<(), StoreError>;
}

/// Runs the steps of a batch one after another.
pub struct OneByOne<E>(pub E);

#[async_trait]
impl<E: SingleEffect> Effect for OneByOne<E> {
    async fn act(
        &self,
        tx: &mut Tx<'_>,
        actions: &[&StepRequest],
    ) -> Result<Vec<Verdict>, StoreError> {
        let mut verdicts = Vec::with_capacity(actions.len());
        for action in actions {
            verdicts.push(match action.args.read() {
                Ok(args) => self.0.act(tx, action.key(), args).await?,
                Err(_) => Verdict::Refused { code: "unreadable" },
            });
        }
        Ok(verdicts)
    }

    async fn compensate(&self, tx: &mut Tx<'_>, undo_data: &[Document]) -> Result<(), StoreError> {
        for done in undo_data {
            self.0.compensate(tx, done.read()?).await?;
        }
        Ok(())
    }
}
