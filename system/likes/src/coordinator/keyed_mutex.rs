//! One request at a time for a user and an article.
//!
//! Between its steps a saga shows what may yet be taken back: an unlike that has removed the
//! record and is then undone. A check beside it would answer from such a state, so the checks of
//! a pair wait for the saga of that pair.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

/// The pairs that requests are at now.
#[derive(Default)]
pub(super) struct KeyedMutex {
    locks: Mutex<BTreeMap<String, Arc<AsyncMutex<()>>>>,
}

/// The right to act on a pair.
pub(super) struct KeyGuard<'p> {
    pairs: &'p KeyedMutex,
    lock_key: String,
    guard: Option<OwnedMutexGuard<()>>,
}

impl KeyedMutex {
    /// Waits for the turn, in order of arrival.
    ///
    /// # Cancel safety
    /// Dropping the future gives the place in the queue up.
    pub(super) async fn turn(&self, lock_key: &str) -> KeyGuard<'_> {
        let lock = Arc::clone(self.lock().entry(lock_key.to_owned()).or_default());
        let mut turn = KeyGuard {
            pairs: self,
            lock_key: lock_key.to_owned(),
            guard: None,
        };
        turn.guard = Some(lock.lock_owned().await);
        turn
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Arc<AsyncMutex<()>>>> {
        self.locks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for KeyGuard<'_> {
    fn drop(&mut self) {
        drop(self.guard.take());
        let mut locks = self.pairs.lock();
        // The map's own reference is the last one: nobody waits.
        if locks
            .get(&self.lock_key)
            .is_some_and(|lock| Arc::strong_count(lock) == 1)
        {
            locks.remove(&self.lock_key);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn turns_of_one_pair_follow_each_other_and_leave_nothing_behind() {
        let pairs = KeyedMutex::default();
        let busy = std::cell::Cell::new(false);
        let act = || async {
            let _turn = pairs.turn("1:1").await;
            assert!(!busy.replace(true));
            tokio::time::sleep(Duration::from_millis(5)).await;
            busy.set(false);
        };
        let given_up = tokio::time::timeout(Duration::from_millis(1), act());
        let _ = futures::join!(act(), act(), given_up, act());
        assert!(pairs.lock().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn who_comes_late_waits_for_who_waited_before() {
        let pairs = KeyedMutex::default();
        let busy = std::cell::Cell::new(false);
        let act_after = |millis| {
            let (pairs, busy) = (&pairs, &busy);
            async move {
                tokio::time::sleep(Duration::from_millis(millis)).await;
                let _turn = pairs.turn("1:1").await;
                assert!(!busy.replace(true));
                tokio::time::sleep(Duration::from_millis(5)).await;
                busy.set(false);
            }
        };
        futures::join!(act_after(0), act_after(1), act_after(7));
        assert!(pairs.lock().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn other_pairs_do_not_wait() {
        let pairs = KeyedMutex::default();
        let _one = pairs.turn("1:1").await;
        let other = tokio::time::timeout(Duration::from_secs(1), pairs.turn("1:2")).await;
        assert!(other.is_ok());
    }
}
