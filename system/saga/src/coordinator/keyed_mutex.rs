//! A mutex per key: one request at a time for what a saga locks.
//!
//! Between its steps, a saga shows a state that may still be compensated: for example, a transfer has
//! taken the money from an account and is undone later. A check that runs concurrently would answer from
//! such a state. So the checks of a request wait for the saga with the same lock key.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

/// A mutex per key. A key uses memory only while a request holds it or waits for it. Clones share the keys.
#[derive(Clone, Default)]
pub(super) struct KeyedMutex {
    locks: Arc<Locks>,
}

type Locks = Mutex<BTreeMap<String, Arc<AsyncMutex<()>>>>;

/// The exclusive right to work on one key. Dropping it admits the next request in the queue. A task may take it over.
pub(super) struct KeyGuard {
    mutex: KeyedMutex,
    key: String,
    /// `None` while the request still waits.
    guard: Option<OwnedMutexGuard<()>>,
}

impl KeyedMutex {
    /// Locks the key. Requests get the lock in order of arrival.
    ///
    /// # Cancel safety
    /// Dropping the future gives up the place in the queue.
    pub(super) async fn lock(&self, key: &str) -> KeyGuard {
        let lock = Arc::clone(self.locks().entry(key.to_owned()).or_default());
        // Made before the wait: its destructor removes an unused entry if the future is dropped.
        let mut guard = KeyGuard {
            mutex: self.clone(),
            key: key.to_owned(),
            guard: None,
        };
        guard.guard = Some(lock.lock_owned().await);
        guard
    }

    fn locks(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Arc<AsyncMutex<()>>>> {
        self.locks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for KeyGuard {
    fn drop(&mut self) {
        drop(self.guard.take());
        let mut locks = self.mutex.locks();
        // If the map holds the only reference, no request holds the key or waits for it.
        if locks
            .get(&self.key)
            .is_some_and(|lock| Arc::strong_count(lock) == 1)
        {
            locks.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::bound::{Bound, within};

    #[tokio::test(start_paused = true)]
    async fn holders_of_one_key_follow_each_other_and_leave_no_entry() {
        let mutex = KeyedMutex::default();
        let is_held = std::cell::Cell::new(false);
        let hold = || async {
            let _guard = mutex.lock("1:1").await;
            assert!(!is_held.replace(true));
            tokio::time::sleep(Duration::from_millis(5)).await;
            is_held.set(false);
        };
        let cancelled = within(Bound::new("the lock", Duration::from_millis(1)), hold());
        let _ = futures::join!(hold(), hold(), cancelled, hold());
        assert!(mutex.locks().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_late_request_waits_for_those_in_the_queue() {
        let mutex = KeyedMutex::default();
        let is_held = std::cell::Cell::new(false);
        let hold_after = |millis| {
            let (mutex, is_held) = (&mutex, &is_held);
            async move {
                tokio::time::sleep(Duration::from_millis(millis)).await;
                let _guard = mutex.lock("1:1").await;
                assert!(!is_held.replace(true));
                tokio::time::sleep(Duration::from_millis(5)).await;
                is_held.set(false);
            }
        };
        futures::join!(hold_after(0), hold_after(1), hold_after(7));
        assert!(mutex.locks().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn different_keys_do_not_wait_for_each_other() {
        let mutex = KeyedMutex::default();
        let _first = mutex.lock("1:1").await;
        let second = within(
            Bound::new("the lock", Duration::from_secs(1)),
            mutex.lock("1:2"),
        )
        .await;
        assert!(second.is_ok());
    }
}
