//! Who may be connected: a limit on connections, and a small reserve over it.
//!
//! ```text
//!  accept ──► a free slot ─────────────────────────────────────────► all routes
//!     ├─────► the slot of the connection longest behind, closed ──► all routes
//!     ├─────► the reserve: one request, its head within a second ─► health; else 503
//!     └─────► closed
//! ```
//!
//! Accepting never waits, so clients that withhold requests cannot block others.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::Semaphore, time::Instant};
use tokio_util::task::TaskTracker;

use super::{
    limits::Limits,
    progress::{Behind, Progress},
};

/// Connections over the limit. Each is short: it is closed after one reply, or if its request does not arrive.
pub const RESERVE_MAX: usize = 64;
/// The time for the first byte of a request over the limit, and then for the rest of it: a second together.
pub(super) const RESERVE_ARRIVAL: Duration = Duration::from_millis(500);
/// How long a client may be behind before its connection is closed for another one. Longer than a request takes on a slow
/// network, so that a burst of honest clients does not close each other's connections.
pub(super) const GRACE: Duration = Duration::from_secs(1);
/// How often all connections are searched for those that are behind. A search takes up to a millisecond.
const SEARCH_PAUSE: Duration = Duration::from_millis(50);

/// The slots of one server.
pub(super) struct Slots {
    regular: SlotPool,
    reserve: SlotPool,
}

/// A connection's right to be open. Dropping it frees the slot.
pub(super) struct Slot {
    pub(super) progress: Arc<Progress>,
    pub(super) limits: Limits,
    /// Whether it is over the limit.
    pub(super) is_reserve: bool,
    open: Arc<Open>,
    number: u64,
}

/// The open connections of a pool, by number.
pub(super) type Open = Mutex<BTreeMap<u64, Arc<Progress>>>;

struct SlotPool {
    permits: Arc<Semaphore>,
    limits: Limits,
    is_reserve: bool,
    open: Arc<Open>,
    next_number: u64,
    grace: Duration,
    search_pause: Duration,
    /// Connections that were behind at the last search, the longest first.
    behind: VecDeque<(Behind, Arc<Progress>)>,
    next_search: Instant,
}

impl Slots {
    pub(super) fn new(limits: Limits) -> Self {
        let over_limit = Limits {
            connections_max: RESERVE_MAX,
            arrival: RESERVE_ARRIVAL,
            reply: RESERVE_ARRIVAL,
        };
        Self {
            regular: SlotPool::new(limits, GRACE, SEARCH_PAUSE, false),
            reserve: SlotPool::new(over_limit, Duration::ZERO, Duration::ZERO, true),
        }
    }

    /// A slot for a new connection. `None` if the reserve is full of connections that are worked for.
    pub(super) fn enter(&mut self, requests: &TaskTracker) -> Option<Slot> {
        let slot = self.regular.enter(requests);
        slot.or_else(|| self.reserve.enter(requests))
    }

    /// The open connections: those under the limit, and those over it.
    pub(super) fn open(&self) -> [&Arc<Open>; 2] {
        [&self.regular.open, &self.reserve.open]
    }

    /// Whether every slot under the limit is taken.
    pub(super) fn is_full(&self) -> bool {
        self.regular.permits.available_permits() == 0
    }
}

impl SlotPool {
    fn new(limits: Limits, grace: Duration, search_pause: Duration, is_reserve: bool) -> Self {
        Self {
            permits: Arc::new(Semaphore::new(limits.connections_max)),
            limits,
            is_reserve,
            open: Arc::default(),
            next_number: 0,
            grace,
            search_pause,
            behind: VecDeque::new(),
            next_search: Instant::now(),
        }
    }

    fn enter(&mut self, requests: &TaskTracker) -> Option<Slot> {
        let try_acquire = |permits: &Arc<Semaphore>| Arc::clone(permits).try_acquire_owned().ok();
        let permit = match try_acquire(&self.permits) {
            Some(permit) => permit,
            None => {
                self.evict(Instant::now());
                try_acquire(&self.permits)?
            }
        };
        let progress = Arc::new(Progress::new(requests.clone(), permit));
        let number = self.next_number;
        self.next_number += 1;
        locked(&self.open).insert(number, Arc::clone(&progress));
        Some(Slot {
            progress,
            limits: self.limits,
            is_reserve: self.is_reserve,
            open: Arc::clone(&self.open),
            number,
        })
    }

    /// Closes the connection that is longest behind, if one is behind for longer than the grace.
    fn evict(&mut self, now: Instant) {
        if self.behind.is_empty() && now >= self.next_search {
            self.search(now);
        }
        while let Some((behind, progress)) = self.behind.pop_front() {
            // It may have gone on since the search, or it may have ended.
            if progress.close_if(behind) {
                return;
            }
        }
    }

    fn search(&mut self, now: Instant) {
        self.next_search = now + self.search_pause;
        let is_late = |behind: &Behind| now.duration_since(behind.since) >= self.grace;
        let mut found: Vec<_> = locked(&self.open)
            .values()
            .filter_map(|progress| Some((progress.behind().filter(is_late)?, Arc::clone(progress))))
            .collect();
        found.sort_by_key(|(behind, _)| *behind);
        self.behind = found.into();
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        locked(&self.open).remove(&self.number);
        // The search may still hold the progress, so dropping it does not free the slot.
        self.progress.leave();
    }
}

/// The number of these connections.
pub(super) fn number(open: &Open) -> usize {
    locked(open).len()
}

fn locked(open: &Open) -> MutexGuard<'_, BTreeMap<u64, Arc<Progress>>> {
    open.lock().unwrap_or_else(PoisonError::into_inner)
}
