//! A user service that fails until it is switched on.
//!
//! Until then a saga waits at its step of the user service, so that a takeover finds a saga to go on with.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use likewise::{service::Parts, user::UserEffect};
use likewise_saga::{
    participant::{Effect, Verdict},
    protocol::{Document, StepRequest},
    store::{StoreError, Tx},
};

/// Parts with a user service that fails until the switch is set.
pub fn failing_until_switched_on() -> (Arc<AtomicBool>, Parts) {
    let is_on = Arc::new(AtomicBool::new(false));
    let parts = Parts {
        user: Arc::new(SwitchableUser(Arc::clone(&is_on))),
        ..Parts::default()
    };
    (is_on, parts)
}

struct SwitchableUser(Arc<AtomicBool>);

#[async_trait]
impl Effect for SwitchableUser {
    async fn act(
        &self,
        tx: &mut Tx<'_>,
        actions: &[&StepRequest],
    ) -> Result<Vec<Verdict>, StoreError> {
        match self.0.load(Ordering::SeqCst) {
            true => UserEffect.act(tx, actions).await,
            false => Err(StoreError::Exhausted),
        }
    }

    async fn compensate(&self, tx: &mut Tx<'_>, undo_data: &[Document]) -> Result<(), StoreError> {
        UserEffect.compensate(tx, undo_data).await
    }
}
