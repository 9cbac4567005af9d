//! All three services in one process.
//!
//! ```text
//!            clients                     in process
//!  ──► public listener: all routes ──► article routes
//!        (coordinator inside)      └─► user routes
//! ```
//!
//! The coordinator's batches are those of three processes and meet the same lanes and barriers; only
//! they are not written as JSON and sent through a socket (`wire.rs`).

use axum::Router;

use crate::{
    config::{Role, ServiceConfig},
    coordinator::CoordinatorConfig,
    participant_clients::LikeParticipantClients,
    service::{self, Close, Inside, Parts, listener},
};
use likewise_saga::{
    env::Env,
    store::{DatabaseUrl, OpenError, PoolConfig},
};

/// What the three services are configured with.
#[derive(Debug, Clone)]
pub struct AllInOneConfig {
    /// The article service's database.
    pub article_db: DatabaseUrl,
    /// The user service's database.
    pub user_db: DatabaseUrl,
    /// The coordinator's database.
    pub coordinator_db: DatabaseUrl,
    /// Limits on the connections to each of them.
    pub pool: PoolConfig,
    /// How sagas are driven; its services' addresses are not used.
    pub coordinator: CoordinatorConfig,
}

/// The three services, opened.
pub struct AllInOne {
    routes: Router,
    close: Close,
}

impl AllInOne {
    /// Opens the databases and takes the open sagas up.
    ///
    /// # Errors
    /// [`OpenError`]: a database could not be opened.
    pub async fn open(config: AllInOneConfig, env: Env, parts: &Parts) -> Result<Self, OpenError> {
        let service = |role, database| ServiceConfig {
            role,
            database,
            pool: config.pool,
        };
        let article = service(Role::Article, config.article_db);
        let article = service::open(&article, env.clone(), parts).await?;
        let user = service(Role::User, config.user_db);
        let user = service::open(&user, env.clone(), parts).await?;
        let mut routes = article.public.clone().merge(user.public.clone());
        let mut ready = vec![article.ready.clone(), user.ready.clone()];

        let links = match (article.inside, user.inside) {
            (Inside::Article(article), Inside::User(user)) => {
                Some(LikeParticipantClients { article, user })
            }
            // Opened under other roles; then the addresses of the configuration count.
            _ => None,
        };
        let coordinator = config.coordinator;
        let role = Role::Coordinator(Box::new(coordinator));
        let coordinator = service(role, config.coordinator_db);
        let coordinator = service::open_linked(&coordinator, env, parts, links).await?;
        routes = routes.merge(coordinator.public);
        ready.push(coordinator.ready);
        let close = coordinator.close;
        Ok(Self {
            routes: listener(routes, ready),
            close,
        })
    }

    /// What clients use: the public routes of all three, and health.
    pub fn routes(&self) -> Router {
        self.routes.clone()
    }

    /// Gives up what others wait for; called last, once nothing is served any more.
    pub async fn close(&self) {
        (self.close)().await;
    }
}
