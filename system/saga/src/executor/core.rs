//! What all tasks of one executor share.

use std::{sync::Arc, time::Duration};

use backon::{BackoffBuilder, ExponentialBuilder};
use tokio::sync::Semaphore;

use super::{
    config::{Define, ExecutorConfig, StepSender},
    registry::Registry,
    signal::Signal,
};
use crate::{
    batcher::{Batcher, BatcherError},
    env::Env,
    log::{LogEntry, LogFailure, LogItem, LogReply},
    protocol::Rules,
};

/// What all tasks of one executor share.
pub(super) struct Core {
    pub(super) rules: Arc<dyn Rules>,
    pub(super) log: Batcher<LogItem>,
    pub(super) sender: Arc<dyn StepSender>,
    pub(super) define: Define,
    pub(super) env: Env,
    pub(super) config: ExecutorConfig,
    pub(super) registry: Registry,
    /// One permit per saga that this executor started and still drives.
    pub(super) open_permits: Arc<Semaphore>,
    /// Another coordinator has raised the epoch.
    pub(super) fenced: Signal,
    pub(super) stopped: Signal,
}

impl Core {
    /// Appends one entry to the saga log and waits until it is durable.
    pub(super) async fn log(&self, entry: LogEntry) -> Result<LogReply, LogFailure> {
        let reply = match self.log.call(LogItem(entry)).await {
            Ok(reply) => reply,
            Err(BatcherError::Full) => Err(LogFailure::Full),
            Err(BatcherError::Closed) => Err(LogFailure::Closed),
        };
        if matches!(reply, Err(LogFailure::Fenced)) {
            self.fence();
        }
        reply
    }

    /// Records that another coordinator took over.
    pub(super) fn fence(&self) {
        if self.fenced.raise() {
            tracing::error!(
                "another coordinator took over the saga log; this one stops driving sagas"
            );
        }
    }

    /// Runs `work` to its end. Returns `None` if the executor is stopped first.
    pub(super) async fn until_stopped<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            () = self.stopped.raised() => None,
            done = work => Some(done),
        }
    }

    /// The pauses between attempts: exponential with jitter, without an end.
    pub(super) fn pauses(&self) -> impl Iterator<Item = Duration> + use<> {
        ExponentialBuilder::default()
            .with_min_delay(self.config.pause_min)
            .with_max_delay(self.config.pause_max)
            .without_max_times()
            .with_jitter()
            .with_jitter_seed(self.env.random())
            .build()
    }
}
