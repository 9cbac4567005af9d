//! A term: everything a leader keeps in memory while it holds the saga log. Nothing outlives it.

use std::sync::Arc;

use tokio::{
    sync::{Semaphore, watch},
    task::JoinHandle,
};

use crate::{
    alerts,
    bound::Overdue,
    coordinator::{
        config::CoordinatorConfig, keyed_mutex::KeyedMutex, metrics::TermCounts,
        operations::Batches, participants::Participants, product::Product, recovery, retention,
    },
    env::Env,
    executor::{Executor, SagaKinds},
    id::Epoch,
    lease::LogLease,
    log::SagaLog,
    protocol::Rules,
    store::StoreError,
};

/// The time of one coordinator as leader, under one epoch.
pub(in crate::coordinator) struct Term {
    pub(in crate::coordinator) epoch: Epoch,
    pub(in crate::coordinator) executor: Executor,
    /// Serialises the requests with one lock key.
    ///
    /// In memory, because one coordinator drives the log and serves nothing before recovery has
    /// registered every open saga. The log keeps the locks of open sagas as well, those included that
    /// cannot be driven.
    pub(in crate::coordinator) request_locks: KeyedMutex,
    /// Serialises the orders about one saga.
    pub(in crate::coordinator) order_locks: KeyedMutex,
    /// The orders about many sagas.
    pub(in crate::coordinator) batches: Batches,
    /// Admission permits. A request without one is refused before any I/O, so that a queue that is
    /// already full does not grow.
    pub(in crate::coordinator) admission: Semaphore,
    /// How many permits there are.
    admission_max: usize,
    /// Concurrency permits of admitted requests. The others wait in order of arrival and use no
    /// resources.
    pub(in crate::coordinator) concurrency: Semaphore,
    /// True once every open saga is registered with the executor.
    pub(in crate::coordinator) recovered: watch::Receiver<bool>,
    recovery: JoinHandle<()>,
    /// Deletes what is old enough. `None` if everything is kept.
    retention: Option<JoinHandle<()>>,
    /// Delivers alerts. `None` without a webhook.
    deliverer: Option<JoinHandle<()>>,
    /// Where to read the current epoch; `None` for a coordinator without a lease.
    log_lease: Option<Arc<dyn LogLease>>,
}

/// Starts the terms of one coordinator.
pub(in crate::coordinator) struct TermFactory {
    pub(in crate::coordinator) config: Arc<CoordinatorConfig>,
    pub(in crate::coordinator) env: Env,
    pub(in crate::coordinator) product: &'static Product,
    pub(in crate::coordinator) rules: Arc<dyn Rules>,
    pub(in crate::coordinator) log: Arc<dyn SagaLog>,
    pub(in crate::coordinator) participants: Arc<Participants>,
    pub(in crate::coordinator) kinds: SagaKinds,
    pub(in crate::coordinator) counts: Arc<TermCounts>,
}

/// Why the epoch of a term could not be verified.
#[derive(Debug, thiserror::Error)]
pub(in crate::coordinator) enum EpochError {
    /// The term is over: another coordinator may drive sagas.
    #[error("another coordinator took over")]
    Stale,
    /// The lease row could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The lease row was not read in time.
    #[error(transparent)]
    Overdue(#[from] Overdue),
}

impl TermFactory {
    /// Starts an executor under the epoch, and the recovery of the open sagas.
    pub(super) fn start(&self, epoch: Epoch, log_lease: Option<Arc<dyn LogLease>>) -> Arc<Term> {
        tracing::info!(%epoch, "took over the saga log");
        self.counts.takeovers.inc();
        let executor = Executor::start(
            self.config.executor,
            self.env.clone(),
            Arc::clone(&self.rules),
            Arc::clone(&self.log),
            epoch,
            Arc::clone(&self.participants) as Arc<_>,
            self.kinds.clone(),
        );
        let (recovered_sender, recovered) = watch::channel(false);
        let recovery = recovery::run(
            self.config.recovery,
            self.env.clone(),
            Arc::clone(&self.log),
            epoch,
            executor.clone(),
            recovered_sender,
            Arc::clone(&self.counts),
        );
        let retention = self.config.retention.map(|retention| {
            tokio::spawn(retention::run(retention::Dependencies {
                retention,
                env: self.env.clone(),
                log: Arc::clone(&self.log),
                epoch,
                executor: executor.clone(),
                participants: Arc::clone(&self.participants),
                recovered: recovered.clone(),
                counts: Arc::clone(&self.counts),
            }))
        });
        let deliverer = self.config.alerts.clone().map(|alerts| {
            tokio::spawn(alerts::run(alerts::Dependencies {
                alerts,
                env: self.env.clone(),
                log: Arc::clone(&self.log),
                epoch,
                executor: executor.clone(),
                counts: Arc::clone(&self.counts.alerts),
            }))
        });
        Arc::new(Term {
            epoch,
            executor,
            request_locks: KeyedMutex::default(),
            order_locks: KeyedMutex::default(),
            batches: Batches::default(),
            admission: Semaphore::new(self.config.executor.sagas_open_max),
            admission_max: self.config.executor.sagas_open_max,
            concurrency: Semaphore::new(self.config.concurrency_max),
            recovered,
            recovery: tokio::spawn(recovery),
            retention,
            deliverer,
            log_lease,
        })
    }
}

impl Term {
    /// Whether a request that has an admission permit is beyond a limit that was lowered since the start.
    pub(in crate::coordinator) fn is_beyond(&self, open_max: usize) -> bool {
        let admitted = self.admission_max - self.admission.available_permits();
        let is_lowered = open_max < self.admission_max;
        is_lowered && (admitted > open_max || self.executor.permits_in_use() >= open_max)
    }

    /// Whether every open saga is registered with the executor.
    pub(in crate::coordinator) fn is_recovered(&self) -> bool {
        *self.recovered.borrow()
    }

    /// Verifies that no other coordinator has driven a saga until now, by reading the epoch.
    ///
    /// Call it *after* the lookups on which an answer is based. A lookup between two steps of another
    /// leader's saga may see a state that is compensated later. If the epoch is still ours after the
    /// lookup, no other leader drove a saga until then, and the request lock excluded our own. So the
    /// answer was true at a moment while the request waited.
    ///
    /// # Errors
    /// [`EpochError`]: the lookups must not be used.
    pub(in crate::coordinator) async fn verify_epoch(&self) -> Result<(), EpochError> {
        let Some(log_lease) = &self.log_lease else {
            return Ok(());
        };
        if log_lease.read().await?.epoch != self.epoch {
            self.executor.fence();
        } else if !self.executor.is_stopped() {
            return Ok(());
        }
        Err(EpochError::Stale)
    }

    /// Ends the term at once: its tasks stop where they are, and a client that waits for one of its
    /// sagas is told that the saga is in doubt. The next leader finishes it.
    ///
    /// A statement on its way to the database may still be executed under this epoch, if it arrives
    /// before the next takeover.
    pub(super) fn end(&self) {
        self.abort_tasks();
        self.executor.stop();
    }

    fn abort_tasks(&self) {
        self.recovery.abort();
        for task in self.retention.iter().chain(&self.deliverer) {
            task.abort();
        }
    }
}

impl Drop for Term {
    fn drop(&mut self) {
        self.abort_tasks();
    }
}
