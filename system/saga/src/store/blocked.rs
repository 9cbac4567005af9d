//! Work that waits for locks which another transaction holds.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use super::{error::StoreError, postgres::session::IDLE_IN_TRANSACTION_TIMEOUT};

/// How long a batch is halved of which rows are locked or refused. One locked row among those of 256 steps takes 16 transactions, of
/// which eight wait 20 ms. If somebody has locked the whole table, every part fails, and the search must end.
pub(crate) const HALVING_MAX: Duration = Duration::from_secs(1);

/// How long batches wait only shortly for locks after one has waited for too long. Afterwards batches
/// wait as long as the configuration allows: a lock that others take in turns is only obtained by waiting.
pub(crate) const SHORT_WAITS_FOR: Duration = Duration::from_secs(2);

/// Whether the batches in front of a database wait only shortly for locks. They do for a while after one has waited too
/// long: the item that needs the locked row comes again and again, and each time its whole batch would wait.
#[derive(Default)]
pub(crate) struct ShortWaits(Mutex<Option<Instant>>);

impl ShortWaits {
    pub(crate) fn are_on(&self) -> bool {
        let until = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        until.is_some_and(|until| Instant::now() < until)
    }

    pub(crate) fn begin(&self) {
        let mut until = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *until = Some(Instant::now() + SHORT_WAITS_FOR);
    }
}

/// The pause between two attempts.
const PAUSE: Duration = Duration::from_millis(50);

/// Repeats work that waited for a lock, until PostgreSQL has ended any transaction whose client is silent. A coordinator that
/// is paused in the middle of an append keeps its lock on the log that long, and a takeover must not fail for it.
///
/// # Errors
/// The error of the last attempt.
pub(crate) async fn outlast_paused_transaction<T, W>(work: impl Fn() -> W) -> Result<T, StoreError>
where
    W: Future<Output = Result<T, StoreError>>,
{
    let until = Instant::now() + IDLE_IN_TRANSACTION_TIMEOUT;
    loop {
        match work().await {
            Err(error) if error.is_blocked() && Instant::now() < until => {
                tokio::time::sleep(PAUSE).await;
            }
            done => return done,
        }
    }
}
