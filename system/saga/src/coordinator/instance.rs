//! One coordinator: what its requests share, how it starts and how it stops.

use std::sync::Arc;

use super::{
    config::CoordinatorConfig,
    leadership::{Leadership, TermFactory},
    metrics::TermCounts,
    operations::OrderTag,
    participants::{Participant, Participants},
    product::Product,
    transactions::Streams,
};
use crate::{
    env::Env,
    executor::{SagaKinds, StartTask},
    lease::LogLease,
    log::SagaLog,
    protocol::Rules,
    store::{Database, StoreError},
};

/// What a coordinator depends on: the outside world, the product, the participants and the replaceable parts.
pub(crate) struct Dependencies {
    pub(crate) env: Env,
    /// That of the saga log, for its metrics.
    pub(crate) database: Database,
    pub(crate) product: &'static Product,
    pub(crate) participants: Vec<Participant>,
    pub(crate) rules: Arc<dyn Rules>,
    pub(crate) log: Arc<dyn SagaLog>,
    pub(crate) log_lease: Arc<dyn LogLease>,
    pub(crate) start_task: StartTask,
    pub(crate) order_tag: OrderTag,
}

/// A coordinator that runs. Its requests share it.
pub struct Coordinator {
    pub(super) config: Arc<CoordinatorConfig>,
    pub(crate) env: Env,
    pub(super) product: &'static Product,
    pub(super) log: Arc<dyn SagaLog>,
    pub(super) participants: Arc<Participants>,
    /// For previews; a term has its own.
    pub(super) rules: Arc<dyn Rules>,
    /// Starts the task of a saga, which must outlive the request.
    pub(super) start_task: StartTask,
    /// Makes the tag of what an order is based on.
    pub(super) order_tag: OrderTag,
    pub(super) leadership: Leadership,
    pub(crate) database: Database,
    pub(super) kinds: SagaKinds,
    pub(super) counts: Arc<TermCounts>,
    /// The streams of events that are open.
    pub(super) streams: Streams,
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
            database,
            product,
            participants,
            rules,
            log,
            log_lease,
            start_task,
            order_tag,
        } = dependencies;
        let participants = Arc::new(Participants(participants));
        let config = Arc::new(config);
        let kinds = SagaKinds::new(product.define, product.kinds);
        let counts = Arc::new(TermCounts::default());
        let terms = TermFactory {
            kinds: kinds.clone(),
            counts: Arc::clone(&counts),
            config: Arc::clone(&config),
            env: env.clone(),
            product,
            rules: Arc::clone(&rules),
            log: Arc::clone(&log),
            participants: Arc::clone(&participants),
        };
        let leadership = Leadership::start(terms, log_lease).await?;
        Ok(Arc::new(Self {
            config,
            env,
            product,
            log,
            participants,
            rules,
            start_task,
            order_tag,
            leadership,
            database,
            kinds,
            counts,
            streams: Streams::default(),
        }))
    }

    /// How it is configured.
    #[must_use]
    pub fn config(&self) -> &CoordinatorConfig {
        &self.config
    }

    /// Waits until another coordinator has taken over for good. Never completes with a lease.
    ///
    /// # Cancel safety
    /// Safe.
    pub async fn taken_over(&self) {
        self.leadership.taken_over().await;
    }

    /// Stops for good. With a lease, releases it, so that a standby can take over at once. Call it last, when the routes
    /// are no longer served.
    pub async fn close(&self) {
        self.leadership.close().await;
    }
}
