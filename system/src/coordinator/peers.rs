//! The other two services, as the coordinator sees them: lookups before a saga, steps during one.
//!
//! Both go in batches: whatever queued while others are under way becomes the next request.

use std::{marker::PhantomData, sync::Arc, time::Duration};

use async_trait::async_trait;
use axum::http::{Method, Request, StatusCode, Uri, header};
use bytes::Bytes;
use futures::FutureExt;
use serde::{Serialize, de::DeserializeOwned};

use super::{CoordinatorConfig, known::KnownArticles};
use crate::{
    edges::{Dialer, Edges, address},
    id::{ArticleId, UserId},
    lane::{Lane, LaneBounds, LaneItem},
    saga::step::{BATCH_STEPS_MAX, StepReply, StepRequest},
    saga::{StepSender, Unanswered},
    user::{Pair, UserLikeRecord},
};

/// Bounds of the lane of steps to each service, and of the lane of lookups.
const BOUNDS: LaneBounds = LaneBounds {
    queue_max: 16_384,
    batch_max: BATCH_STEPS_MAX,
    // Else everybody would wait for a request that is lost.
    in_flight_max: 2,
    beside_after: Duration::from_millis(25),
    patience: Duration::ZERO,
};

/// The article and the user service.
pub(crate) struct Peers {
    article: Peer<ArticleId, bool>,
    user: Peer<Pair, Option<UserLikeRecord>>,
    known: KnownArticles,
}

/// One service, and what is looked up there.
struct Peer<Q, A>
where
    Q: Send + 'static,
    A: Send + 'static,
{
    steps: Lane<Asked<StepRequest, Option<StepReply>>>,
    lookups: Lane<Asked<Q, A>>,
}

/// A question on its way to a service, with the type of its answer.
struct Asked<Q, A>(Q, PhantomData<fn() -> A>);

impl<Q: Send + 'static, A: Send + 'static> LaneItem for Asked<Q, A> {
    type Answer = Result<A, Unanswered>;
}

/// How one service is called.
#[derive(Clone)]
struct Call {
    name: &'static str,
    base: Uri,
    dialer: Arc<dyn Dialer>,
    timeout: Duration,
}

impl Peers {
    pub(crate) fn start(config: &CoordinatorConfig, edges: &Edges) -> Self {
        let call = |name, base: &Uri| Call {
            name,
            base: base.clone(),
            dialer: Arc::clone(&edges.dialer),
            timeout: config.step_timeout,
        };
        Self {
            article: Peer::start(&call("article", &config.article)),
            user: Peer::start(&call("user", &config.user)),
            known: KnownArticles::default(),
        }
    }

    /// Whether there is such an article.
    pub(crate) async fn article_exists(&self, article: ArticleId) -> Result<bool, Unanswered> {
        if self.known.has(article) {
            return Ok(true);
        }
        let exists = ask(&self.article.lookups, article).await?;
        if exists {
            self.known.add(article);
        }
        Ok(exists)
    }

    /// Reads the record of a pair; nothing, if there is none.
    pub(crate) async fn membership(
        &self,
        user_id: UserId,
        article_id: ArticleId,
    ) -> Result<Option<UserLikeRecord>, Unanswered> {
        let pair = Pair {
            user_id,
            article_id,
        };
        ask(&self.user.lookups, pair).await
    }
}

#[async_trait]
impl StepSender for Peers {
    async fn send(
        &self,
        service: &'static str,
        request: StepRequest,
    ) -> Result<StepReply, Unanswered> {
        let steps = match service {
            "article" => &self.article.steps,
            _ => &self.user.steps,
        };
        let not_applied = || Unanswered(format!("the {service} service could not apply it"));
        ask(steps, request).await?.ok_or_else(not_applied)
    }
}

async fn ask<Q, A>(lane: &Lane<Asked<Q, A>>, question: Q) -> Result<A, Unanswered>
where
    Q: Send + 'static,
    A: Send + 'static,
{
    let answered = lane.call(Asked(question, PhantomData)).await;
    answered.unwrap_or_else(|error| Err(Unanswered(error.to_string())))
}

impl<Q, A> Peer<Q, A>
where
    Q: Serialize + Send + Sync + 'static,
    A: DeserializeOwned + Send + 'static,
{
    fn start(call: &Call) -> Self {
        Self {
            steps: call.lane("/v1/steps"),
            lookups: call.lane("/v1/lookups"),
        }
    }
}

impl Call {
    /// A lane whose batches go to this path.
    fn lane<Q, A>(&self, path: &'static str) -> Lane<Asked<Q, A>>
    where
        Q: Serialize + Send + Sync + 'static,
        A: DeserializeOwned + Send + 'static,
    {
        let call = self.clone();
        Lane::start(BOUNDS, move |batch| call.clone().batch(path, batch).boxed())
    }

    /// Asks a batch; one answer each.
    async fn batch<Q, A>(
        self,
        path: &'static str,
        batch: Vec<Asked<Q, A>>,
    ) -> Vec<Result<A, Unanswered>>
    where
        Q: Serialize,
        A: DeserializeOwned,
    {
        let size = batch.len();
        let questions: Vec<Q> = batch.into_iter().map(|asked| asked.0).collect();
        let unanswered = match self.ask(path, &questions).await {
            Ok(answers) if answers.len() == size => return answers.into_iter().map(Ok).collect(),
            Ok(_) => Unanswered(format!("the {} service answered another batch", self.name)),
            Err(unanswered) => unanswered,
        };
        (0..size).map(|_| Err(unanswered.clone())).collect()
    }

    async fn ask<Q, A>(&self, path: &str, questions: &[Q]) -> Result<Vec<A>, Unanswered>
    where
        Q: Serialize,
        A: DeserializeOwned,
    {
        let body = serde_json::to_vec(questions).map_err(|error| Unanswered(error.to_string()))?;
        let request = Request::builder()
            .method(Method::POST)
            .uri(self.uri(path)?)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Bytes::from(body))
            .map_err(|error| Unanswered(error.to_string()))?;
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

    async fn exchange(&self, request: Request<Bytes>) -> Result<(StatusCode, Bytes), Unanswered> {
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
