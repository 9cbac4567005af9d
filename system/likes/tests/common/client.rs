//! An HTTP client for tests, over a real socket.
//!
//! It returns a reply whatever its status is: a test of a refusal needs the body as much as a test of a success. Only
//! a missing reply is an error.

use std::{net::SocketAddr, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode, header};
use likewise_saga::{
    bound::{Bound, within},
    env::{HttpClient, HyperClient},
};
use serde_json::{Value, json};

use super::contract::assert_documented;

/// The time limit of a reply. Longer than any service takes.
const REPLY: Bound = Bound::new("the reply", Duration::from_secs(60));

/// A client of one server.
#[derive(Clone)]
pub struct Client {
    base: String,
    http_client: std::sync::Arc<dyn HttpClient>,
}

/// A reply.
#[derive(Debug, Clone)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// The body as JSON; null if it is not JSON.
    pub body: Value,
    pub text: String,
}

impl Client {
    pub fn new(address: SocketAddr) -> Self {
        Self {
            base: format!("http://{address}"),
            http_client: std::sync::Arc::new(HyperClient::tcp()),
        }
    }

    /// Builds a request.
    pub fn request(&self, method: Method, path: &str) -> Exchange<'_> {
        Exchange {
            client: self,
            request: Request::builder()
                .method(method)
                .uri(format!("{}{path}", self.base)),
            body: Bytes::new(),
        }
    }

    pub fn get(&self, path: &str) -> Exchange<'_> {
        self.request(Method::GET, path)
    }

    pub fn post(&self, path: &str) -> Exchange<'_> {
        self.request(Method::POST, path)
    }

    pub fn put(&self, path: &str) -> Exchange<'_> {
        self.request(Method::PUT, path)
    }

    pub fn delete(&self, path: &str) -> Exchange<'_> {
        self.request(Method::DELETE, path)
    }

    /// Creates an article and returns its identity.
    pub async fn article(&self, title: &str) -> i64 {
        let reply = self
            .post("/v1/articles")
            .json(&json!({ "title": title }))
            .send()
            .await;
        assert_eq!(reply.status, StatusCode::CREATED, "{reply:?}");
        reply.body["id"].as_i64().expect("an id")
    }

    pub async fn like(&self, article: i64, user: i64) -> Reply {
        self.post(&format!("/articles/{article}/like"))
            .user(user)
            .send()
            .await
    }

    pub async fn unlike(&self, article: i64, user: i64) -> Reply {
        self.delete(&format!("/v1/articles/{article}/likes/me"))
            .user(user)
            .send()
            .await
    }

    pub async fn membership(&self, article: i64, user: i64) -> Reply {
        self.get(&format!("/v1/articles/{article}/likes/me"))
            .user(user)
            .send()
            .await
    }

    pub async fn likes(&self, article: i64) -> i64 {
        let reply = self.get(&format!("/v1/articles/{article}")).send().await;
        reply.body["likes"].as_i64().expect("a count")
    }
}

/// A request under construction.
pub struct Exchange<'c> {
    client: &'c Client,
    request: http::request::Builder,
    body: Bytes,
}

impl Exchange<'_> {
    pub fn user(self, user: i64) -> Self {
        self.header("X-User-ID", user.to_string())
    }

    pub fn key(self, key: &str) -> Self {
        self.header("Idempotency-Key", key)
    }

    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.request = self.request.header(name, value.as_ref());
        self
    }

    pub fn json(self, body: &Value) -> Self {
        self.header(header::CONTENT_TYPE.as_str(), "application/json")
            .body(body.to_string())
    }

    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// Sends the request.
    ///
    /// # Panics
    /// If there is no reply.
    pub async fn send(self) -> Reply {
        self.try_send().await.expect("a reply")
    }

    /// Sends the request. An error if there is no reply.
    pub async fn try_send(self) -> Result<Reply, String> {
        let request = self.request.body(self.body).expect("a request");
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let exchange = self.client.http_client.exchange(request);
        let response = within(REPLY, exchange)
            .await
            .map_err(|overdue| overdue.to_string())?
            .map_err(|error| error.to_string())?;
        let (parts, body) = response.into_parts();
        let text = String::from_utf8_lossy(&body).into_owned();
        let reply = Reply {
            status: parts.status,
            headers: parts.headers,
            body: serde_json::from_str(&text).unwrap_or(Value::Null),
            text,
        };
        assert_documented(&method, &path, &reply);
        Ok(reply)
    }
}
