//! The coordinator service: turns a like into a saga and answers its client.
//!
//! ```text
//!  request ─► key known? ─► checks (404, 409) ─► saga row committed ─► steps ─► answer
//! ```

mod likes;
mod pairs;
mod peers;
mod recovery;
mod routes;
mod sagas;
mod transactions;

use std::{sync::Arc, time::Duration};

use axum::{Router, http::Uri};

pub use recovery::RecoveryConfig;
pub use sagas::{LikeSaga, define};

use crate::{
    edges::Edges,
    saga::{Executor, ExecutorConfig, Rules, SagaLog},
    store::StoreError,
};

/// How the coordinator behaves.
#[derive(Debug, Clone)]
pub struct CoordinatorConfig {
    /// The article service.
    pub article: Uri,
    /// The user service.
    pub user: Uri,
    /// How long one attempt at one request to a service may take.
    pub step_timeout: Duration,
    /// How long a saga goes forward before it starts to doubt.
    pub saga_deadline: Duration,
    /// How long a client waits for its answer before it is told to ask again.
    pub answer_within: Duration,
    /// How sagas are driven.
    pub executor: ExecutorConfig,
    /// How open sagas are found again.
    pub recovery: RecoveryConfig,
}

impl CoordinatorConfig {
    /// The defaults, with these services.
    #[must_use]
    pub fn new(article: Uri, user: Uri) -> Self {
        Self {
            article,
            user,
            step_timeout: Duration::from_secs(1),
            saga_deadline: Duration::from_secs(5),
            answer_within: Duration::from_secs(10),
            executor: ExecutorConfig {
                pause_min: Duration::from_millis(50),
                pause_max: Duration::from_secs(5),
                park_after: 20,
                sagas_open_max: 4_096,
                settle_patience: Duration::from_millis(20),
            },
            recovery: RecoveryConfig {
                scan_every: Duration::from_secs(300),
                sagas_at_once_max: 256,
            },
        }
    }
}

/// What the coordinator's requests share.
pub(crate) struct Coordinator {
    config: CoordinatorConfig,
    edges: Edges,
    log: Arc<dyn SagaLog>,
    executor: Executor,
    peers: Arc<peers::Peers>,
    pairs: pairs::Pairs,
    recovered: tokio::sync::watch::Receiver<bool>,
    recovery: tokio::task::JoinHandle<()>,
}

impl Drop for Coordinator {
    fn drop(&mut self) {
        self.recovery.abort();
    }
}

impl Coordinator {
    /// Takes the saga log over and starts to drive what is open in it.
    ///
    /// # Errors
    /// [`StoreError`] if the log could not be taken over.
    pub(crate) async fn start(
        config: CoordinatorConfig,
        edges: Edges,
        rules: Arc<dyn Rules>,
        log: Arc<dyn SagaLog>,
    ) -> Result<Arc<Self>, StoreError> {
        let epoch = log.take_over().await?;
        tracing::info!(%epoch, "took the saga log over");
        let peers = Arc::new(peers::Peers::start(&config, &edges));
        let executor = Executor::start(
            config.executor,
            edges.clone(),
            rules,
            Arc::clone(&log),
            epoch,
            Arc::clone(&peers) as Arc<_>,
            define,
        );
        let (recovering, recovered) = tokio::sync::watch::channel(false);
        let scan = recovery::run(
            config.recovery,
            edges.clone(),
            Arc::clone(&log),
            executor.clone(),
            recovering,
        );
        Ok(Arc::new(Self {
            config,
            edges,
            log,
            executor,
            peers,
            pairs: pairs::Pairs::default(),
            recovered,
            recovery: tokio::spawn(scan),
        }))
    }

    pub(crate) fn routes(self: &Arc<Self>) -> Router {
        routes::routes(Arc::clone(self))
    }

    /// Whether the coordinator can take new sagas.
    pub(crate) async fn ready(&self) -> Result<(), String> {
        if self.executor.is_fenced() {
            return Err("another coordinator took over".to_owned());
        }
        if !*self.recovered.borrow() {
            return Err("open sagas are being taken up".to_owned());
        }
        self.log.ping().await.map_err(|error| error.to_string())
    }
}
