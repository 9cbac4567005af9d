//! What all tasks of one executor share.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    config::{ExecutorConfig, StepSender},
    controls::Controls,
    metrics::SagaKinds,
    registry::Registry,
    retry::pauses,
};
use crate::{
    batcher::{Batcher, BatcherError},
    env::Env,
    id::SagaId,
    log::{LogEntry, LogFailure, LogItem, LogReply},
    protocol::Rules,
};

/// What all tasks of one executor share.
pub(super) struct Core {
    pub(super) rules: Arc<dyn Rules>,
    pub(super) log: Batcher<LogItem>,
    pub(super) sender: Arc<dyn StepSender>,
    pub(super) kinds: SagaKinds,
    pub(super) env: Env,
    pub(super) config: ExecutorConfig,
    pub(super) registry: Registry,
    pub(super) controls: Controls,
    /// One permit per saga that this executor started and still drives.
    pub(super) open_permits: Arc<Semaphore>,
    /// The highest identity of a saga that is known here.
    pub(super) newest: Mutex<SagaId>,
    /// Cancelled once another coordinator has raised the epoch.
    ///
    /// A token wakes its waiters in the order in which they began to wait. The simulator needs this: the order in which tasks
    /// end is part of a run, and the same plan must give the same run.
    pub(super) fenced: CancellationToken,
    /// Cancelled once this executor is stopped.
    pub(super) stopped: CancellationToken,
}

impl Core {
    /// Makes an identity that is higher than every earlier one, also if the clock was set back.
    pub(super) fn next_id(&self) -> SagaId {
        let made = SagaId(self.env.uuid());
        let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        let after = Uuid::from_u128(newest.0.as_u128().saturating_add(1));
        *newest = made.max(SagaId(after));
        *newest
    }

    /// Takes note of an identity: all later ones are higher.
    pub(super) fn raise_ids(&self, saga: SagaId) {
        let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        *newest = saga.max(*newest);
    }

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
        if !self.fenced.is_cancelled() {
            self.fenced.cancel();
            tracing::error!(
                "another coordinator took over the saga log; this one stops driving sagas"
            );
        }
    }

    /// Runs `work` to its end. Returns `None` if the executor is stopped first.
    ///
    /// Unlike `CancellationToken::run_until_cancelled`, it checks the token before the work: a stopped executor must not send
    /// one more step because a reply arrived at the same moment.
    pub(super) async fn until_stopped<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            () = self.stopped.cancelled() => None,
            done = work => Some(done),
        }
    }

    /// The pauses between attempts at an entry of the log.
    pub(super) fn pauses(&self) -> impl Iterator<Item = Duration> + use<> {
        let ExecutorConfig {
            pause_min,
            pause_max,
            ..
        } = self.config;
        pauses(self.env.random(), pause_min, pause_max)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use tokio::task::JoinSet;

    use super::*;

    /// The simulator relies on this order. The test fails if a new version of the library changes it.
    #[tokio::test]
    async fn a_token_wakes_its_waiters_in_the_order_in_which_they_began() {
        let token = CancellationToken::new();
        let woken = Arc::new(Mutex::new(Vec::new()));
        let mut tasks = JoinSet::new();
        for number in 0..100 {
            let (token, woken) = (token.clone(), Arc::clone(&woken));
            tasks.spawn(async move {
                token.cancelled().await;
                woken.lock().unwrap().push(number);
            });
            tokio::task::yield_now().await;
        }
        token.cancel();
        while tasks.join_next().await.is_some() {}
        assert_eq!(*woken.lock().unwrap(), (0..100).collect::<Vec<_>>());
    }
}
