//! All three services in one process.
//!
//! ```text
//!            clients                            in process
//!  ──► public listener: all routes ──► coordinator ──┬──► article service
//!                                                    └──► user service
//! ```
//!
//! The coordinator sends the same batches as in three processes, and they pass the same batchers and
//! barriers. They are only not serialised as JSON and not sent through a socket. So the protocol loses
//! nothing: a process that is killed between two steps recovers in the same way.

use std::sync::Arc;

use axum::Router;
use likewise_saga::{
    admin::{Console, Role},
    env::Env,
    http::HttpMetrics,
    metrics::MetricSource,
    security::identity::IdentityLayer,
    store::{DatabaseUrl, OpenError, PoolConfig},
};

use crate::{
    coordinator::{CoordinatorConfig, LikeParticipantClients},
    service::{self, Close, Parts, ReadinessCheck, TakenOver, listener_measured},
};

/// The configuration of the three services.
#[derive(Debug, Clone)]
pub struct AllInOneConfig {
    /// The article service's database.
    pub article_db: DatabaseUrl,
    /// The user service's database.
    pub user_db: DatabaseUrl,
    /// The coordinator's database.
    pub coordinator_db: DatabaseUrl,
    /// The limits of each of the three connection pools.
    pub pool: PoolConfig,
    /// The coordinator.
    pub coordinator: CoordinatorConfig,
}

/// The three services, opened.
pub struct AllInOne {
    public: Router,
    operations: Router,
    ready: Vec<ReadinessCheck>,
    taken_over: TakenOver,
    close: Close,
    metrics: Vec<Arc<dyn MetricSource>>,
    admin: Vec<(Role, Router)>,
    console: Option<Console>,
}

impl AllInOne {
    /// Opens the three databases and recovers the open sagas.
    ///
    /// # Errors
    /// [`OpenError`]: a database could not be opened, or the saga log not taken over.
    pub async fn open(config: AllInOneConfig, env: Env, parts: &Parts) -> Result<Self, OpenError> {
        let pool = config.pool;
        let (article, article_clients) =
            service::open_article(&config.article_db, pool, env.clone(), parts).await?;
        let (user, user_clients) =
            service::open_user(&config.user_db, pool, env.clone(), parts).await?;
        let participants = LikeParticipantClients {
            article: article_clients,
            user: user_clients,
            article_probe: article.probe(),
            user_probe: user.probe(),
        };
        let coordinator = service::open_coordinator(
            &config.coordinator_db,
            pool,
            config.coordinator,
            env,
            parts,
            participants,
        )
        .await?;
        Ok(Self {
            public: article.public.merge(user.public).merge(coordinator.public),
            operations: user.operations,
            ready: vec![article.ready, user.ready, coordinator.ready],
            taken_over: coordinator.taken_over,
            close: coordinator.close,
            metrics: [article.metrics, user.metrics, coordinator.metrics].concat(),
            admin: [article.admin, user.admin, coordinator.admin].concat(),
            console: coordinator.console,
        })
    }

    /// The same services, which check who sends a request. See [`Service::behind`](service::Service::behind).
    #[must_use]
    pub fn behind(mut self, identity: &IdentityLayer, is_open: bool) -> Self {
        (self.public, self.operations) =
            service::behind(self.public, self.operations, identity, is_open);
        self
    }

    /// The public routes of all three services, and health. The internal routes are not served.
    pub fn routes(&self) -> Router {
        self.routes_with(Router::new())
    }

    /// Like [`routes`](Self::routes), with further routes.
    pub fn routes_with(&self, more: Router) -> Router {
        self.routes_measured(more, &HttpMetrics::new("none"))
    }

    /// Like [`routes_with`](Self::routes_with), and counts the requests of each route.
    pub fn routes_measured(&self, more: Router, metrics: &Arc<HttpMetrics>) -> Router {
        let routes = self
            .public
            .clone()
            .merge(self.operations.clone())
            .merge(more);
        listener_measured(routes, self.ready.clone(), metrics)
    }

    /// What the services count, and their state in numbers.
    pub fn metrics(&self) -> Vec<Arc<dyn MetricSource>> {
        self.metrics.clone()
    }

    /// The routes for operators, each with the role that it needs.
    pub fn admin(&self) -> Vec<(Role, Router)> {
        self.admin.clone()
    }

    /// The pages for operators.
    pub fn console(&self) -> Option<Console> {
        self.console.clone()
    }

    /// Waits until another process has taken over the saga log.
    ///
    /// # Cancel safety
    /// Safe.
    pub async fn taken_over(&self) {
        (self.taken_over)().await;
    }

    /// Ends the services. Call it last, when the routes are no longer served.
    pub async fn close(&self) {
        (self.close)().await;
    }
}
