//! A pool of idle connections: it bounds how many there are, and hands out the one that was used last.
//!
//! Both engines use it. It does not open connections: the caller does, because SQLite blocks while it opens a file and
//! PostgreSQL does not. The connection that was used last has the warmest caches, and the others stay idle until they
//! are dropped.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};

use super::{error::StoreError, metrics::WaitCounts};
use crate::bound::{Bound, within};

/// A pool of idle connections of type `C`.
pub(super) struct IdlePool<C> {
    /// The connection that was used last is the last one.
    idle: Mutex<Vec<Idle<C>>>,
    /// One permit for each connection that may be in use.
    permits: Arc<Semaphore>,
    connections_max: usize,
    acquire_timeout: Duration,
    pub(super) waits: WaitCounts,
}

/// The connections of a pool, in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PoolState {
    pub(super) in_use: usize,
    pub(super) idle: usize,
    pub(super) connections_max: usize,
}

/// A connection that nobody uses.
pub(super) struct Idle<C> {
    pub(super) connection: C,
    since: Instant,
}

impl<C> Idle<C> {
    /// For how long nobody has used it.
    pub(super) fn idle_for(&self) -> Duration {
        self.since.elapsed()
    }
}

/// The right to use one connection. Dropping it lets another task use one.
pub(super) struct Slot<C> {
    pool: Arc<IdlePool<C>>,
    _permit: OwnedSemaphorePermit,
}

impl<C> IdlePool<C> {
    /// A pool without connections. At most `connections_max` are in use at a time, and a task waits for one for at most
    /// `acquire_timeout`.
    pub(super) fn new(connections_max: usize, acquire_timeout: Duration) -> Arc<Self> {
        Arc::new(Self {
            idle: Mutex::default(),
            permits: Arc::new(Semaphore::new(connections_max)),
            connections_max,
            acquire_timeout,
            waits: WaitCounts::default(),
        })
    }

    /// Waits for a free slot.
    ///
    /// # Errors
    /// [`StoreError::Exhausted`]: no slot became free in time.
    ///
    /// # Cancel safety
    /// Safe.
    pub(super) async fn acquire(self: &Arc<Self>) -> Result<Slot<C>, StoreError> {
        let bound = Bound::new("a free database connection", self.acquire_timeout);
        let wait = self.waits.begin();
        let permit = within(bound, Arc::clone(&self.permits).acquire_owned()).await;
        drop(wait);
        let permit = permit.map_err(|_| {
            self.waits.exhausted.inc();
            StoreError::Exhausted
        })?;
        Ok(Slot {
            pool: Arc::clone(self),
            _permit: permit.map_err(|_| StoreError::Exhausted)?,
        })
    }

    /// How many connections there are.
    pub(super) fn state(&self) -> PoolState {
        PoolState {
            in_use: self.connections_max - self.permits.available_permits(),
            idle: self.idle().len(),
            connections_max: self.connections_max,
        }
    }

    /// Whether all slots are in use.
    pub(super) fn is_exhausted(&self) -> bool {
        self.permits.available_permits() == 0
    }

    /// Takes those connections out of the pool that nobody has used for `idle_for`, but leaves the `kept` that were used
    /// last.
    pub(super) fn take_idle_for(&self, idle_for: Duration, kept: usize) -> Vec<C> {
        let mut idle = self.idle();
        let old = idle.iter().take_while(|idle| idle.idle_for() >= idle_for);
        let taken = old.count().min(idle.len().saturating_sub(kept));
        idle.drain(..taken).map(|idle| idle.connection).collect()
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Idle<C>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<C> Slot<C> {
    /// Takes the idle connection that was used last, if there is one. If not, the caller opens one.
    pub(super) fn take_idle(&self) -> Option<Idle<C>> {
        self.pool.idle().pop()
    }

    /// Drops the connections that nobody has used for `idle_for`. Returns their number.
    pub(super) fn drop_idle_for(&self, idle_for: Duration) -> usize {
        self.pool.take_idle_for(idle_for, 0).len()
    }

    /// Keeps a connection for the next task. Only a healthy connection may be kept: its last statement was answered.
    pub(super) fn keep(self, connection: C) {
        let since = Instant::now();
        self.pool.idle().push(Idle { connection, since });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMEOUT: Duration = Duration::from_millis(20);
    const SECOND: Duration = Duration::from_secs(1);

    fn taken(slot: &Slot<u32>) -> Option<u32> {
        slot.take_idle().map(|idle| idle.connection)
    }

    #[tokio::test(start_paused = true)]
    async fn a_task_that_waits_for_too_long_is_refused() {
        let pool = IdlePool::<u32>::new(1, TIMEOUT);
        assert!(!pool.is_exhausted());
        let slot = pool.acquire().await.unwrap();
        let refused = pool.acquire().await;
        assert!(matches!(refused.err(), Some(StoreError::Exhausted)));
        assert!(pool.is_exhausted());
        drop(slot);
        pool.acquire().await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn the_connection_that_was_used_last_is_used_next() {
        let pool = IdlePool::new(2, TIMEOUT);
        let (first, second) = (pool.acquire().await.unwrap(), pool.acquire().await.unwrap());
        first.keep(1);
        second.keep(2);
        let slot = pool.acquire().await.unwrap();
        assert_eq!((taken(&slot), taken(&slot)), (Some(2), Some(1)));
    }

    #[tokio::test(start_paused = true)]
    async fn connections_that_nobody_uses_are_taken_but_for_the_last() {
        let pool = IdlePool::new(3, TIMEOUT);
        let slots = [
            pool.acquire().await.unwrap(),
            pool.acquire().await.unwrap(),
            pool.acquire().await.unwrap(),
        ];
        for (slot, connection) in slots.into_iter().zip(1..) {
            slot.keep(connection);
            tokio::time::advance(SECOND).await;
        }
        assert!(pool.take_idle_for(4 * SECOND, 1).is_empty());
        assert_eq!(pool.take_idle_for(3 * SECOND, 1), [1]);
        tokio::time::advance(SECOND).await;
        assert_eq!(pool.take_idle_for(SECOND, 1), [2]);
        let slot = pool.acquire().await.unwrap();
        assert_eq!(slot.take_idle().unwrap().idle_for(), 2 * SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_is_not_kept_is_dropped() {
        let pool = IdlePool::new(1, TIMEOUT);
        pool.acquire().await.unwrap().keep(1);
        assert_eq!(taken(&pool.acquire().await.unwrap()), Some(1));
        assert_eq!(taken(&pool.acquire().await.unwrap()), None);
    }
}
