//! The other two services, as the coordinator sees them: checks before a saga, steps during one.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use axum::http::{Method, Request, StatusCode, Uri, header};
use bytes::Bytes;
use futures::FutureExt;
use serde::de::DeserializeOwned;

use super::CoordinatorConfig;
use crate::{
    article::Article,
    edges::{Dialer, Edges, address},
    id::{ArticleId, UserId},
    lane::{Lane, LaneBounds, LaneItem},
    saga::step::{BATCH_STEPS_MAX, StepReply, StepRequest},
    saga::{StepSender, Unanswered},
    user::UserLikeRecord,
};

/// Bounds of the lane to each service.
const BOUNDS: LaneBounds = LaneBounds {
    queue_max: 16_384,
    batch_max: BATCH_STEPS_MAX,
    in_flight_max: 16,
    patience: Duration::ZERO,
};

/// The article and the user service.
pub(crate) struct Peers {
    article: Peer,
    user: Peer,
}

/// One service.
struct Peer {
    call: Call,
    steps: Lane<Outgoing>,
}

/// How one service is called.
#[derive(Clone)]
struct Call {
    name: &'static str,
    base: Uri,
    dialer: Arc<dyn Dialer>,
    timeout: Duration,
}

struct Outgoing(StepRequest);

impl LaneItem for Outgoing {
    type Answer = Result<StepReply, Unanswered>;
}

impl Peers {
    pub(crate) fn start(config: &CoordinatorConfig, edges: &Edges) -> Self {
        let peer = |name, base: &Uri| {
            let call = Call {
                name,
                base: base.clone(),
                dialer: Arc::clone(&edges.dialer),
                timeout: config.step_timeout,
            };
            let steps = call.clone();
            Peer {
                call,
                steps: Lane::start(BOUNDS, move |batch| steps.clone().batch(batch).boxed()),
            }
        };
        Self {
            article: peer("article", &config.article),
            user: peer("user", &config.user),
        }
    }

    /// Reads an article; nothing, if there is none.
    pub(crate) async fn article(&self, article: ArticleId) -> Result<Option<Article>, Unanswered> {
        self.article
            .call
            .get(&format!("/v1/articles/{article}"), None)
            .await
    }

    /// Reads the record of a pair; nothing, if there is none.
    pub(crate) async fn membership(
        &self,
        user: UserId,
        article: ArticleId,
    ) -> Result<Option<UserLikeRecord>, Unanswered> {
        self.user
            .call
            .get(&format!("/v1/articles/{article}/likes/me"), Some(user))
            .await
    }
}

#[async_trait]
impl StepSender for Peers {
    async fn send(
        &self,
        service: &'static str,
        request: StepRequest,
    ) -> Result<StepReply, Unanswered> {
        let peer = match service {
            "article" => &self.article,
            _ => &self.user,
        };
        let sent = peer.steps.call(Outgoing(request)).await;
        sent.unwrap_or_else(|error| Err(Unanswered(error.to_string())))
    }
}

impl Call {
    /// Reads a document; nothing, if it is not there.
    async fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        user: Option<UserId>,
    ) -> Result<Option<T>, Unanswered> {
        let mut request = Request::builder().method(Method::GET).uri(self.uri(path)?);
        if let Some(user) = user {
            request = request.header("X-User-ID", user.0);
        }
        let (status, body) = self.exchange(request.body(Bytes::new())).await?;
        match status {
            StatusCode::OK => self.read(&body).map(Some),
            StatusCode::NOT_FOUND => Ok(None),
            status => Err(Unanswered(format!(
                "the {} service answered {status}",
                self.name
            ))),
        }
    }

    /// Sends a batch of steps; one answer each.
    async fn batch(self, batch: Vec<Outgoing>) -> Vec<Result<StepReply, Unanswered>> {
        let size = batch.len();
        match self.steps(batch).await {
            Ok(replies) if replies.len() == size => replies.into_iter().map(Ok).collect(),
            Ok(_) => vec![
                Err(Unanswered(format!(
                    "the {} service answered another batch",
                    self.name
                )));
                size
            ],
            Err(unanswered) => vec![Err(unanswered); size],
        }
    }

    async fn steps(&self, batch: Vec<Outgoing>) -> Result<Vec<StepReply>, Unanswered> {
        let steps: Vec<StepRequest> = batch.into_iter().map(|outgoing| outgoing.0).collect();
        let body = serde_json::to_vec(&steps).map_err(|error| Unanswered(error.to_string()))?;
        let request = Request::builder()
            .method(Method::POST)
            .uri(self.uri("/v1/steps")?)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Bytes::from(body));
        let (status, body) = self.exchange(request).await?;
        match status {
            // 422 names the items whose arguments differ; the others are answered as ever.
            StatusCode::OK | StatusCode::UNPROCESSABLE_ENTITY => self.read(&body),
            status => Err(Unanswered(format!(
                "the {} service answered {status}",
                self.name
            ))),
        }
    }

    async fn exchange(
        &self,
        request: http::Result<Request<Bytes>>,
    ) -> Result<(StatusCode, Bytes), Unanswered> {
        let request = request.map_err(|error| Unanswered(error.to_string()))?;
        let exchanged = tokio::time::timeout(self.timeout, self.dialer.exchange(request)).await;
        let response = exchanged
            .map_err(|_| {
                Unanswered(format!(
                    "the {} service did not answer within {:?}",
                    self.name, self.timeout
                ))
            })?
            .map_err(|error| Unanswered(format!("the {} service: {error}", self.name)))?;
        let (parts, body) = response.into_parts();
        Ok((parts.status, body))
    }

    fn uri(&self, path: &str) -> Result<Uri, Unanswered> {
        address(&self.base, path).map_err(|error| Unanswered(error.to_string()))
    }

    fn read<T: DeserializeOwned>(&self, body: &[u8]) -> Result<T, Unanswered> {
        serde_json::from_slice(body).map_err(|error| {
            Unanswered(format!(
                "the {} service's answer cannot be read: {error}",
                self.name
            ))
        })
    }
}
