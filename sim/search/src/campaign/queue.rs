//! What the workers of a campaign share: the next plan, and how far they may run ahead.

use std::{
    sync::{
        Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use super::{config::Campaign, outcome::EndReason, plans::Plans};
use crate::exhaustive::Task;
use likewise_world::System;

/// How many plans the workers may be ahead of the slowest run. It bounds the records that wait for their turn.
const AHEAD_MAX: u64 = 64;

/// The shared queue. Workers block in [`Queue::take`] while they are too far ahead.
pub(super) struct Queue<'a> {
    system: &'static dyn System,
    plans: &'a Plans,
    stop: &'a AtomicBool,
    /// When the budget is used up.
    until: Option<Instant>,
    places: Mutex<Places>,
    /// Notified when `places.delivered` rises.
    delivered_more: Condvar,
}

struct Places {
    /// The next plan to take.
    next: u64,
    /// The number of plans that were handed over.
    delivered: u64,
    ended: EndReason,
}

impl<'a> Queue<'a> {
    pub(super) fn new(config: &'a Campaign<'a>, began: Instant) -> Self {
        Self {
            system: config.system,
            plans: &config.plans,
            stop: config.stop,
            until: config.budget.and_then(|budget| began.checked_add(budget)),
            places: Mutex::new(Places {
                next: 0,
                delivered: 0,
                ended: EndReason::AllRun,
            }),
            delivered_more: Condvar::new(),
        }
    }

    /// The next plan and its place. Blocks while that place is too far ahead of what was handed over. `None` once no
    /// further run may start.
    pub(super) fn take(&self) -> Option<(u64, Task)> {
        let mut places = self
            .delivered_more
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
        if let Some(ended) = self.limit_reached() {
            places.ended = ended;
            return None;
        }
        let place = places.next;
        places.next += 1;
        drop(places);
        self.plans.get(self.system, place).map(|task| (place, task))
    }

    /// The limit that keeps another run from starting now.
    fn limit_reached(&self) -> Option<EndReason> {
        if self.stop.load(Ordering::Relaxed) {
            return Some(EndReason::Stopped);
        }
        self.until
            .is_some_and(|until| wall_now() >= until)
            .then_some(EndReason::BudgetUsedUp)
    }

    /// Whether the callback asked for no more runs.
    pub(super) fn is_broken_off(&self) -> bool {
        self.ended() == EndReason::Enough
    }

    /// Lets no further run start, because the callback asked for no more.
    pub(super) fn break_off(&self) {
        self.places().ended = EndReason::Enough;
    }

    /// Sets the number of plans that were handed over.
    pub(super) fn delivered(&self, count: u64) {
        self.places().delivered = count;
        self.delivered_more.notify_all();
    }

    /// Why the campaign ended, or would end now.
    pub(super) fn ended(&self) -> EndReason {
        self.places().ended
    }

    fn places(&self) -> MutexGuard<'_, Places> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The wall clock, for the budget and for the time that a run took. No run sees it.
#[allow(clippy::disallowed_methods)]
pub(super) fn wall_now() -> Instant {
    Instant::now()
}
