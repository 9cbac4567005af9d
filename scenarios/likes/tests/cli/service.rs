//! A real service, all in one with SQLite files, whose user service fails every action.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, Response},
};
use likewise::{
    all_in_one::{AllInOne, AllInOneConfig},
    coordinator::CoordinatorConfig,
    service::Parts,
};
use likewise_saga::{
    env::real,
    participant::{Effect, Verdict},
    protocol::{Document, StepRequest},
    store::{PoolConfig, StoreError, Tx},
};
use serde_json::Value;
use tempfile::TempDir;
use tower::ServiceExt;

/// How often the state of a saga is looked at.
const POLLS_MAX: u32 = 500;

/// A user service that is away: it fails every action and compensation.
struct Away;

#[async_trait]
impl Effect for Away {
    async fn act(&self, _: &mut Tx<'_>, _: &[&StepRequest]) -> Result<Vec<Verdict>, StoreError> {
        Err(StoreError::Invariant("the service is away".to_owned()))
    }

    async fn compensate(&self, _: &mut Tx<'_>, _: &[Document]) -> Result<(), StoreError> {
        Err(StoreError::Invariant("the service is away".to_owned()))
    }
}

/// The service.
pub struct StuckService {
    public: Router,
    operators: Router,
    all: AllInOne,
    _folder: TempDir,
}

impl StuckService {
    pub async fn start() -> Self {
        let folder = TempDir::new().expect("a folder");
        let url = |name: &str| {
            let path = folder.path().join(name);
            let url = format!("sqlite:{}", path.display());
            url.parse().expect("a URL")
        };
        // It parks soon, and its deadline never passes.
        let mut coordinator = CoordinatorConfig {
            saga_deadline: Duration::from_secs(3_600),
            answer_timeout: Duration::from_millis(200),
            ..CoordinatorConfig::default()
        };
        coordinator.executor.pause_min = Duration::from_millis(5);
        coordinator.executor.park_after = 3;
        let config = AllInOneConfig {
            article_db: url("article.db"),
            user_db: url("user.db"),
            coordinator_db: url("coordinator.db"),
            pool: PoolConfig::default(),
            coordinator,
        };
        let parts = Parts {
            user: Arc::new(Away),
            ..Parts::default()
        };
        let opened = AllInOne::open(config, real::env(), &parts).await;
        let all = opened.expect("the services open");
        let operators = all.admin().into_iter();
        let operators = operators.fold(Router::new(), |all, (_, routes)| all.merge(routes));
        Self {
            public: all.routes(),
            operators,
            all,
            _folder: folder,
        }
    }

    /// A like that is parked. Returns the id of its saga.
    pub async fn parked_like(&self) -> String {
        let article = Request::post("/v1/articles")
            .header("Content-Type", "application/json")
            .body(Body::from(r#"{"title": "An article"}"#));
        let article = body(send(&self.public, article.expect("a request")).await).await;
        let like = Request::post(format!("/articles/{}/like", article["id"]))
            .header("X-User-ID", "7")
            .header("Idempotency-Key", "a-secret-key")
            .body(Body::empty());
        let like = body(send(&self.public, like.expect("a request")).await).await;
        let saga = like["transaction_id"].as_str().expect("an id").to_owned();
        for _ in 0..POLLS_MAX {
            let path = format!("/admin/v1/sagas/{saga}");
            if self.get(&path).await["parked"] == true {
                return saga;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("the saga was never parked");
    }

    /// What the API exports, after the service has ended.
    pub async fn export(self, saga: &str) -> Value {
        let exported = self.get(&format!("/admin/v1/sagas/{saga}?export")).await;
        self.all.close().await;
        exported
    }

    async fn get(&self, path: &str) -> Value {
        let request = Request::get(path).body(Body::empty());
        body(send(&self.operators, request.expect("a request")).await).await
    }
}

async fn send(router: &Router, request: Request<Body>) -> Response<Body> {
    let response = router.clone().oneshot(request).await;
    response.expect("a router always answers")
}

async fn body(response: Response<Body>) -> Value {
    let bytes = to_bytes(response.into_body(), 1 << 20).await;
    serde_json::from_slice(&bytes.expect("a body")).expect("JSON")
}
