//! Connections that stay in hand between two uses.
//!
//! The pool asks a connection whether it is well each time it gets it back, and hands out the one
//! that rested longest. A batch is one statement, so that question would double its round trips,
//! and its turn would always come to a connection whose caches are cold. Here the one that was
//! used last is used next, and what is not needed for a moment goes back to the pool, which tests
//! it, replaces it, and knows how many there are.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use sqlx::{PgPool, Postgres, pool::PoolConnection};
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::{Instant, timeout},
};

use crate::store::{PoolConfig, StoreError};

/// How long a connection may lie in hand: after that it may have been cut off unnoticed.
const IN_HAND_MAX: Duration = Duration::from_secs(1);

/// A pool, and those of its connections that are in hand.
pub(crate) struct IdlePool {
    pool: PgPool,
    in_hand: Mutex<Vec<Rested>>,
    /// As many permits as the pool has connections, so that it never has to be waited for itself.
    room: Semaphore,
    acquire_timeout: Duration,
}

struct Rested {
    connection: PoolConnection<Postgres>,
    since: Instant,
}

/// A connection in use. Dropped, it goes back to the pool, which tests it.
pub(crate) struct Taken<'w> {
    pub(crate) connection: PoolConnection<Postgres>,
    from: &'w IdlePool,
    _room: SemaphorePermit<'w>,
}

impl IdlePool {
    /// All connections are the pool's; so many there are.
    pub(crate) fn of(pool: PgPool, connections: u32, config: PoolConfig) -> Self {
        Self {
            pool,
            in_hand: Mutex::default(),
            room: Semaphore::new(connections as usize),
            acquire_timeout: config.acquire_timeout,
        }
    }

    /// Takes the connection that was used last, or one of the pool.
    ///
    /// # Errors
    /// [`StoreError::Exhausted`]: none became free in time. Otherwise it could not be made.
    ///
    /// # Cancel safety
    /// Safe.
    pub(crate) async fn take(&self) -> Result<Taken<'_>, StoreError> {
        let room = timeout(self.acquire_timeout, self.room.acquire()).await;
        let room = room
            .map_err(|_| StoreError::Exhausted)?
            .map_err(|_| StoreError::Exhausted)?;
        let connection = match self.warm() {
            Some(connection) => connection,
            // Rare and large: on the heap, or every statement would carry it about.
            None => Box::pin(self.pool.acquire()).await?,
        };
        Ok(Taken {
            connection,
            from: self,
            _room: room,
        })
    }

    /// The one that was used last. Those that lay too long go back to the pool.
    fn warm(&self) -> Option<PoolConnection<Postgres>> {
        let mut in_hand = self.in_hand.lock().unwrap_or_else(PoisonError::into_inner);
        in_hand.retain(|rested| rested.since.elapsed() < IN_HAND_MAX);
        in_hand.pop().map(|rested| rested.connection)
    }
}

impl Taken<'_> {
    /// Keeps it in hand: what was asked of it was answered, whole.
    pub(crate) fn keep(self) {
        let rested = Rested {
            connection: self.connection,
            since: Instant::now(),
        };
        let in_hand = self.from.in_hand.lock();
        in_hand.unwrap_or_else(PoisonError::into_inner).push(rested);
    }
}

impl Drop for IdlePool {
    /// Closes them as they are: the pool would want to test them, which takes a runtime.
    fn drop(&mut self) {
        let in_hand = self.in_hand.get_mut();
        for rested in in_hand.unwrap_or_else(PoisonError::into_inner).drain(..) {
            drop(rested.connection.leak());
        }
    }
}
