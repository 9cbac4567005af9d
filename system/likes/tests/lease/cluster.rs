//! The article and the user service, and any number of coordinators with one saga log.
//!
//! A coordinator stops serving without releasing its lease when it is dropped, as after a crash. A standby then has
//! to wait for the lease to run out.

use std::{future::pending, io, net::SocketAddr, time::Duration};

use axum::{Router, http::Uri};
use likewise::{
    config::{CoordinatorRole, Role, ServiceConfig},
    coordinator::{CoordinatorConfig, Lease},
    service::{self, Close, Parts},
};
use likewise_saga::{
    admin::{self, AdminRoutes},
    env::real,
    http::{self, HttpMetrics},
    id::Epoch,
    lease::{LogLease, SqlLogLease},
    log::SAGA_LOG_SCHEMA,
    metrics::Metrics,
    store::DatabaseUrl,
};
use serde_json::Value;
use tokio::{net::TcpListener, task::JoinSet};

use crate::common::{Databases, client::Client, databases::POOL, scrape::Scrape};

/// The token of an operator.
pub const OPERATE: &str = "operate-9a1c44e07bd85f10";

/// The number of polls for a condition, 20 ms apart.
const POLLS_MAX: u32 = 1_500;

/// The time limit of a reply to a client.
pub const ANSWER_TIMEOUT: Duration = Duration::from_secs(40);

/// The two participants, and a client of the article service. Dropping it stops the participants.
pub struct Cluster<'d> {
    pub articles: Client,
    urls: [Uri; 2],
    databases: &'d Databases,
    _serving: JoinSet<io::Result<()>>,
}

/// A coordinator and a client of it. Dropping it stops serving, without releasing the lease.
pub struct Coordinator {
    pub client: Client,
    /// A client of the listener for operators.
    pub admin: Client,
    pub address: SocketAddr,
    pub url: String,
    pub close: Close,
    metrics: Metrics,
    _serving: JoinSet<io::Result<()>>,
}

impl<'d> Cluster<'d> {
    pub async fn start(databases: &'d Databases) -> Self {
        Self::start_with(databases, Parts::default()).await
    }

    pub async fn start_with(databases: &'d Databases, parts: Parts) -> Self {
        let mut serving = JoinSet::new();
        let mut start = async |role, database: &DatabaseUrl| {
            let config = service(role, database);
            let opened = service::open(&config, real::env(), &parts).await;
            let (listener, address) = listen().await;
            serve(&mut serving, listener, opened.expect("opened").routes());
            address
        };
        let article = start(Role::Article, &databases.article).await;
        let user = start(Role::User, &databases.user).await;
        Self {
            articles: Client::new(article),
            urls: [article, user].map(|address| uri(&format!("http://{address}"))),
            databases,
            _serving: serving,
        }
    }

    pub async fn coordinator(&self, lease: Duration) -> Coordinator {
        self.coordinator_with(Parts::default(), lease, |_| {}).await
    }

    /// A coordinator that renews, or reads the lease row, every 100 ms at most, whatever its lease.
    pub async fn frequent_coordinator(&self, lease: Duration) -> Coordinator {
        let frequent = |config: &mut CoordinatorConfig| {
            let lease = config.lease.as_mut().expect("a lease");
            lease.renew_every = Duration::from_millis(100);
        };
        self.coordinator_with(Parts::default(), lease, frequent)
            .await
    }

    pub async fn coordinator_with(
        &self,
        parts: Parts,
        lease: Duration,
        change: impl FnOnce(&mut CoordinatorConfig),
    ) -> Coordinator {
        let (listener, address) = listen().await;
        let url = format!("http://{address}/");
        let [article, user] = self.urls.clone();
        // Long limits: a busy machine must not look like a dead service.
        let mut config = CoordinatorConfig {
            step_timeout: Duration::from_secs(20),
            saga_deadline: Duration::from_secs(30),
            answer_timeout: ANSWER_TIMEOUT,
            lease: Some(Lease::new(uri(&url), lease)),
            ..CoordinatorConfig::default()
        };
        change(&mut config);
        let role = Role::Coordinator(Box::new(CoordinatorRole {
            article,
            user,
            config,
        }));
        let config = service(role, &self.databases.coordinator);
        let opened = service::open(&config, real::env(), &parts)
            .await
            .expect("opened");
        let close = opened.close.clone();
        let metrics = Metrics::of(opened.metrics.clone());
        let mut serving = JoinSet::new();
        let admin = serve_admin(&mut serving, opened.admin.clone()).await;
        serve(&mut serving, listener, opened.routes());
        Coordinator {
            client: Client::new(address),
            admin,
            address,
            url,
            close,
            metrics,
            _serving: serving,
        }
    }

    /// The lease row, without a coordinator.
    pub async fn log_lease(&self) -> SqlLogLease {
        SqlLogLease::new(self.databases.open(SAGA_LOG_SCHEMA).await)
    }

    /// Takes the lease from its holder, in the name of another coordinator.
    pub async fn take_lease(&self, holder: &str) -> Epoch {
        let log_lease = self.log_lease().await;
        for _ in 0..POLLS_MAX {
            let seen = log_lease.read().await.expect("the lease row");
            if let Some(epoch) = log_lease.claim(&seen, holder).await.expect("a claim") {
                return epoch;
            }
        }
        panic!("the holder renewed before every claim");
    }
}

impl Coordinator {
    /// Waits until the coordinator is ready and has this role. Returns its epoch.
    pub async fn wait_for_role(&self, role: &str) -> i64 {
        let body = self.wait_until("/readyz", |body| {
            (&body["status"], &body["role"]) == (&"ready".into(), &role.into())
        });
        body.await["epoch"].as_i64().expect("an epoch")
    }

    /// The coordinator's metrics of this moment.
    pub fn scrape(&self) -> Scrape {
        Scrape::parse(&self.metrics.text())
    }

    /// The status that the coordinator reports.
    pub async fn status(&self) -> Value {
        self.client.get("/v1/coordinator").send().await.body
    }

    /// Polls the path until the body meets the condition, and returns that body.
    pub async fn wait_until(&self, path: &str, condition: impl Fn(&Value) -> bool) -> Value {
        let mut body = Value::Null;
        for _ in 0..POLLS_MAX {
            body = self.client.get(path).send().await.body;
            if condition(&body) {
                return body;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("the condition was never met: {body:#}");
    }
}

/// Serves the routes for operators on a listener of their own, as a process does.
async fn serve_admin(
    serving: &mut JoinSet<io::Result<()>>,
    routes: Vec<(admin::Role, Router)>,
) -> Client {
    let tokens = format!("ann operate {OPERATE}\n");
    let all = AdminRoutes::new(tokens.parse().expect("tokens"));
    let add = |all: AdminRoutes, (role, more)| all.with(role, more);
    let all = routes.into_iter().fold(all, add);
    let (listener, address) = listen().await;
    serve(serving, listener, all.routes(&HttpMetrics::new("admin")));
    Client::new(address)
}

fn service(role: Role, database: &DatabaseUrl) -> ServiceConfig {
    ServiceConfig {
        role,
        database: database.clone(),
        pool: POOL,
    }
}

fn uri(text: &str) -> Uri {
    text.parse().expect("an address")
}

async fn listen() -> (TcpListener, SocketAddr) {
    let listener = real::listen(SocketAddr::from(([127, 0, 0, 1], 0)))
        .await
        .expect("a free port");
    let address = listener.local_addr().expect("its address");
    (listener, address)
}

fn serve(serving: &mut JoinSet<io::Result<()>>, listener: TcpListener, routes: Router) {
    serving.spawn(http::serve(real::with_nodelay(listener), routes, pending()));
}
