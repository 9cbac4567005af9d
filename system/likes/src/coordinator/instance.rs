//! One coordinator: what its requests share, how it starts and how it stops.

use std::sync::Arc;

use likewise_saga::{
    env::Env, executor::StartTask, lease::LogLease, log::SagaLog, protocol::Rules,
    store::StoreError,
};

use super::{
    config::CoordinatorConfig,
    leadership::{Leadership, TermFactory},
    like::LikeRequest,
    participants::{LikeParticipantClients, Participants},
};

/// What a coordinator depends on: the outside world, the participants and the replaceable parts.
pub(crate) struct Dependencies {
    pub(crate) env: Env,
    pub(crate) participants: LikeParticipantClients,
    pub(crate) rules: Arc<dyn Rules>,
    pub(crate) log: Arc<dyn SagaLog>,
    pub(crate) log_lease: Arc<dyn LogLease>,
    pub(crate) lock_key: fn(&LikeRequest) -> String,
    pub(crate) start_task: StartTask,
}

/// What the requests of a coordinator share.
pub(crate) struct Coordinator {
    pub(super) config: Arc<CoordinatorConfig>,
    pub(super) env: Env,
    pub(super) log: Arc<dyn SagaLog>,
    pub(super) participants: Arc<Participants>,
    /// What a saga locks while it is open.
    pub(super) lock_key: fn(&LikeRequest) -> String,
    /// Starts the task of a saga, which must outlive the request.
    pub(super) start_task: StartTask,
    pub(super) leadership: Leadership,
}

impl Coordinator {
    /// Starts a coordinator. Without a lease it takes over the saga log and recovers the open sagas.
    /// With a lease it becomes a standby, and a task tries to acquire the lease.
    ///
    /// # Errors
    /// [`StoreError`] if a coordinator without a lease could not take over the log.
    pub(crate) async fn start(
        config: CoordinatorConfig,
        dependencies: Dependencies,
    ) -> Result<Arc<Self>, StoreError> {
        let Dependencies {
            env,
            participants,
            rules,
            log,
            log_lease,
            lock_key,
            start_task,
        } = dependencies;
        let (timeout, watch_interval) = (config.step_timeout, config.watch_interval);
        let participants = Participants::start(participants, timeout, watch_interval);
        let participants = Arc::new(participants);
        let config = Arc::new(config);
        let terms = TermFactory {
            config: Arc::clone(&config),
            env: env.clone(),
            rules,
            log: Arc::clone(&log),
            participants: Arc::clone(&participants),
        };
        let leadership = Leadership::start(terms, log_lease).await?;
        Ok(Arc::new(Self {
            config,
            env,
            log,
            participants,
            lock_key,
            start_task,
            leadership,
        }))
    }

    /// Waits until another coordinator has taken over for good. Never completes with a lease.
    ///
    /// # Cancel safety
    /// Safe.
    pub(crate) async fn taken_over(&self) {
        self.leadership.taken_over().await;
    }

    /// Stops for good. With a lease, releases it, so that a standby can take over at once.
    pub(crate) async fn close(&self) {
        self.leadership.close().await;
    }
}
