//! The sagas that an executor drives, and the progress that clients can watch.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound::{Excluded, Unbounded},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::sync::watch;
use uuid::Uuid;

use crate::{
    id::{SagaId, StepIndex},
    log::StepRecord,
    protocol::{Document, Op, Outcome, ParkReason, Status, StepState},
    time::Timestamp,
};

/// The progress of a saga, as its task last published it.
#[derive(Debug, Clone, PartialEq)]
pub struct SagaProgress {
    /// The status.
    pub status: Status,
    /// Whether a person should look at the saga.
    pub parked: bool,
    /// Whether every step up to the pivot is done. The saga then only goes forward, so a client may be told that it succeeded
    /// before the steps after the pivot are done. Watchers are woken.
    pub is_committed: bool,
    /// What the coordinator knows about the steps.
    pub steps: Vec<StepRecord>,
    /// The outcome, once it is settled.
    pub outcome: Option<Outcome>,
    /// Whether its steps are sealed, because its deadline has passed or an operator wants it undone.
    pub in_doubt: bool,
    /// Whether it was read from the log. An earlier leader may have sent requests that `steps` does not count.
    pub is_resumed: bool,
    /// What keeps it from going on. `None` if nothing does.
    pub last_failure: Option<Box<LastFailure>>,
    /// Whether somebody follows it.
    pub(super) followed: Followed,
}

/// What keeps a saga from going on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastFailure {
    /// What it is.
    pub kind: FailureKind,
    /// The request that failed. `None` if no participant is the cause.
    pub request: Option<(StepIndex, Op)>,
    /// Attempts that failed, in a row.
    pub failures: u32,
    /// The last error, in words.
    pub last_error: String,
    /// When the next attempt is made. `None` while one is under way.
    pub next_attempt_at: Option<Timestamp>,
}

/// Why a saga does not go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// A participant gives no usable reply.
    NoReply,
    /// A participant gives a reply that its contract forbids.
    Forbidden(ParkReason),
    /// The saga log does not store its status.
    Log,
    /// The rules do not know what to do. Its task has ended.
    Defect,
}

/// Whether somebody wants to be woken by every change of a progress. It is no part of the progress: two that differ in it are equal.
///
/// A client waits for the outcome alone, and a wake-up for each step would cost a task switch. So the task wakes its watchers for
/// less only if this is set.
#[derive(Debug, Default)]
pub(super) struct Followed(AtomicBool);

impl Followed {
    pub(super) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl Clone for Followed {
    fn clone(&self) -> Self {
        Self(AtomicBool::new(self.is_set()))
    }
}

impl PartialEq for Followed {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl SagaProgress {
    /// Whether only one outcome is left: the saga is settled, or committed.
    #[must_use]
    pub fn is_certain(&self) -> bool {
        self.outcome.is_some() || self.is_committed
    }

    /// The outcome, as soon as it is certain. The steps after the pivot that are not done yet have empty results.
    #[must_use]
    pub fn certain_outcome(&self) -> Option<Outcome> {
        let committed = || self.is_committed.then(|| self.committed_outcome());
        self.outcome.clone().or_else(committed)
    }

    fn committed_outcome(&self) -> Outcome {
        let result = |step: &StepRecord| match &step.state {
            StepState::Done { result } => result.clone(),
            _ => Document::default(),
        };
        Outcome::Done {
            results: self.steps.iter().map(result).collect(),
        }
    }
}

/// The sagas that an executor drives and that are not settled, in numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OpenSagas {
    /// Those that go forward, or are in doubt.
    pub running: usize,
    /// Those that are being undone.
    pub compensating: usize,
    /// Those of both that a person should look at.
    pub parked: usize,
    /// The one with the lowest id, and so the oldest.
    pub oldest: Option<SagaId>,
}

/// The sagas that an executor drives.
#[derive(Default)]
pub struct Registry {
    entries: Mutex<Entries>,
}

#[derive(Default)]
struct Entries {
    /// Each saga's lock key and progress.
    sagas: BTreeMap<SagaId, (String, watch::Receiver<SagaProgress>)>,
    by_lock_key: BTreeSet<(String, SagaId)>,
}

impl Registry {
    /// The progress of a saga. `None` if this executor does not drive it.
    pub fn get(&self, saga: SagaId) -> Option<watch::Receiver<SagaProgress>> {
        let entries = self.lock();
        let entry = entries.sagas.get(&saga);
        entry.map(|(_, progress)| progress.clone())
    }

    /// The progress of a saga, which wakes its watchers by every change from now on. It is closed when the saga's task ends.
    pub fn follow(&self, saga: SagaId) -> Option<watch::Receiver<SagaProgress>> {
        let progress = self.get(saga)?;
        // The task changes the progress under a lock that excludes this one, so it misses no change after this.
        progress.borrow().followed.0.store(true, Ordering::Relaxed);
        Some(progress)
    }

    /// The saga that holds this lock key here.
    ///
    /// A settled saga holds nothing any more: the entry with its end is in the log's queue, ahead of every later start.
    pub fn holder(&self, lock_key: &str) -> Option<SagaId> {
        let entries = self.lock();
        let first = (lock_key.to_owned(), SagaId(Uuid::nil()));
        let holders = entries.by_lock_key.range(first..);
        holders
            .take_while(|(found, _)| found == lock_key)
            .map(|(_, saga)| *saga)
            .find(|saga| entries.sagas[saga].1.borrow().outcome.is_none())
    }

    /// The sagas after an identity that are not settled, with their progress, in the order of their identities.
    pub fn open_after(&self, after: SagaId, limit: usize) -> Vec<(SagaId, SagaProgress)> {
        let entries = self.lock();
        let mut open = Vec::new();
        for (saga, (_, progress)) in entries.sagas.range((Excluded(after), Unbounded)) {
            let progress = progress.borrow();
            if open.len() == limit {
                break;
            }
            if progress.outcome.is_none() {
                open.push((*saga, progress.clone()));
            }
        }
        open
    }

    /// How many sagas are open, and how.
    pub fn overview(&self) -> OpenSagas {
        let entries = self.lock();
        let mut open = OpenSagas::default();
        for (saga, (_, progress)) in &entries.sagas {
            let progress = progress.borrow();
            if progress.outcome.is_some() {
                continue;
            }
            match progress.status {
                Status::Compensating => open.compensating += 1,
                _ => open.running += 1,
            }
            open.parked += usize::from(progress.parked);
            open.oldest = open.oldest.or(Some(*saga));
        }
        open
    }

    /// Adds a saga and returns the sender of its progress. `None` if the saga is there already.
    pub(super) fn insert(
        &self,
        saga: SagaId,
        lock_key: &str,
        progress: SagaProgress,
    ) -> Option<watch::Sender<SagaProgress>> {
        let mut entries = self.lock();
        if entries.sagas.contains_key(&saga) {
            return None;
        }
        let (sender, receiver) = watch::channel(progress);
        let entry = (lock_key.to_owned(), receiver);
        entries.sagas.insert(saga, entry);
        entries.by_lock_key.insert((lock_key.to_owned(), saga));
        Some(sender)
    }

    pub(super) fn remove(&self, saga: SagaId) {
        let mut entries = self.lock();
        if let Some((lock_key, _)) = entries.sagas.remove(&saga) {
            entries.by_lock_key.remove(&(lock_key, saga));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        // No change of the entries can panic half-way, so a poisoned lock still protects complete entries.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
