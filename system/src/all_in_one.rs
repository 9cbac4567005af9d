//! All three services in one process.
//!
//! ```text
//!            clients                     in process
//!  ──► public listener: all routes ──► article routes
//!        (coordinator inside)      └─► user routes
//! ```
//!
//! The coordinator's requests are those of three processes, through the same dialer and to the
//! same lanes and barriers; only no socket lies between (`edges/inside.rs`).

use std::{collections::BTreeMap, sync::Arc};

use axum::{Router, http::Uri};

use crate::{
    config::{Role, ServiceConfig},
    coordinator::CoordinatorConfig,
    edges::{Edges, InsideDialer},
    service::{self, Close, Parts, listener},
    store::{DatabaseUrl, OpenError, PoolConfig},
};

/// The hosts under which the coordinator finds the others.
const ARTICLE: &str = "article";
const USER: &str = "user";

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
    /// How sagas are driven; its services' addresses are filled in once they listen.
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
    pub async fn open(
        config: AllInOneConfig,
        edges: Edges,
        parts: &Parts,
    ) -> Result<Self, OpenError> {
        let service = |role, database| ServiceConfig {
            role,
            database,
            pool: config.pool,
        };
        let article = service(Role::Article, config.article_db);
        let article = service::open(&article, edges.clone(), parts).await?;
        let user = service(Role::User, config.user_db);
        let user = service::open(&user, edges.clone(), parts).await?;
        let mut routes = article.public.clone().merge(user.public.clone());
        let mut ready = vec![article.ready.clone(), user.ready.clone()];

        let services = [(ARTICLE, article.routes()), (USER, user.routes())];
        let edges = Edges {
            dialer: Arc::new(InsideDialer {
                services: BTreeMap::from(services),
                outside: Arc::clone(&edges.dialer),
            }),
            ..edges
        };
        let mut coordinator = config.coordinator;
        coordinator.article = Uri::from_static("http://article/");
        coordinator.user = Uri::from_static("http://user/");
        let role = Role::Coordinator(Box::new(coordinator));
        let coordinator = service(role, config.coordinator_db);
        let coordinator = service::open(&coordinator, edges, parts).await?;
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
