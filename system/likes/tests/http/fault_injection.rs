//! A service that fails while it is switched off.
//!
//! A switch instead of a number of failures: the test decides when the service recovers, after it has seen what a
//! client sees until then.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use likewise_saga::{
    participant::{Effect, Verdict},
    protocol::{Document, StepRequest},
    store::{StoreError, Tx},
};

/// An effect whose actions and compensations can be switched off. A call that is switched off fails.
pub struct SwitchableEffect {
    inner: Arc<dyn Effect>,
    pub actions_on: Arc<AtomicBool>,
    pub compensations_on: Arc<AtomicBool>,
}

impl SwitchableEffect {
    pub fn over(inner: impl Effect + 'static) -> Arc<Self> {
        Arc::new(Self {
            inner: Arc::new(inner),
            actions_on: Arc::new(AtomicBool::new(true)),
            compensations_on: Arc::new(AtomicBool::new(true)),
        })
    }
}

fn check(switch: &AtomicBool) -> Result<(), StoreError> {
    match switch.load(Ordering::SeqCst) {
        true => Ok(()),
        false => Err(StoreError::Invariant("injected".to_owned())),
    }
}

#[async_trait]
impl Effect for SwitchableEffect {
    async fn act(
        &self,
        tx: &mut Tx<'_>,
        actions: &[&StepRequest],
    ) -> Result<Vec<Verdict>, StoreError> {
        check(&self.actions_on)?;
        self.inner.act(tx, actions).await
    }

    async fn compensate(&self, tx: &mut Tx<'_>, undo_data: &[Document]) -> Result<(), StoreError> {
        check(&self.compensations_on)?;
        self.inner.compensate(tx, undo_data).await
    }
}
