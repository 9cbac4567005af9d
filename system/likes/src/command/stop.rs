//! Why a process stops: a signal asked for it, or another process has replaced this one.

use std::time::Duration;

use futures::future::BoxFuture;
use likewise_saga::http::Stopping;

use super::{Failure, signals::StopSignals, supervisor};

/// What a process waits for while it serves.
pub(super) struct Stop<'s> {
    signals: StopSignals,
    taken_over: BoxFuture<'s, ()>,
}

impl<'s> Stop<'s> {
    pub(super) fn new(signals: StopSignals, taken_over: BoxFuture<'s, ()>) -> Self {
        Self {
            signals,
            taken_over,
        }
    }

    /// Waits for the first reason, and for `delay` after a signal. `stopping` begins before that, so that a load balancer sends
    /// no new requests when the listener closes. A second signal ends the process at once, even if the orderly stop hangs.
    ///
    /// # Errors
    /// [`Failure::TakenOver`]: another process has replaced this one.
    pub(super) async fn wait(
        mut self,
        stopping: &Stopping,
        delay: Duration,
    ) -> Result<(), Failure> {
        let reason = tokio::select! {
            signal = self.signals.next() => {
                tracing::info!("{signal}: stopping; the next start continues the open sagas");
                Ok(())
            }
            () = &mut self.taken_over => {
                tracing::error!("this process ends: another one holds the saga log");
                Err(Failure::TakenOver)
            }
        };
        let code = reason.as_ref().map_or_else(Failure::number, |()| 0);
        tokio::spawn(async move {
            let signal = self.signals.next().await;
            tracing::warn!("{signal}: stopping at once");
            std::process::exit(code.into());
        });
        stopping.begin();
        supervisor::stopping();
        if reason.is_ok() {
            tokio::time::sleep(delay).await;
        }
        reason
    }
}
