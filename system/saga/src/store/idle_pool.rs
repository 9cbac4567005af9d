//! A pool of idle connections: it bounds how many there are, and hands out the one that was used last.
//!
//! Both engines use it. It does not open connections: the caller does, because SQLite blocks while it opens a file and
//! PostgreSQL does not. The connection that was used last has the warmest caches, and the others stay idle until they
//! are dropped.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};

use super::error::StoreError;
use crate::bound::{Bound, within};

/// A pool of idle connections of type `C`.
pub(super) struct IdlePool<C> {
    /// The connection that was used last is the last one.
    idle: Mutex<Vec<Idle<C>>>,
    /// One permit for each connection that may be in use.
    permits: Arc<Semaphore>,
    acquire_timeout: Duration,
    idle_max: Option<Duration>,
}

struct Idle<C> {
    connection: C,
    since: Instant,
}

/// The right to use one connection. Dropping it lets another task use one.
pub(super) struct Slot<C> {
    idle: Option<C>,
    pool: Arc<IdlePool<C>>,
    _permit: OwnedSemaphorePermit,
}

impl<C> IdlePool<C> {
    /// A pool without connections. At most `connections_max` are in use at a time, and a task waits for one for at most
    /// `acquire_timeout`. A connection that is idle for `idle_max` is dropped.
    pub(super) fn new(
        connections_max: usize,
        acquire_timeout: Duration,
        idle_max: Option<Duration>,
    ) -> Arc<Self> {
        Arc::new(Self {
            idle: Mutex::default(),
            permits: Arc::new(Semaphore::new(connections_max)),
            acquire_timeout,
            idle_max,
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
        let permit = Arc::clone(&self.permits).acquire_owned();
        let permit = within(
            Bound::new("a free connection", self.acquire_timeout),
            permit,
        )
        .await
        .map_err(|_| StoreError::Exhausted)?
        .map_err(|_| StoreError::Exhausted)?;
        Ok(Slot {
            idle: self.pop(),
            pool: Arc::clone(self),
            _permit: permit,
        })
    }

    /// Drops the connections that were idle for too long, and takes the one that was used last.
    fn pop(&self) -> Option<C> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(idle_max) = self.idle_max {
            idle.retain(|idle| idle.since.elapsed() < idle_max);
        }
        idle.pop().map(|idle| idle.connection)
    }

    /// Takes all idle connections out of the pool.
    pub(super) fn drain(&self) -> Vec<C> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.drain(..).map(|idle| idle.connection).collect()
    }
}

impl<C> Slot<C> {
    /// An idle connection, if there is one. If not, the caller opens one.
    pub(super) fn take_idle(&mut self) -> Option<C> {
        self.idle.take()
    }

    /// Keeps a connection for the next task. Only a healthy connection may be kept: its last statement succeeded.
    pub(super) fn keep(self, connection: C) {
        let idle = Idle {
            connection,
            since: Instant::now(),
        };
        let stack = self.pool.idle.lock();
        stack.unwrap_or_else(PoisonError::into_inner).push(idle);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMEOUT: Duration = Duration::from_millis(20);
    const IDLE_MAX: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn a_task_that_waits_for_too_long_is_refused() {
        let pool = IdlePool::<u32>::new(1, TIMEOUT, None);
        let slot = pool.acquire().await.unwrap();
        let refused = pool.acquire().await;
        assert!(matches!(refused.err(), Some(StoreError::Exhausted)));
        drop(slot);
        pool.acquire().await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn the_connection_that_was_used_last_is_used_next() {
        let pool = IdlePool::new(2, TIMEOUT, None);
        let (first, second) = (pool.acquire().await.unwrap(), pool.acquire().await.unwrap());
        first.keep(1);
        second.keep(2);
        assert_eq!(pool.acquire().await.unwrap().take_idle(), Some(2));
        assert_eq!(pool.drain(), [1]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_is_idle_for_too_long_is_dropped() {
        let pool = IdlePool::new(1, TIMEOUT, Some(IDLE_MAX));
        pool.acquire().await.unwrap().keep(1);
        tokio::time::advance(IDLE_MAX / 2).await;
        let mut slot = pool.acquire().await.unwrap();
        assert_eq!(slot.take_idle(), Some(1));
        slot.keep(1);
        tokio::time::advance(IDLE_MAX).await;
        assert_eq!(pool.acquire().await.unwrap().take_idle(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_is_not_kept_is_dropped() {
        let pool = IdlePool::new(1, TIMEOUT, None);
        pool.acquire().await.unwrap().keep(1);
        assert_eq!(pool.acquire().await.unwrap().take_idle(), Some(1));
        assert_eq!(pool.acquire().await.unwrap().take_idle(), None);
    }
}
