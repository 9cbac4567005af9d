//! The client of a participant over HTTP: it posts a list of requests and reads a list of replies.
//!
//! It never repeats a request that may have arrived. Only the saga that sent a step knows when to repeat it, when to
//! give up, and that its outcome is unknown until then.

use std::sync::Arc;

use async_trait::async_trait;
use axum::http::{Method, Request, StatusCode, Uri, header};
use bytes::Bytes;
use serde::{Serialize, de::DeserializeOwned};

use super::{
    ParticipantClient, ParticipantClients, rows::HttpBarrierRows, watermark::HttpWatermarks,
};
use crate::{
    env::{Env, HttpClient, join_uri},
    protocol::NoReply,
};

/// Posts batches to one path of one service.
///
/// Every failure is [`NoReply`], whatever the status: only a list of replies tells what the service did.
#[derive(Clone)]
pub(super) struct HttpParticipant {
    service: &'static str,
    base: Uri,
    path: &'static str,
    http_client: Arc<dyn HttpClient>,
}

/// The clients of the service at this address.
pub fn http_participant<Q, A>(
    service: &'static str,
    base: &Uri,
    env: &Env,
) -> ParticipantClients<Q, A>
where
    Q: Serialize + Send + Sync + 'static,
    A: DeserializeOwned + Send + 'static,
{
    let client = |path| HttpParticipant {
        service,
        base: base.clone(),
        path,
        http_client: Arc::clone(&env.http_client),
    };
    ParticipantClients {
        steps: Arc::new(client("/v1/steps")),
        lookups: Arc::new(client("/v1/lookups")),
        watermarks: Arc::new(HttpWatermarks {
            service,
            base: base.clone(),
            http_client: Arc::clone(&env.http_client),
        }),
        rows: Arc::new(HttpBarrierRows(client("/v1/barrier-rows"))),
    }
}

#[async_trait]
impl<Q, A> ParticipantClient<Q, A> for HttpParticipant
where
    Q: Serialize + Send + Sync + 'static,
    A: DeserializeOwned + Send + 'static,
{
    async fn send(&self, requests: Vec<Q>) -> Result<Vec<A>, NoReply> {
        let body = serde_json::to_vec(&requests).map_err(|error| NoReply(error.to_string()))?;
        let uri = join_uri(&self.base, self.path).map_err(|error| NoReply(error.to_string()))?;
        let request = Request::builder()
            .method(Method::POST)
            .uri(uri)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Bytes::from(body))
            .map_err(|error| NoReply(error.to_string()))?;
        let exchanged = self.http_client.exchange(request).await;
        let response = exchanged.map_err(|error| {
            NoReply(format!(
                "the {} service did not answer: {error}",
                self.service
            ))
        })?;
        match response.status() {
            // A 422 has replies, too: at least one of them is a mismatch, and the other steps were applied.
            StatusCode::OK | StatusCode::UNPROCESSABLE_ENTITY => self.read(response.body()),
            status => Err(NoReply(format!(
                "the {} service answered {status}",
                self.service
            ))),
        }
    }
}

impl HttpParticipant {
    /// A body that cannot be read says nothing about the effect. It may be a proxy's page, or a reply that was cut
    /// off.
    fn read<T: DeserializeOwned>(&self, body: &[u8]) -> Result<T, NoReply> {
        serde_json::from_slice(body).map_err(|error| {
            NoReply(format!(
                "the reply of the {} service is invalid: {error}",
                self.service
            ))
        })
    }
}
