//! A receiver of alerts: notes every request, and answers as a script says.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use likewise_saga::{
    alerts::{WebhookSecrets, WebhookUrl},
    env::real,
};
use serde_json::Value;
use tokio::task::JoinSet;

/// An answer of the receiver.
#[derive(Debug, Clone, Copy)]
pub enum Answer {
    Status(u16),
    /// A redirect to this path.
    Redirect(&'static str),
    /// 200, with a body that never ends.
    Large,
    /// The connection is closed within the answer.
    Close,
    /// No answer at all.
    Silent,
}

/// A request that it got.
#[derive(Debug, Clone)]
pub struct Received {
    pub path: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// A receiver on a free port. Dropping it stops it.
pub struct Webhook {
    address: SocketAddr,
    shared: Arc<Shared>,
    _serving: JoinSet<()>,
}

struct Shared {
    script: Mutex<VecDeque<Answer>>,
    received: Mutex<Vec<Received>>,
}

impl Webhook {
    /// A receiver that gives these answers, and then 204.
    pub async fn start(script: impl IntoIterator<Item = Answer>) -> Self {
        let listener = real::listen(SocketAddr::from(([127, 0, 0, 1], 0)))
            .await
            .expect("a free port");
        let address = listener.local_addr().expect("its address");
        let shared = Arc::new(Shared {
            script: Mutex::new(script.into_iter().collect()),
            received: Mutex::default(),
        });
        let routes = Router::new()
            .fallback(answer)
            .with_state(Arc::clone(&shared));
        let mut serving = JoinSet::new();
        serving.spawn(async move { axum::serve(listener, routes).await.expect("served") });
        Self {
            address,
            shared,
            _serving: serving,
        }
    }

    pub fn url(&self, path: &str) -> WebhookUrl {
        let url = format!("http://{}{path}", self.address);
        url.parse().expect("a URL")
    }

    /// What it got so far.
    pub fn received(&self) -> Vec<Received> {
        self.shared.received.lock().expect("no panic").clone()
    }

    /// Waits until it has got this number of requests.
    pub async fn wait_for(&self, count: usize) -> Vec<Received> {
        for _ in 0..1_500 {
            let received = self.received();
            if received.len() >= count {
                return received;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("never {count} requests: {:#?}", self.received());
    }
}

impl Received {
    pub fn header(&self, name: &str) -> String {
        let value = self.headers[name].to_str();
        value.expect("text").to_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }

    /// Asserts that each of these secrets signed it.
    #[track_caller]
    pub fn assert_signed_by(&self, secrets: &str) {
        let signatures = self.header("webhook-signature");
        let signatures: Vec<&str> = signatures.split(' ').collect();
        let timestamp = self.header("webhook-timestamp").parse().expect("seconds");
        let expected: Vec<String> = secrets
            .lines()
            .map(|line| {
                let secret: WebhookSecrets = line.parse().expect("a secret");
                secret.sign(&self.header("webhook-id"), timestamp, &self.body)
            })
            .collect();
        assert_eq!(signatures, expected);
        assert_eq!(self.header("content-type"), "application/json");
    }
}

async fn answer(
    State(shared): State<Arc<Shared>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let path = uri.path_and_query().map(ToString::to_string);
    let received = Received {
        path: path.unwrap_or_default(),
        headers,
        body,
    };
    shared.received.lock().expect("no panic").push(received);
    let next = shared.script.lock().expect("no panic").pop_front();
    match next.unwrap_or(Answer::Status(204)) {
        Answer::Status(status) => StatusCode::from_u16(status)
            .expect("a status")
            .into_response(),
        Answer::Redirect(path) => (StatusCode::FOUND, [("location", path)]).into_response(),
        Answer::Large => Body::from_stream(futures::stream::repeat_with(chunk)).into_response(),
        Answer::Close => {
            let broken = futures::stream::iter([Err::<Bytes, _>(std::io::Error::other("closed"))]);
            Body::from_stream(broken).into_response()
        }
        Answer::Silent => std::future::pending().await,
    }
}

fn chunk() -> std::io::Result<Bytes> {
    Ok(Bytes::from_static(&[b'x'; 16 * 1024]))
}
