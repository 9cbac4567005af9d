//! R18: requests over a limit are refused quickly and with a reason. Admitted requests go on.

use std::{
    future::pending,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use axum::Router;
use likewise::{
    all_in_one::AllInOneConfig,
    config::{CoordinatorRole, Role, ServiceConfig},
    coordinator::{AdmissionLimit, CoordinatorConfig},
    service::{self, Parts},
    user::UserEffect,
};
use likewise_saga::{
    env::real,
    http,
    participant::{Effect, Verdict},
    protocol::{Document, StepRequest},
    store::{StoreError, Tx},
};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::{
    common::{Databases, client::Client, databases::POOL, on_both_engines},
    fault_injection::SwitchableEffect,
    server::{TestServer, assert_pending, assert_problem},
};

on_both_engines! {
    r18_too_many_open_sagas_is_503_and_the_open_ones_go_on
    r18_a_limit_that_is_lowered_while_it_runs_holds_at_once
    r18_a_request_over_the_admission_limit_is_refused_before_any_io
    r18_an_admitted_request_over_the_concurrency_limit_waits_and_is_served
    r18_a_step_that_cannot_be_applied_fails_alone
    r18_a_dead_service_is_503_and_starts_nothing
}

/// A server whose user service fails every action until the returned switch is set.
async fn with_failing_user_service(
    databases: &Databases,
    change: impl FnOnce(&mut AllInOneConfig),
) -> (TestServer, Arc<AtomicBool>) {
    let user = SwitchableEffect::over(UserEffect);
    user.actions_on.store(false, Ordering::SeqCst);
    let actions_on = Arc::clone(&user.actions_on);
    let parts = Parts {
        user,
        ..Parts::default()
    };
    let server = TestServer::start_with(databases, parts, |config| {
        config.coordinator.saga_deadline = Duration::from_secs(3_600);
        config.coordinator.executor.pause_max = Duration::from_millis(50);
        change(config);
    });
    (server.await, actions_on)
}

/// The saga that is open keeps its place although its client has given up. Only the limit protects the coordinator
/// from a service that is down.
async fn r18_too_many_open_sagas_is_503_and_the_open_ones_go_on(databases: &Databases) {
    let (server, actions_on) = with_failing_user_service(databases, |config| {
        config.coordinator.answer_timeout = Duration::from_millis(300);
        config.coordinator.executor.sagas_open_max = 1;
    })
    .await;
    let article = server.client.article("An article").await;
    assert_pending(&server.client.like(article, 7).await);
    let refused = server.client.like(article, 8).await;
    assert_problem(&refused, 503, "unavailable");
    assert_eq!(refused.headers["retry-after"], "1", "{refused:?}");
    let policy = "\"open-requests\";q=1;qu=\"concurrent-requests\"";
    assert_eq!(refused.headers["ratelimit-policy"], policy, "{refused:?}");
    assert_eq!(refused.headers["ratelimit"], "\"open-requests\";r=0;t=1");
    let detail = refused.body["detail"].as_str().unwrap();
    assert!(detail.contains("did nothing"), "{detail}");

    actions_on.store(true, Ordering::SeqCst);
    server.wait_for_transactions("?status=done", 1).await;
    assert_eq!(server.client.like(article, 8).await.status, 200);
    assert_eq!(server.client.likes(article).await, 2);
}

async fn r18_a_limit_that_is_lowered_while_it_runs_holds_at_once(databases: &Databases) {
    let limit = AdmissionLimit::default();
    let (server, actions_on) = with_failing_user_service(databases, |config| {
        config.coordinator.answer_timeout = Duration::from_millis(300);
        config.coordinator.admission = limit.clone();
    })
    .await;
    let article = server.client.article("An article").await;
    assert_pending(&server.client.like(article, 7).await);
    limit.set(1);
    let refused = server.client.like(article, 8).await;
    assert_problem(&refused, 503, "unavailable");
    let policy = "\"open-requests\";q=1;qu=\"concurrent-requests\"";
    assert_eq!(refused.headers["ratelimit-policy"], policy, "{refused:?}");
    limit.set(usize::MAX);
    assert_pending(&server.client.like(article, 8).await);
    actions_on.store(true, Ordering::SeqCst);
    server.wait_for_transactions("?status=done", 2).await;
}

/// A refusal must cost less than a like, or an overload would make itself worse.
async fn r18_a_request_over_the_admission_limit_is_refused_before_any_io(databases: &Databases) {
    let (server, actions_on) = with_failing_user_service(databases, |config| {
        config.coordinator.executor.sagas_open_max = 1;
    })
    .await;
    let article = server.client.article("An article").await;
    let waiting = server.client.like(article, 7);
    let during = async {
        server.wait_for_transactions("?status=pending", 1).await;
        // If the article were looked up before the refusal, this would be 404.
        let refused = server.client.like(article + 1, 8).await;
        assert_problem(&refused, 503, "unavailable");
        assert_eq!(refused.headers["retry-after"], "1", "{refused:?}");
        // Reads are served: the count includes the step that is done.
        let counted = |shown: &Value| shown["likes"] == 1;
        let path = format!("/v1/articles/{article}");
        server.wait_until(&path, counted).await;
        actions_on.store(true, Ordering::SeqCst);
    };
    let (waited, ()) = futures::join!(waiting, during);
    assert_eq!(waited.status, 200, "{waited:?}");
    server.wait_for_transactions("?status=done", 1).await;
    assert_eq!(
        server.client.like(article, 8).await.status,
        200,
        "permits are free again"
    );
}

/// Waiting is cheap. It keeps the rounds of the batchers short for those that are worked on.
async fn r18_an_admitted_request_over_the_concurrency_limit_waits_and_is_served(
    databases: &Databases,
) {
    let (server, actions_on) = with_failing_user_service(databases, |config| {
        config.coordinator.concurrency_max = 1;
    })
    .await;
    let article = server.client.article("An article").await;
    let first = server.client.like(article, 7);
    let others = async {
        server.wait_for_transactions("?status=pending", 1).await;
        let second = server.client.like(article, 8);
        let during = async {
            tokio::time::sleep(Duration::from_millis(200)).await;
            // The second like has not started; otherwise it would be pending as well.
            server.wait_for_transactions("?status=pending", 1).await;
            actions_on.store(true, Ordering::SeqCst);
        };
        futures::join!(second, during).0
    };
    let (first, second) = futures::join!(first, others);
    assert_eq!(first.status, 200, "{first:?}");
    assert_eq!(second.status, 200, "{second:?}");
    assert_eq!(server.client.likes(article).await, 2);
}

/// Fails every batch that contains a step of this user.
struct FailsForUser(i64);

#[async_trait]
impl Effect for FailsForUser {
    async fn act(
        &self,
        tx: &mut Tx<'_>,
        actions: &[&StepRequest],
    ) -> Result<Vec<Verdict>, StoreError> {
        match actions
            .iter()
            .any(|action| action.args.read::<Value>().expect("arguments")["user_id"] == self.0)
        {
            true => Err(StoreError::Invariant("injected".to_owned())),
            false => UserEffect.act(tx, actions).await,
        }
    }

    async fn compensate(&self, tx: &mut Tx<'_>, undo_data: &[Document]) -> Result<(), StoreError> {
        UserEffect.compensate(tx, undo_data).await
    }
}

/// Five steps in one batch, and the third one fails the transaction. The batch is halved until that step is alone.
async fn r18_a_step_that_cannot_be_applied_fails_alone(databases: &Databases) {
    let config = ServiceConfig {
        role: Role::User,
        database: databases.user.clone(),
        pool: POOL,
    };
    let parts = Parts {
        user: Arc::new(FailsForUser(13)),
        ..Parts::default()
    };
    let opened = service::open(&config, real::env(), &parts).await;
    let (client, serving) = serve(opened.expect("the user service opens").routes()).await;
    let steps: Vec<Value> = [11, 12, 13, 14, 15].map(like_of).to_vec();
    let reply = client.post("/v1/steps").json(&json!(steps)).send().await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let replies: Vec<&Value> = (0..5).map(|index| &reply.body[index]["reply"]).collect();
    assert_eq!(
        json!(replies),
        json!(["done", "done", null, "done", "done"])
    );
    serving.abort();
}

/// The step that inserts a user's record, as the coordinator sends it.
fn like_of(user: i64) -> Value {
    let args = json!({
        "action": "like",
        "id": uuid::Uuid::from_u128(user.unsigned_abs().into()),
        "user_id": user,
        "article_id": 1,
        "created_at": "2026-01-01T00:00:00Z",
    });
    let saga = uuid::Uuid::from_u128(0x5A6A + u128::from(user.unsigned_abs()));
    json!({ "saga": saga, "step": 1, "op": "do", "fingerprint": Document::from(args.clone()).fingerprint(), "args": args })
}

async fn serve(routes: Router) -> (Client, JoinHandle<std::io::Result<()>>) {
    let address = SocketAddr::from(([127, 0, 0, 1], 0));
    let listener = real::listen(address).await.expect("a free port");
    let client = Client::new(listener.local_addr().expect("its address"));
    let serving = tokio::spawn(http::serve(real::with_nodelay(listener), routes, pending()));
    (client, serving)
}

/// A saga that cannot take its first step would only hold a lock.
async fn r18_a_dead_service_is_503_and_starts_nothing(databases: &Databases) {
    // Nothing listens on port 1, which is reserved.
    let dead = || "http://127.0.0.1:1/".parse().expect("an address");
    let config = ServiceConfig {
        role: Role::Coordinator(Box::new(CoordinatorRole {
            article: dead(),
            user: dead(),
            config: CoordinatorConfig::default(),
        })),
        database: databases.coordinator.clone(),
        pool: POOL,
    };
    let opened = service::open(&config, real::env(), &Parts::default()).await;
    let (client, serving) = serve(opened.expect("the coordinator opens").routes()).await;
    let refused = client.like(1, 7).await;
    assert_problem(&refused, 503, "unavailable");
    assert_eq!(refused.headers["retry-after"], "1", "{refused:?}");
    let all = client.get("/v1/transactions").send().await;
    assert_eq!(all.body["items"], json!([]), "{all:?}");
    serving.abort();
}
