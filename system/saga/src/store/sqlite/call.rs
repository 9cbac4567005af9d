//! A blocking call to SQLite, with a limit on the wait for it.

use super::options::BUSY_TIMEOUT;
use crate::{
    bound::{Bound, Overdue, within},
    store::{
        error::{EngineError, StoreError},
        executor::{StoreExecutor, call_blocking},
        open_error::OpenError,
        pool_config::PoolConfig,
        unit::UnitKind,
        url::DatabaseUrl,
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
    match call_within(executor, bound, call).await {
        Ok(Some(done)) => done,
        Ok(None) => Err(StoreError::Unknown(EngineError::Cancelled)),
        Err(overdue) => {
            tracing::warn!(%overdue, "a call to SQLite was given up; it keeps its connection until it returns");
            Err(StoreError::overdue(kind, overdue))
        }
    }
}

/// Makes a blocking call before the database is open. A call that reaches its limit goes on until the process ends.
///
/// # Errors
/// That of the call. [`OpenError::Unreachable`] also if it reached its limit.
pub(super) async fn call_at_start<T: Send + 'static>(
    executor: &dyn StoreExecutor,
    bound: Bound,
    url: &DatabaseUrl,
    call: impl FnOnce() -> Result<T, OpenError> + Send + 'static,
) -> Result<T, OpenError> {
    match call_within(executor, bound, call).await {
        Ok(Some(done)) => done,
        Ok(None) => Err(OpenError::unreachable(url, "the runtime stopped")),
        Err(overdue) => Err(OpenError::silent_disk(url, overdue)),
    }
}

/// Makes a blocking call. `None`: the runtime stopped before it returned.
async fn call_within<T: Send + 'static>(
    executor: &dyn StoreExecutor,
    bound: Bound,
    call: impl FnOnce() -> T + Send + 'static,
) -> Result<Option<T>, Overdue> {
    let called = call_blocking(executor, call);
    match executor.simulator_hooks() {
        // A simulator makes the call at once, and limits the whole unit of work.
        Some(_) => Ok(called.await),
        None => within(bound, called).await,
    }
}
