//! The three services in one process on a free port, and a client of them.

use std::{future::pending, io, net::SocketAddr, sync::Arc, time::Duration};

use axum::Router;
use likewise::{
    all_in_one::{AllInOne, AllInOneConfig},
    coordinator::CoordinatorConfig,
    service::Parts,
};
use likewise_saga::{
    admin::AdminRoutes,
    env::{Env, real},
    http::{self, HttpMetrics, Limits},
    metrics::{Metrics, ProcessInfo},
};
use serde_json::Value;
use tokio::{sync::oneshot, task::JoinSet};

use crate::common::{
    Databases,
    client::{Client, Reply},
    databases::{self, POOL},
    scrape::Scrape,
    silent_proxy::SilentProxy,
};

/// The tokens of the admin listener.
pub const OPERATE: &str = "operate-9a1c44e07bd85f10";
pub const READ: &str = "read-5f2b0c8ad1e94f77";

/// The number of polls for a condition, 20 ms apart.
const POLLS_MAX: u32 = 1_500;

/// The three services and a client. Dropping it stops the services.
pub struct TestServer {
    pub client: Client,
    /// A client of the routes for operators.
    pub admin: Client,
    pub address: SocketAddr,
    all: AllInOne,
    http: Arc<HttpMetrics>,
    stop: oneshot::Sender<()>,
    serving: JoinSet<io::Result<()>>,
}

impl TestServer {
    pub async fn start(databases: &Databases) -> Self {
        Self::start_with(databases, Parts::default(), |_| {}).await
    }

    pub async fn start_with(
        databases: &Databases,
        parts: Parts,
        change: impl FnOnce(&mut AllInOneConfig),
    ) -> Self {
        Self::start_in(databases, parts, real::env(), change).await
    }

    pub async fn start_in(
        databases: &Databases,
        parts: Parts,
        env: Env,
        change: impl FnOnce(&mut AllInOneConfig),
    ) -> Self {
        // In one process, the participants' URLs are not used.
        let mut config = AllInOneConfig {
            article_db: databases.article.clone(),
            user_db: databases.user.clone(),
            coordinator_db: databases.coordinator.clone(),
            pool: POOL,
            coordinator: CoordinatorConfig::default(),
        };
        // Long limits: a busy machine must not look like a dead service.
        config.coordinator.step_timeout = Duration::from_secs(20);
        config.coordinator.saga_deadline = Duration::from_secs(30);
        config.coordinator.answer_timeout = Duration::from_secs(40);
        change(&mut config);
        let all = AllInOne::open(config, env, &parts)
            .await
            .expect("the services open");
        let listener = real::listen(SocketAddr::from(([127, 0, 0, 1], 0)))
            .await
            .expect("a free port");
        let address = listener.local_addr().expect("its address");
        let mut serving = JoinSet::new();
        let http = HttpMetrics::new("public");
        let (routes, counted) = (all.routes_measured(Router::new(), &http), Arc::clone(&http));
        let (stop, stopped) = oneshot::channel();
        let stopped = async {
            if stopped.await.is_err() {
                // The server is dropped, which aborts everything.
                pending::<()>().await;
            }
        };
        serving.spawn(async move {
            let listener = real::with_nodelay(listener);
            let limits = Limits::default();
            http::serve_measured(limits, &counted, listener, routes, stopped).await
        });
        Self {
            client: Client::new(address),
            admin: serve_admin(&mut serving, &all).await,
            address,
            all,
            http,
            stop,
            serving,
        }
    }

    /// The reply of the admin listener to the owner of a token.
    pub async fn operator(&self, method: &str, path: &str, token: &str) -> Reply {
        let method = method.parse().expect("a method");
        let request = self.admin.request(method, path);
        let request = request.header("Authorization", format!("Bearer {token}"));
        request.send().await
    }

    /// Starts on PostgreSQL, behind a proxy that can go silent.
    pub async fn behind_proxy(databases: &Databases) -> (Self, SilentProxy) {
        let server = databases::server();
        let (_, address) = server.rsplit_once('@').expect("a URL with a user");
        let proxy = SilentProxy::start(address.parse().expect("an address")).await;
        let proxied = proxy.address.to_string();
        let urls = databases.urls().clone();
        let urls = urls.map(|url| url.replace(address, &proxied).parse().expect("a URL"));
        let started = Self::start_with(databases, Parts::default(), |config| {
            let [article, user, coordinator] = urls;
            config.article_db = article;
            config.user_db = user;
            config.coordinator_db = coordinator;
        });
        (started.await, proxy)
    }

    /// The metrics of this moment.
    #[track_caller]
    pub fn scrape(&self) -> Scrape {
        let mut sources = self.all.metrics();
        sources.push(Arc::clone(&self.http) as _);
        sources.push(Arc::new(ProcessInfo::new("0", &*real::env().clock)));
        Scrape::parse(&Metrics::of(sources).text())
    }

    /// Stops as a process does that gets a signal.
    pub async fn stop(mut self) {
        self.stop.send(()).expect("it serves");
        let served = self.serving.join_next().await;
        served
            .expect("it serves")
            .expect("no panic")
            .expect("served");
        self.all.close().await;
    }

    /// One page of the transaction log.
    pub async fn transactions(&self, query: &str) -> Vec<Value> {
        let reply = self
            .client
            .get(&format!("/v1/transactions{query}"))
            .send()
            .await;
        assert_eq!(reply.status, 200, "{reply:?}");
        reply.body["items"].as_array().expect("a list").clone()
    }

    /// Polls the path until the body meets the condition.
    pub async fn wait_until(&self, path: &str, condition: impl Fn(&Value) -> bool) {
        let mut body = Value::Null;
        for _ in 0..POLLS_MAX {
            body = self.client.get(path).send().await.body;
            if condition(&body) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("the condition was never met: {body:#}");
    }

    /// Polls a list of transactions until it has this number of items.
    pub async fn wait_for_transactions(&self, query: &str, count: usize) -> Vec<Value> {
        let mut items = Vec::new();
        for _ in 0..POLLS_MAX {
            items = self.transactions(query).await;
            if items.len() == count {
                return items;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{query} never had {count} items: {items:#?}");
    }
}

/// Serves the routes for operators on a listener of their own, as a process does.
async fn serve_admin(serving: &mut JoinSet<io::Result<()>>, all: &AllInOne) -> Client {
    let tokens = format!("ann operate {OPERATE}\nrob read {READ}\n");
    let routes = AdminRoutes::new(tokens.parse().expect("tokens"));
    let routes = all
        .admin()
        .into_iter()
        .fold(routes, |routes, (role, more)| routes.with(role, more));
    let routes = routes.routes(&HttpMetrics::new("admin"));
    let listener = real::listen(SocketAddr::from(([127, 0, 0, 1], 0)));
    let listener = listener.await.expect("a free port");
    let address = listener.local_addr().expect("its address");
    serving.spawn(async move {
        let listener = real::with_nodelay(listener);
        http::serve(listener, routes, pending()).await
    });
    Client::new(address)
}

/// Asserts that a reply says that the saga runs and is not settled yet.
#[track_caller]
pub fn assert_pending(reply: &Reply) {
    assert_eq!(reply.status.as_u16(), 202, "{reply:?}");
    let id = reply.body["transaction_id"].as_str().expect("an id");
    assert_eq!(reply.headers["location"], format!("/v1/transactions/{id}"));
}

/// Asserts that a reply is a problem with this status and type.
#[track_caller]
pub fn assert_problem(reply: &Reply, status: u16, kind: &str) {
    assert_eq!(reply.status.as_u16(), status, "{reply:?}");
    assert_eq!(
        reply.headers["content-type"], "application/problem+json",
        "{reply:?}"
    );
    assert_eq!(reply.body["type"], format!("/problems#{kind}"), "{reply:?}");
    assert_eq!(reply.body["status"], status, "{reply:?}");
    assert!(
        reply.body["detail"]
            .as_str()
            .is_some_and(|detail| !detail.is_empty()),
        "{reply:?}"
    );
}
