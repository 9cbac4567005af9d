//! What the workers of a campaign share: the next plan, and how far they may run ahead.

use std::{
    sync::{
        Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use super::{Campaign, EndReason, Plans};
use crate::search::exhaustive::Task;

/// How far the workers may run ahead of the slowest run: bounds the records that wait for their turn.
const AHEAD_MAX: u64 = 64;

/// What the workers share.
pub(super) struct Queue<'a> {
    plans: &'a Plans,
    stop: &'a AtomicBool,
    until: Option<Instant>,
    places: Mutex<Places>,
    moved: Condvar,
}

struct Places {
    /// The next plan to take.
    next: u64,
    /// How many were handed over.
    delivered: u64,
    ended: EndReason,
}

impl<'a> Queue<'a> {
    pub(super) fn new(config: &'a Campaign<'a>, began: Instant) -> Self {
        Self {
            plans: &config.plans,
            stop: config.stop,
            until: config.budget.and_then(|budget| began.checked_add(budget)),
            places: Mutex::new(Places {
                next: 0,
                delivered: 0,
                ended: EndReason::AllRun,
            }),
            moved: Condvar::new(),
        }
    }

    /// The next plan, once it is not too far ahead of what was handed over.
    pub(super) fn take(&self) -> Option<(u64, Task)> {
        let mut places = self
            .moved
            .wait_while(self.places(), |places| {
                places.next >= places.delivered + AHEAD_MAX
            })
            .unwrap_or_else(PoisonError::into_inner);
        if places.next >= self.plans.count() {
            return None;
        }
        if places.ended == EndReason::Enough {
            return None;
        }
        if let Some(ended) = self.cut_short() {
            places.ended = ended;
            return None;
        }
        let place = places.next;
        places.next += 1;
        drop(places);
        self.plans.get(place).map(|task| (place, task))
    }

    fn cut_short(&self) -> Option<EndReason> {
        if self.stop.load(Ordering::Relaxed) {
            return Some(EndReason::Stopped);
        }
        self.until
            .is_some_and(|until| wall_now() >= until)
            .then_some(EndReason::BudgetUsedUp)
    }

    pub(super) fn has_enough(&self) -> bool {
        self.ended() == EndReason::Enough
    }

    pub(super) fn enough(&self) {
        self.places().ended = EndReason::Enough;
    }

    pub(super) fn delivered(&self, count: u64) {
        self.places().delivered = count;
        self.moved.notify_all();
    }

    pub(super) fn ended(&self) -> EndReason {
        self.places().ended
    }

    fn places(&self) -> MutexGuard<'_, Places> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Wall time is what a budget and a worker are measured in; no run sees it.
#[allow(clippy::disallowed_methods)]
pub(super) fn wall_now() -> Instant {
    Instant::now()
}
