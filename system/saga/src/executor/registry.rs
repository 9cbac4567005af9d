//! The sagas this process drives now, and what those who wait for them can see.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::watch;
use uuid::Uuid;

use crate::{
    id::SagaId,
    log::StepRecord,
    protocol::{Outcome, Status},
};

/// A saga in progress, as its executor last described it.
#[derive(Debug, Clone, PartialEq)]
pub struct SagaProgress {
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
    all: Mutex<All>,
}

#[derive(Default)]
struct All {
    live: BTreeMap<SagaId, (String, watch::Receiver<SagaProgress>)>,
    by_lock_key: BTreeSet<(String, SagaId)>,
}

impl Registry {
    /// What is driven under this identity.
    pub fn get(&self, saga: SagaId) -> Option<watch::Receiver<SagaProgress>> {
        self.lock().live.get(&saga).map(|(_, live)| live.clone())
    }

    /// The saga driven here that holds the lock on this subject. One that is settled holds nothing
    /// any more: its mark is in the log's queue, in front of every later start.
    pub fn holder(&self, lock_key: &str) -> Option<SagaId> {
        let all = self.lock();
        let first = (lock_key.to_owned(), SagaId(Uuid::nil()));
        let held = all.by_lock_key.range(first..);
        held.take_while(|(found, _)| found == lock_key)
            .map(|(_, saga)| *saga)
            .find(|saga| all.live[saga].1.borrow().outcome.is_none())
    }

    /// Registers a saga. Nothing, if it is driven already.
    pub(crate) fn enter(
        &self,
        saga: SagaId,
        lock_key: &str,
        live: SagaProgress,
    ) -> Option<watch::Sender<SagaProgress>> {
        let mut all = self.lock();
        if all.live.contains_key(&saga) {
            return None;
        }
        let (sender, receiver) = watch::channel(live);
        all.live.insert(saga, (lock_key.to_owned(), receiver));
        all.by_lock_key.insert((lock_key.to_owned(), saga));
        Some(sender)
    }

    pub(crate) fn leave(&self, saga: SagaId) {
        let mut all = self.lock();
        if let Some((lock_key, _)) = all.live.remove(&saga) {
            all.by_lock_key.remove(&(lock_key, saga));
        }
    }

    fn lock(&self) -> MutexGuard<'_, All> {
        // No change can panic half-way: what is there is whole.
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
