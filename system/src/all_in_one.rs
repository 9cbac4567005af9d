//! All three services in one process, with real HTTP over loopback between them.
//!
//! ```text
//!            clients                     loopback
//!  ──► public listener: all routes ──► article listener
//!        (coordinator inside)      └─► user listener
//! ```
//!
//! Nothing is short-cut: what one process does is what three would do.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
};

use axum::{Router, http::Uri};
use tokio::task::JoinSet;

use crate::{
    config::{Role, ServiceConfig},
    coordinator::CoordinatorConfig,
    edges::{Edges, real},
    http,
    service::{self, Close, Parts, listener},
    store::{DatabaseUrl, OpenError, PoolConfig},
};

/// Where the services of one process hear each other: any free port.
const LOOPBACK: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

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

/// The three services, opened. Dropping it stops the two that listen inside.
pub struct AllInOne {
    routes: Router,
    close: Close,
    _inside: JoinSet<io::Result<()>>,
}

/// The services could not be started.
#[derive(Debug, thiserror::Error)]
pub enum AllInOneError {
    /// A database could not be opened; see there.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// No port on loopback could be listened on.
    #[error("cannot listen on {LOOPBACK}: {0}")]
    Listen(#[from] io::Error),
}

impl AllInOne {
    /// Opens the databases, lets the article and the user service listen inside, and takes the
    /// open sagas up.
    ///
    /// # Errors
    /// [`AllInOneError`].
    pub async fn open(
        config: AllInOneConfig,
        edges: Edges,
        parts: &Parts,
    ) -> Result<Self, AllInOneError> {
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

        let mut inside = JoinSet::new();
        let mut coordinator = config.coordinator;
        coordinator.article = serve_inside(&mut inside, article.routes()).await?;
        coordinator.user = serve_inside(&mut inside, user.routes()).await?;
        let role = Role::Coordinator(Box::new(coordinator));
        let coordinator = service(role, config.coordinator_db);
        let coordinator = service::open(&coordinator, edges, parts).await?;
        routes = routes.merge(coordinator.public);
        ready.push(coordinator.ready);
        let close = coordinator.close;
        Ok(Self {
            routes: listener(routes, ready),
            close,
            _inside: inside,
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

/// Serves a service to the others of this process, to the very end: open sagas need it.
async fn serve_inside(inside: &mut JoinSet<io::Result<()>>, routes: Router) -> io::Result<Uri> {
    let loopback = real::listen(LOOPBACK).await?;
    let address = loopback.local_addr()?;
    inside.spawn(http::serve(
        real::undelayed(loopback),
        routes,
        std::future::pending(),
    ));
    format!("http://{address}/")
        .parse()
        .map_err(io::Error::other)
}
