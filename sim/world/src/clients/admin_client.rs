//! The admin routes of a coordinator, as an operator calls them: with a token, and over the HTTP client with its faults.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Request, header, request::Builder};
use likewise_saga::{
    bound::{Bound, within},
    env::HttpClient,
};
use serde_json::Value;

use crate::{network::http_client::FaultyHttpClient, plan::Host, process::admin};

/// How long an operator waits for an answer.
const ANSWER: Bound = Bound::new("the answer to an operator", Duration::from_secs(2));

/// One operator's way to the coordinators.
pub(super) struct AdminClient {
    http_client: Arc<FaultyHttpClient>,
    authorization: String,
}

/// An answer that could be read.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) tag: Option<String>,
    pub(super) body: Value,
}

impl AdminClient {
    /// The client of the operator with this number.
    pub(super) fn new(http_client: &Arc<FaultyHttpClient>, operator: u8) -> Self {
        Self {
            http_client: Arc::clone(http_client),
            authorization: format!("Bearer {}", admin::token(operator)),
        }
    }

    /// Asks a coordinator. `None` without an answer that can be read.
    pub(super) async fn get(&self, host: Host, path: &str) -> Option<Answer> {
        let request = Request::get(format!("http://{host}{path}"));
        self.exchange(request, Bytes::new()).await
    }

    /// Gives an order to a coordinator, based on what has this tag. `None` without an answer that can be read.
    pub(super) async fn post(
        &self,
        host: Host,
        path: &str,
        tag: Option<&str>,
        body: &Value,
    ) -> Option<Answer> {
        let request = Request::post(format!("http://{host}{path}"));
        let mut request = request.header(header::CONTENT_TYPE, "application/json");
        if let Some(tag) = tag {
            request = request.header(header::IF_MATCH, tag);
        }
        self.exchange(request, body.to_string().into()).await
    }

    async fn exchange(&self, request: Builder, body: Bytes) -> Option<Answer> {
        let request = request.header(header::AUTHORIZATION, &self.authorization);
        let request = request.body(body).ok()?;
        let response = within(ANSWER, self.http_client.exchange(request)).await;
        let response = response.ok()?.ok()?;
        let tag = response.headers().get(header::ETAG);
        Some(Answer {
            status: response.status().as_u16(),
            tag: tag.and_then(|tag| Some(tag.to_str().ok()?.to_owned())),
            body: serde_json::from_slice(response.body()).ok()?,
        })
    }
}
