//! A term: everything a coordinator has in memory while it holds the saga log, and nothing longer.

use std::sync::Arc;

use tokio::{
    sync::{Semaphore, watch},
    task::JoinHandle,
};

use super::{
    CoordinatorConfig, define, keyed_mutex::KeyedMutex, likes::LikeError,
    participants::Participants, recovery,
};
use likewise_saga::{
    env::Env, executor::Executor, id::Epoch, lease::LogLease, log::SagaLog, protocol::Rules,
};

/// One coordinator's time with the saga log, under one epoch.
pub(super) struct Term {
    pub(super) epoch: Epoch,
    pub(super) executor: Executor,
    pub(super) pairs: KeyedMutex,
    /// Room for requests: one more is refused before anything is asked or queued for it.
    pub(super) room: Semaphore,
    /// The places of those that are worked on. Who finds none waits, in order of arrival, and costs nothing meanwhile.
    pub(super) places: Semaphore,
    /// Whether every open saga is entered.
    pub(super) recovered: watch::Receiver<bool>,
    recovery: JoinHandle<()>,
    /// With leases: where to see whether the term is over.
    shard: Option<Arc<dyn LogLease>>,
}

/// What every term of a coordinator works with.
#[derive(Clone)]
pub(super) struct TermFactory {
    pub(super) config: Arc<CoordinatorConfig>,
    pub(super) env: Env,
    pub(super) rules: Arc<dyn Rules>,
    pub(super) log: Arc<dyn SagaLog>,
    pub(super) participants: Arc<Participants>,
}

impl TermFactory {
    /// Starts to drive what is open in the log.
    pub(super) fn start(&self, epoch: Epoch, shard: Option<Arc<dyn LogLease>>) -> Arc<Term> {
        tracing::info!(%epoch, "took the saga log over");
        let executor = Executor::start(
            self.config.executor,
            self.env.clone(),
            Arc::clone(&self.rules),
            Arc::clone(&self.log),
            epoch,
            Arc::clone(&self.participants) as Arc<_>,
            define,
        );
        let (recovering, recovered) = watch::channel(false);
        let scan = recovery::run(
            self.config.recovery,
            self.env.clone(),
            Arc::clone(&self.log),
            executor.clone(),
            recovering,
        );
        Arc::new(Term {
            epoch,
            executor,
            pairs: KeyedMutex::default(),
            room: Semaphore::new(self.config.executor.sagas_open_max),
            places: Semaphore::new(self.config.at_once_max),
            recovered,
            recovery: tokio::spawn(scan),
            shard,
        })
    }
}

impl Term {
    /// Proves that what was looked up before is the truth: until now nobody else drove a saga.
    ///
    /// # Errors
    /// Somebody may have.
    pub(super) async fn prove(&self) -> Result<(), LikeError> {
        let Some(shard) = &self.shard else {
            return Ok(());
        };
        if shard.read().await?.epoch != self.epoch {
            self.executor.fence();
        } else if !self.executor.is_stopped() {
            return Ok(());
        }
        Err(LikeError::Unavailable(
            "another coordinator took over".to_owned(),
        ))
    }

    /// Ends it: nothing is driven or answered from its memory any more.
    pub(super) fn end(&self) {
        self.recovery.abort();
        self.executor.stop();
    }
}

impl Drop for Term {
    fn drop(&mut self) {
        self.recovery.abort();
    }
}
