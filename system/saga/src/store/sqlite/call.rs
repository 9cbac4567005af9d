//! A blocking call to SQLite, with a limit on the wait for it.

use super::options::BUSY_TIMEOUT;
use crate::{
    bound::{Bound, within},
    store::{
        error::{EngineError, StoreError},
        executor::{StoreExecutor, call_blocking},
        pool_config::PoolConfig,
        unit::UnitKind,
    },
};

/// How long a call may take: SQLite waits for the lock of another process first, and then for the disk.
pub(super) fn answer_bound(pool: PoolConfig) -> Bound {
    let limit = BUSY_TIMEOUT + pool.statement_timeout;
    Bound::new("the disk under the database", limit)
}

/// Makes a blocking call. A call that reaches its limit goes on, because nothing can interrupt a thread that waits for a disk.
/// It keeps its connection, so nobody else gets a connection in the middle of something.
pub(super) async fn call<T: Send + 'static>(
    executor: &dyn StoreExecutor,
    bound: Bound,
    kind: UnitKind,
    call: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let cancelled = || Err(StoreError::Unknown(EngineError::Cancelled));
    let called = call_blocking(executor, call);
    // A simulator makes the call at once, and limits the whole unit of work.
    if executor.simulator_hooks().is_some() {
        return called.await.unwrap_or_else(cancelled);
    }
    match within(bound, called).await {
        Ok(done) => done.unwrap_or_else(cancelled),
        Err(overdue) => {
            tracing::warn!(%overdue, "a call to SQLite was given up; it keeps its connection until it returns");
            Err(StoreError::overdue(kind, overdue))
        }
    }
}
