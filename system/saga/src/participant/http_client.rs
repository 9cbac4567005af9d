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
    security::{SecretSource, show},
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
    secrets: Arc<dyn SecretSource>,
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
        secrets: Arc::clone(&env.service_secrets),
    };
    ParticipantClients {
        steps: Arc::new(client("/v1/steps")),
        lookups: Arc::new(client("/v1/lookups")),
        watermarks: Arc::new(HttpWatermarks {
            service,
            base: base.clone(),
            http_client: Arc::clone(&env.http_client),
            secrets: Arc::clone(&env.service_secrets),
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
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(uri)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Bytes::from(body))
            .map_err(|error| NoReply(error.to_string()))?;
        show(&*self.secrets, request.headers_mut());
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
            status => Err(unusable(self.service, status)),
        }
    }
}

/// What an answer without replies says. A refused secret is a mistake in the configuration and says nothing about the steps: an
/// earlier copy may have been applied. So they are sent again, and the saga is parked until the secrets fit.
pub(super) fn unusable(service: &str, status: StatusCode) -> NoReply {
    NoReply(match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            format!("the {service} service refuses the secret of this coordinator ({status})")
        }
        status => format!("the {service} service answered {status}"),
    })
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

#[cfg(test)]
mod tests {
    use axum::http::Response;

    use super::*;
    use crate::{
        env::{ExchangeError, real},
        protocol::StepRequest,
        security::{ReplaceableSecrets, SERVICE_SECRET},
    };

    /// Answers every request with this status, and requires the secret.
    struct Answers(StatusCode);

    #[async_trait]
    impl HttpClient for Answers {
        async fn exchange(
            &self,
            request: Request<Bytes>,
        ) -> Result<Response<Bytes>, ExchangeError> {
            assert_eq!(request.headers()[SERVICE_SECRET], SECRET);
            let mut response = Response::new(Bytes::from_static(b"[]"));
            *response.status_mut() = self.0;
            Ok(response)
        }
    }

    const SECRET: &str = "0123456789abcdef0123456789abcdef";

    /// A refused secret says nothing about the step: an earlier copy may have been applied.
    #[tokio::test]
    async fn r26_a_refused_secret_is_no_reply_and_names_the_cause() {
        let secrets = ReplaceableSecrets::new(SECRET.parse().unwrap());
        let secrets: Arc<dyn SecretSource> = Arc::new(secrets);
        for (status, why) in [
            (
                401,
                "the user service refuses the secret of this coordinator",
            ),
            (
                403,
                "the user service refuses the secret of this coordinator",
            ),
            (429, "the user service answered 429"),
            (503, "the user service answered 503"),
        ] {
            let env = Env {
                http_client: Arc::new(Answers(StatusCode::from_u16(status).unwrap())),
                service_secrets: Arc::clone(&secrets),
                ..real::env()
            };
            let base = "http://user".parse().unwrap();
            let client = http_participant::<StepRequest, ()>("user", &base, &env);
            let NoReply(text) = client.steps.send(Vec::new()).await.unwrap_err();
            assert!(text.starts_with(why), "{text}");
        }
    }
}
