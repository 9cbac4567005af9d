//! The way to a service over HTTP: a list of questions is posted, a list of answers comes back.

use std::sync::Arc;

use async_trait::async_trait;
use axum::http::{Method, Request, StatusCode, Uri, header};
use bytes::Bytes;
use serde::{Serialize, de::DeserializeOwned};

use super::{ParticipantClient, ParticipantClients};
use crate::{
    env::{Env, HttpClient, address},
    protocol::Unanswered,
};

/// One path of one service over HTTP: a batch of requests is posted, a batch of replies is returned.
#[derive(Clone)]
struct HttpParticipant {
    service: &'static str,
    base: Uri,
    path: &'static str,
    http_client: Arc<dyn HttpClient>,
}

/// The clients of one service, at this address.
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
    }
}

#[async_trait]
impl<Q, A> ParticipantClient<Q, A> for HttpParticipant
where
    Q: Serialize + Send + Sync + 'static,
    A: DeserializeOwned + Send + 'static,
{
    async fn ask(&self, questions: Vec<Q>) -> Result<Vec<A>, Unanswered> {
        let body = serde_json::to_vec(&questions).map_err(|error| Unanswered(error.to_string()))?;
        let uri = address(&self.base, self.path).map_err(|error| Unanswered(error.to_string()))?;
        let request = Request::builder()
            .method(Method::POST)
            .uri(uri)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Bytes::from(body))
            .map_err(|error| Unanswered(error.to_string()))?;
        let exchanged = self.http_client.exchange(request).await;
        let response = exchanged
            .map_err(|error| Unanswered(format!("the {} service: {error}", self.service)))?;
        match response.status() {
            // 422 names the items whose arguments differ; the others are answered as ever.
            StatusCode::OK | StatusCode::UNPROCESSABLE_ENTITY => self.read(response.body()),
            status => Err(Unanswered(format!(
                "the {} service answered {status}",
                self.service
            ))),
        }
    }
}

impl HttpParticipant {
    fn read<T: DeserializeOwned>(&self, body: &[u8]) -> Result<T, Unanswered> {
        serde_json::from_slice(body).map_err(|error| {
            Unanswered(format!(
                "the {} service's answer cannot be read: {error}",
                self.service
            ))
        })
    }
}
