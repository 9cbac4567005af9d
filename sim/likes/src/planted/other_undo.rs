//! What two planted bugs of the user service have in common: the compensation is the product's, but for other undo data.

use async_trait::async_trait;
use likewise::user::UserEffect;
use likewise_saga::{
    participant::{Effect, Verdict},
    protocol::{Document, StepRequest},
    store::{StoreError, Tx},
};

/// The product's effect, whose compensation gets what this function returns.
pub(super) struct OtherUndo(pub(super) fn(&[Document]) -> Result<Vec<Document>, StoreError>);

#[async_trait]
impl Effect for OtherUndo {
    async fn act(
        &self,
        tx: &mut Tx<'_>,
        actions: &[&StepRequest],
    ) -> Result<Vec<Verdict>, StoreError> {
        UserEffect.act(tx, actions).await
    }

    async fn compensate(&self, tx: &mut Tx<'_>, undo_data: &[Document]) -> Result<(), StoreError> {
        UserEffect.compensate(tx, &(self.0)(undo_data)?).await
    }
}
