//! The article and the user service, and as many coordinators of one saga log as a case wants.

use std::{
    future::pending,
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use axum::{Router, http::Uri};
use likewise::{
    config::{Role, ServiceConfig},
    coordinator::{CoordinatorConfig, Lease},
    service::{self, Close, Parts},
    user::UserEffect,
};
use likewise_saga::{
    env::real,
    http,
    id::Epoch,
    lease::{LeaseRow, LogLease, SqlLogLease},
    log::SAGA_LOG_SCHEMA,
    participant::{Effect, Verdict},
    protocol::{Document, StepRequest},
    store::{Database, DatabaseUrl, StoreError, Tx},
};
use serde_json::Value;
use tokio::{
    net::TcpListener,
    sync::{Mutex, MutexGuard},
    task::JoinSet,
};

use crate::common::{Databases, client::Client, databases::POOL};

/// How often to look whether something came true, 20 ms apart.
const LOOKS_MAX: u32 = 1_500;

/// How long a client waits for its answer.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(40);

/// The two services that the coordinators drive, and clients of them. Dropping it stops them.
pub struct World<'d> {
    pub articles: Client,
    urls: [Uri; 2],
    databases: &'d Databases,
    _serving: JoinSet<io::Result<()>>,
}

/// A coordinator and a client of it. Dropping it is the end of it, without a release.
pub struct Coordinator {
    pub client: Client,
    pub url: String,
    pub close: Close,
    _serving: JoinSet<io::Result<()>>,
}

impl<'d> World<'d> {
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

    /// One that looks often, whatever its lease.
    pub async fn attentive(&self, lease: Duration) -> Coordinator {
        let often = |config: &mut CoordinatorConfig| {
            let lease = config.lease.as_mut().expect("a lease");
            lease.renew_every = Duration::from_millis(100);
        };
        self.coordinator_with(Parts::default(), lease, often).await
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
        let mut config = CoordinatorConfig::new(article, user);
        // A machine that is busy must not be taken for a service that is dead.
        config.step_timeout = Duration::from_secs(20);
        config.saga_deadline = Duration::from_secs(30);
        config.answer_within = ANSWER_WITHIN;
        config.lease = Some(Lease::new(uri(&url), lease));
        change(&mut config);
        let role = Role::Coordinator(Box::new(config));
        let config = service(role, &self.databases.coordinator);
        let opened = service::open(&config, real::env(), &parts)
            .await
            .expect("opened");
        let close = opened.close.clone();
        let mut serving = JoinSet::new();
        serve(&mut serving, listener, opened.routes());
        Coordinator {
            client: Client::new(address),
            url,
            close,
            _serving: serving,
        }
    }

    /// The shard, as nobody's in particular.
    pub async fn shard(&self) -> SqlLogLease {
        SqlLogLease::new(self.databases.open(SAGA_LOG_SCHEMA).await)
    }

    /// Takes the shard from whoever has it, in the name of somebody else.
    pub async fn usurp(&self, holder: &str) -> Epoch {
        let shard = self.shard().await;
        for _ in 0..LOOKS_MAX {
            let seen = shard.read().await.expect("the shard");
            if let Some(epoch) = shard.claim(&seen, holder).await.expect("a claim") {
                return epoch;
            }
        }
        panic!("the holder was always quicker");
    }
}

impl Coordinator {
    /// Waits until it is this, and ready. Returns its epoch.
    pub async fn until(&self, role: &str) -> i64 {
        let shown = self.until_shown("/readyz", |shown| {
            (&shown["status"], &shown["role"]) == (&"ready".into(), &role.into())
        });
        shown.await["epoch"].as_i64().expect("an epoch")
    }

    /// What it says it is.
    pub async fn status(&self) -> Value {
        self.client.get("/v1/coordinator").send().await.body
    }

    /// Looks again and again until what is there is as it should be.
    pub async fn until_shown(&self, path: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        let mut shown = Value::Null;
        for _ in 0..LOOKS_MAX {
            shown = self.client.get(path).send().await.body;
            if is_so(&shown) {
                return shown;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("it never came true: {shown:#}");
    }
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
    serving.spawn(http::serve(
        real::with_no_delay(listener),
        routes,
        pending(),
    ));
}

/// Parts with a user service that fails to like until it is told to.
pub fn unsteady() -> (Arc<AtomicBool>, Parts) {
    let likes = Arc::new(AtomicBool::new(false));
    let parts = Parts {
        user: Arc::new(Unsteady(Arc::clone(&likes))),
        ..Parts::default()
    };
    (likes, parts)
}

struct Unsteady(Arc<AtomicBool>);

#[async_trait]
impl Effect for Unsteady {
    async fn act(
        &self,
        tx: &mut Tx<'_>,
        actions: &[&StepRequest],
    ) -> Result<Vec<Verdict>, StoreError> {
        match self.0.load(Ordering::SeqCst) {
            true => UserEffect.act(tx, actions).await,
            false => Err(StoreError::Exhausted),
        }
    }

    async fn compensate(&self, tx: &mut Tx<'_>, undo_data: &[Document]) -> Result<(), StoreError> {
        UserEffect.compensate(tx, undo_data).await
    }
}

/// What keeps a coordinator from its shard. It belongs to one case at a time: the cases of both
/// engines may run in one process.
pub static HINDRANCE: Hindrance = Hindrance {
    turn: Mutex::const_new(()),
    renews: AtomicBool::new(true),
    claims: AtomicBool::new(true),
};

pub struct Hindrance {
    turn: Mutex<()>,
    /// Whether renewals arrive.
    pub renews: AtomicBool,
    /// Whether claims do.
    pub claims: AtomicBool,
}

impl Hindrance {
    pub async fn lock(&self) -> MutexGuard<'_, ()> {
        let turn = self.turn.lock().await;
        self.renews.store(true, Ordering::SeqCst);
        self.claims.store(true, Ordering::SeqCst);
        turn
    }
}

/// A shard that is hindered so.
pub struct Hindered(SqlLogLease);

impl Hindered {
    pub fn over(database: Database) -> Arc<dyn LogLease> {
        Arc::new(Self(SqlLogLease::new(database)))
    }
}

#[async_trait]
impl LogLease for Hindered {
    async fn read(&self) -> Result<LeaseRow, StoreError> {
        self.0.read().await
    }

    async fn claim(&self, seen: &LeaseRow, holder: &str) -> Result<Option<Epoch>, StoreError> {
        match HINDRANCE.claims.load(Ordering::SeqCst) {
            true => self.0.claim(seen, holder).await,
            false => Err(StoreError::Exhausted),
        }
    }

    async fn renew(&self, epoch: Epoch) -> Result<bool, StoreError> {
        match HINDRANCE.renews.load(Ordering::SeqCst) {
            true => self.0.renew(epoch).await,
            false => Err(StoreError::Exhausted),
        }
    }

    async fn release(&self, epoch: Epoch) -> Result<bool, StoreError> {
        self.0.release(epoch).await
    }
}
