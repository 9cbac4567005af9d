//! The configuration of a coordinator.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use super::{
    leadership::Lease, recovery::RecoveryConfig, retention::Retention, transactions::EventsConfig,
};
use crate::{alerts::AlertsConfig, batcher::BatchLimits, executor::ExecutorConfig};

/// The admission limit, which may be changed while the coordinator runs. Clones share it.
///
/// It only lowers [`ExecutorConfig::sagas_open_max`]: queues and permits are made for that number at the start.
#[derive(Debug, Clone)]
pub struct AdmissionLimit(Arc<AtomicUsize>);

impl AdmissionLimit {
    /// Changes the limit for the requests from now on. Those that are open go on.
    pub fn set(&self, limit: usize) {
        self.0.store(limit, Ordering::Relaxed);
    }

    fn get(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Default for AdmissionLimit {
    /// No lower limit.
    fn default() -> Self {
        Self(Arc::new(AtomicUsize::new(usize::MAX)))
    }
}

/// The configuration of a coordinator.
#[derive(Debug, Clone)]
pub struct CoordinatorConfig {
    /// The time limit for one attempt at one request to a participant.
    pub step_timeout: Duration,
    /// How long a saga goes forward. After that, the coordinator seals its steps to settle whether
    /// they happened, and compensates the saga unless all of them did.
    pub saga_deadline: Duration,
    /// The time limit for a reply to a client. After it the client gets 503: *in doubt* if its saga
    /// may have started, else *unavailable*.
    pub answer_timeout: Duration,
    /// The number of admitted requests that are worked on concurrently. Further admitted requests
    /// wait in order of arrival.
    ///
    /// A higher limit hardly makes the batches larger, but it makes each round of all batches
    /// longer. A refusal waits for such a round, because one thread does all the work. Under twice
    /// the peak load, the median refusal took 21 ms with a limit of 2,048 and 2 ms with 256.
    pub concurrency_max: usize,
    /// How sagas are driven.
    pub executor: ExecutorConfig,
    /// How many requests and sagas may be open, while the process runs.
    pub admission: AdmissionLimit,
    /// How open sagas are found again after a restart or a lost task.
    pub recovery: RecoveryConfig,
    /// How the coordinator shares the saga log with others. `None`: it is the only coordinator. It
    /// takes over the log when it starts, and stops for good if another one takes over.
    pub lease: Option<Lease>,
    /// How often the coordinator verifies what it cannot notice otherwise: that it still holds the saga log,
    /// and that a service which is away is back. Readiness and the role are verified when they are asked for.
    /// `None`: it verifies nothing, so it sends no request that no client or saga asked for.
    pub watch_interval: Option<Duration>,
    /// For how long the leader keeps sagas that have ended. `None`: for ever.
    pub retention: Option<Retention>,
    /// How clients follow sagas.
    pub events: EventsConfig,
    /// Where alerts are delivered to. `None`: they are kept in the log, and nobody is told.
    pub alerts: Option<AlertsConfig>,
}

impl CoordinatorConfig {
    /// How many requests and sagas may be open now.
    pub(crate) fn open_max(&self) -> usize {
        self.executor.sagas_open_max.min(self.admission.get())
    }
}

impl Default for CoordinatorConfig {
    /// A coordinator without a lease.
    fn default() -> Self {
        Self {
            step_timeout: Duration::from_secs(1),
            saga_deadline: Duration::from_secs(5),
            answer_timeout: Duration::from_secs(10),
            concurrency_max: 256,
            executor: ExecutorConfig {
                pause_min: Duration::from_millis(50),
                pause_max: Duration::from_secs(5),
                park_after: 20,
                sagas_open_max: 1_024,
                settle_linger_max: Duration::from_millis(20),
                batches: BatchLimits::default(),
            },
            admission: AdmissionLimit::default(),
            recovery: RecoveryConfig {
                scan_interval: Duration::from_secs(300),
                sagas_concurrent_max: 256,
            },
            lease: None,
            watch_interval: Some(Duration::from_secs(1)),
            retention: None,
            events: EventsConfig::default(),
            alerts: None,
        }
    }
}
