//! The sagas this process drives now, and what those who wait for them can see.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::watch;

use super::{
    decide::Status,
    row::{Outcome, StepRecord},
};
use crate::id::SagaId;

/// A saga in progress, as its executor last described it.
#[derive(Debug, Clone, PartialEq)]
pub struct Live {
    /// Where it stands.
    pub status: Status,
    /// Whether a person should look at it.
    pub parked: bool,
    /// What is known of its steps.
    pub steps: Vec<StepRecord>,
    /// Set once it is settled.
    pub outcome: Option<Outcome>,
}

/// The sagas this process drives.
#[derive(Default)]
pub struct Registry {
    live: Mutex<BTreeMap<SagaId, watch::Receiver<Live>>>,
}

impl Registry {
    /// What is driven under this identity.
    pub fn get(&self, saga: SagaId) -> Option<watch::Receiver<Live>> {
        self.lock().get(&saga).cloned()
    }

    /// How many sagas are driven.
    pub fn count(&self) -> usize {
        self.lock().len()
    }

    /// Registers a saga. Nothing, if it is driven already.
    pub(super) fn enter(&self, saga: SagaId, live: Live) -> Option<watch::Sender<Live>> {
        let mut all = self.lock();
        if all.contains_key(&saga) {
            return None;
        }
        let (sender, receiver) = watch::channel(live);
        all.insert(saga, receiver);
        Some(sender)
    }

    pub(super) fn leave(&self, saga: SagaId) {
        self.lock().remove(&saga);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<SagaId, watch::Receiver<Live>>> {
        // Every change is one call on the map: it is whole even if a holder panicked.
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
