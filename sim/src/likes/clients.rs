//! The simulated users: they carry out the plan's workload over HTTP and write down what they saw.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use likewise_saga::env::HttpClient;
use serde::de::IgnoredAny;
use tokio::{task::JoinSet, time::Instant};

use crate::world::{
    World,
    check::{Attempt, ClientOp},
    network::http_client::FaultyHttpClient,
    plan::{Action, FaultKind, Host, Operation, Service},
    process::incarnation::Incarnation,
    record::{EventKind, Outcome},
};

/// How long a user waits before trying again.
const RETRY_AFTER: Duration = Duration::from_millis(150);
/// How long one request of the set-up may take, and how often it is tried.
const SETUP_WITHIN: Duration = Duration::from_secs(2);
const SETUP_TRIES_MAX: u32 = 50;

/// Sets the world up, waits for `begin`, then lets every user do what the plan says.
///
/// # Errors
/// If the set-up does not succeed, with no faults around: a defect.
pub async fn run(world: World, begin: Arc<tokio::sync::Notify>) -> turmoil::Result {
    let http_client = Arc::new(FaultyHttpClient::new(
        world.clone(),
        Incarnation::new(Host::Clients, 1),
    ));
    set_up(&world, http_client.as_ref()).await?;
    world.mark_set_up();
    begin.notified().await;
    let began = Instant::now();
    let mut clients = JoinSet::new();
    for (user, operations) in by_user(&world.plan().workload) {
        let client = Client {
            world: world.clone(),
            http_client: Arc::clone(&http_client),
            user,
            began,
        };
        clients.spawn(client.run(operations));
    }
    while let Some(ended) = clients.join_next().await {
        ended?;
    }
    world.mark_operations_done();
    // The http_client must outlive the run: its pool would close the connections to the three services in the order of a
    // randomly seeded map, and each FIN draws a latency.
    std::future::pending().await
}

fn by_user(workload: &[Operation]) -> std::collections::BTreeMap<i64, Vec<(usize, Operation)>> {
    let mut users: std::collections::BTreeMap<i64, Vec<_>> = std::collections::BTreeMap::new();
    for (place, operation) in workload.iter().enumerate() {
        users
            .entry(operation.user)
            .or_default()
            .push((place, *operation));
    }
    users
}

async fn set_up(world: &World, http_client: &FaultyHttpClient) -> turmoil::Result {
    for host in world.plan().topology.hosts() {
        until_done(http_client, || {
            request(
                Method::GET,
                host.name(),
                "/readyz",
                None,
                None,
                Bytes::new(),
            )
        })
        .await?;
    }
    for article in 1..=world.plan().articles {
        let body = Bytes::from(format!(r#"{{"title":"Article {article}"}}"#));
        let key = format!("article-{article}");
        until_done(http_client, || {
            request(
                Method::POST,
                Service::Article.address(),
                "/v1/articles",
                None,
                Some(&key),
                body.clone(),
            )
        })
        .await?;
    }
    for user in &world.plan().blocked_users {
        let path = format!("/v1/users/{user}/block");
        until_done(http_client, || {
            request(
                Method::PUT,
                Service::User.address(),
                &path,
                None,
                None,
                Bytes::new(),
            )
        })
        .await?;
    }
    Ok(())
}

async fn until_done(
    http_client: &FaultyHttpClient,
    make: impl Fn() -> Request<Bytes>,
) -> turmoil::Result {
    let mut last = String::new();
    for _ in 0..SETUP_TRIES_MAX {
        match tokio::time::timeout(SETUP_WITHIN, http_client.exchange(make())).await {
            Ok(Ok(response)) if response.status().is_success() => return Ok(()),
            Ok(Ok(response)) => last = format!("{} {:?}", response.status(), response.body()),
            Ok(Err(error)) => last = error.to_string(),
            Err(_) => last = "no answer".to_owned(),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Err(format!("the set-up failed: {last}").into())
}

fn request(
    method: Method,
    address: &str,
    path: &str,
    user: Option<i64>,
    key: Option<&str>,
    body: Bytes,
) -> Request<Bytes> {
    let mut request = Request::builder()
        .method(method)
        .uri(format!("http://{address}{path}"));
    if let Some(user) = user {
        request = request.header("X-User-ID", user);
    }
    if let Some(key) = key {
        request = request.header("Idempotency-Key", key);
    }
    if !body.is_empty() {
        request = request.header(header::CONTENT_TYPE, "application/json");
    }
    // Every part is made here of plain ASCII.
    request
        .body(body)
        .expect("a request of plain parts is valid")
}

#[derive(Clone)]
struct Client {
    world: World,
    http_client: Arc<FaultyHttpClient>,
    user: i64,
    began: Instant,
}

impl Client {
    async fn run(self, operations: Vec<(usize, Operation)>) {
        for (place, operation) in operations {
            tokio::time::sleep_until(self.began + Duration::from_millis(operation.at_millis)).await;
            if operation.clicks > 1 {
                self.world.note_behaviour(FaultKind::DoubleClick);
            }
            let clicks = (1..=operation.clicks).map(|click| self.click(place, operation, click));
            futures::future::join_all(clicks).await;
        }
    }

    /// One click: with a key, all its tries are one operation; without, each is one of its own.
    async fn click(&self, place: usize, operation: Operation, click: u32) {
        let key = operation.keyed.then(|| format!("op-{place}"));
        let mut op = self.invoke(place, operation, click, key.as_deref());
        let mut answers = Vec::new();
        for attempt in 0..=operation.retries {
            let answer = self.ask(operation, key.as_deref()).await;
            let known = answer.as_ref().map_or(Outcome::Unknown, outcome);
            answers.extend(answer.filter(|_| known != Outcome::Unknown));
            let last = attempt == operation.retries || known != Outcome::Unknown;
            if last || key.is_none() {
                self.return_(place, click, op, std::mem::take(&mut answers), known);
            }
            if last {
                return;
            }
            tokio::time::sleep(RETRY_AFTER).await;
            self.world.note_behaviour(match key {
                Some(_) => FaultKind::RetryWithKey,
                None => FaultKind::RetryWithoutKey,
            });
            if key.is_none() {
                op = self.invoke(place, operation, click, None);
            }
        }
    }

    fn invoke(&self, place: usize, operation: Operation, click: u32, key: Option<&str>) -> usize {
        if self.world.is_bare() {
            return 0;
        }
        let article = i64::from(operation.article);
        let event = self.world.note(
            Host::Clients,
            EventKind::Invoked {
                operation: place,
                click,
                user: self.user,
                action: operation.action,
                article,
                key: key.map(str::to_owned),
            },
        );
        let op = ClientOp {
            operation: Some(place),
            user: self.user,
            action: operation.action,
            article,
            key: key.map(str::to_owned),
            invoked: event,
            returned: usize::MAX,
            attempts: Vec::new(),
            outcome: Outcome::Unknown,
        };
        self.world.with_checker(|checker| checker.invoked(op))
    }

    fn return_(
        &self,
        place: usize,
        click: u32,
        op: usize,
        answers: Vec<Attempt>,
        outcome: Outcome,
    ) {
        let (status, body) = answers.last().map_or((0, String::new()), |answer| {
            (answer.status, answer.body.clone())
        });
        let kind = EventKind::Returned {
            operation: place,
            click,
            outcome,
            status,
            body,
        };
        self.world.ended(outcome);
        self.world.note(Host::Clients, kind);
        self.world.judge(Host::Clients, |checker, event| {
            checker.returned(op, answers, outcome, event)
        });
    }

    /// Sends the request and waits as long as the user would. Nothing, if no answer came.
    async fn ask(&self, operation: Operation, key: Option<&str>) -> Option<Attempt> {
        let article = i64::from(operation.article);
        let to = Service::Coordinator.address();
        let request = like_request(to, self.user, operation.action, article, key);
        let timeout = Duration::from_millis(operation.timeout_millis);
        let response = tokio::time::timeout(timeout, self.http_client.exchange(request))
            .await
            .ok()?
            .ok()?;
        Some(attempt(&response))
    }
}

/// A user's request to a coordinator.
pub(crate) fn like_request(
    to: &str,
    user: i64,
    action: Action,
    article: i64,
    key: Option<&str>,
) -> Request<Bytes> {
    let (method, path) = match action {
        Action::Like => (Method::POST, format!("/articles/{article}/like")),
        Action::KeepLiked => (Method::PUT, format!("/v1/articles/{article}/likes/me")),
        Action::Unlike => (Method::DELETE, format!("/v1/articles/{article}/likes/me")),
    };
    request(method, to, &path, Some(user), key, Bytes::new())
}

/// What a user reads in a response.
pub(crate) fn attempt(response: &Response<Bytes>) -> Attempt {
    Attempt {
        status: response.status().as_u16(),
        body: String::from_utf8_lossy(response.body()).into_owned(),
    }
}

/// What an answer tells of the effect: of a 503, or of a pair that is busy, nothing.
pub(crate) fn outcome(answer: &Attempt) -> Outcome {
    match StatusCode::from_u16(answer.status) {
        // A body that was cut short tells a client library nothing.
        Ok(_) if serde_json::from_str::<IgnoredAny>(&answer.body).is_err() => Outcome::Unknown,
        Ok(StatusCode::OK) => Outcome::Ok,
        Ok(StatusCode::CONFLICT) if answer.body.contains("urn:likewise:in-progress") => {
            Outcome::Unknown
        }
        Ok(
            StatusCode::CONFLICT
            | StatusCode::NOT_FOUND
            | StatusCode::UNPROCESSABLE_ENTITY
            | StatusCode::INTERNAL_SERVER_ERROR,
        ) => Outcome::Fail,
        _ => Outcome::Unknown,
    }
}
