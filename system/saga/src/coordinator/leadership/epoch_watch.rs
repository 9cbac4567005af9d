//! The epoch watch: a coordinator without a lease notices that another one took over.
//!
//! A leader learns of a takeover from its next append, which may be hours away. With a lease it learns of it from
//! its next renewal. Without a lease it would call itself the holder until then, so it reads the epoch again and
//! again.

use std::{sync::Arc, time::Duration};

use super::term::EpochError;
use crate::{
    bound::{Bound, within},
    executor::Executor,
    id::Epoch,
    lease::LogLease,
};

/// The time limit for reading the epoch. It is a single row that is found by its key: a database that takes longer
/// does not answer.
pub(super) const READ_BOUND: Bound =
    Bound::new("reading the epoch of the saga log", Duration::from_secs(2));

/// Reads the epoch once per interval until it is no longer this one. Logs once that the saga log does not answer,
/// and once that it answers again. `noun` is what cannot succeed meanwhile.
///
/// # Cancel safety
/// Safe.
pub(super) async fn run(
    interval: Duration,
    log_lease: Arc<dyn LogLease>,
    executor: Executor,
    epoch: Epoch,
    noun: &'static str,
) {
    let mut is_away = false;
    while !executor.is_fenced() {
        // Ends at once if an append notices first.
        tokio::select! {
            biased;
            () = executor.fenced() => return,
            () = tokio::time::sleep(interval) => {}
        }
        let read = verify(&*log_lease, &executor, epoch).await;
        match &read {
            Err(EpochError::Stale) => return,
            Err(error) if !is_away => {
                tracing::warn!(%error, "the saga log does not answer; no {noun} can succeed until it does");
            }
            Ok(()) if is_away => tracing::warn!("the saga log answers again"),
            Ok(()) | Err(_) => {}
        }
        is_away = read.is_err();
    }
}

/// Reads the epoch once, within a bound. Fences the executor if it is over.
///
/// # Errors
/// [`EpochError`]. Only `Stale` says that the epoch is over.
pub(super) async fn verify(
    log_lease: &dyn LogLease,
    executor: &Executor,
    epoch: Epoch,
) -> Result<(), EpochError> {
    let row = within(READ_BOUND, log_lease.read()).await??;
    if row.epoch == epoch {
        return Ok(());
    }
    executor.fence();
    Err(EpochError::Stale)
}
