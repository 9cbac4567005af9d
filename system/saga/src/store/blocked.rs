//! Work that must outlast a paused transaction of another process.

use std::time::Duration;

use tokio::time::Instant;

use super::{error::StoreError, postgres::session::IDLE_IN_TRANSACTION_TIMEOUT};

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
