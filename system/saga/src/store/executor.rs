//! Where storage work runs: the trait [`StoreExecutor`], which production and the simulator implement.
//!
//! Production awaits the work and makes blocking calls on a thread pool. The simulator drives the work inside one poll,
//! charges a latency, and may kill the process before or after the commit. What only the simulator needs is a trait of
//! its own: [`SimulatorHooks`](super::simulator_hooks::SimulatorHooks).

use async_trait::async_trait;
use futures::future::BoxFuture;
use tokio::sync::oneshot;

use super::{error::StoreError, simulator_hooks::SimulatorHooks, unit::Unit};

/// Runs storage work.
#[async_trait]
pub trait StoreExecutor: Send + Sync {
    /// Runs one unit of work, from its first statement to its commit.
    ///
    /// # Errors
    /// The error of the work, or one that the executor injects.
    ///
    /// # Cancel safety
    /// Dropping the future leaves the outcome of a write unknown, as [`StoreError::Unknown`] does.
    async fn execute(
        &self,
        unit: Unit,
        work: BoxFuture<'_, Result<(), StoreError>>,
    ) -> Result<(), StoreError>;

    /// Makes a call that blocks its thread: opening a SQLite file, or a whole transaction on one. Production uses a
    /// thread pool. The simulator makes the call at once, because its clock stands still while the call runs.
    ///
    /// # Cancel safety
    /// Dropping the future does not cancel the call.
    async fn call_blocking(&self, call: Box<dyn FnOnce() + Send>);

    /// The hooks of a simulator. `None` in production.
    fn simulator_hooks(&self) -> Option<&dyn SimulatorHooks> {
        None
    }
}

/// Makes a blocking call and returns its result, or `None` if the runtime stopped before the call returned.
pub(crate) async fn call_blocking<T: Send + 'static>(
    executor: &dyn StoreExecutor,
    call: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let (sender, receiver) = oneshot::channel();
    let call = Box::new(move || {
        // The caller may have been cancelled; the work is done all the same.
        let _ = sender.send(call());
    });
    executor.call_blocking(call).await;
    receiver.await.ok()
}
