//! The other two services, as the coordinator sees them: lookups before a saga, steps during one.
//!
//! Both go in batches: whatever queued while others are under way becomes the next request.

use std::{marker::PhantomData, sync::Arc, time::Duration};

use async_trait::async_trait;
use futures::FutureExt;

use super::{CoordinatorConfig, article_cache::ArticleCache};
use crate::{
    id::{ArticleId, UserId},
    participant_clients::LikeParticipantClients,
    user::{Pair, UserLikeRecord},
};
use likewise_saga::{
    batcher::{BatchItem, Batcher, BatcherBounds},
    env::Env,
    executor::StepSender,
    participant::{ParticipantClient, ParticipantClients, http_participant},
    protocol::NoReply,
    protocol::step::{BATCH_STEPS_MAX, StepReply, StepRequest},
};

/// Bounds of the lane of steps to each service, and of the lane of lookups.
const BOUNDS: BatcherBounds = BatcherBounds {
    queue_max: 16_384,
    batch_max: BATCH_STEPS_MAX,
    // Else everybody would wait for a request that is lost.
    in_flight_max: 2,
    overlap_after: Duration::from_millis(25),
    linger_max: Duration::ZERO,
};

/// The article and the user service.
pub(crate) struct Participants {
    article: Participant<ArticleId, bool>,
    user: Participant<Pair, Option<UserLikeRecord>>,
    known: ArticleCache,
}

/// One service, and what is looked up there.
struct Participant<Q, A>
where
    Q: Send + 'static,
    A: Send + 'static,
{
    steps: Batcher<Asked<StepRequest, Option<StepReply>>>,
    lookups: Batcher<Asked<Q, A>>,
}

/// A question on its way to a service, with the type of its answer.
struct Asked<Q, A>(Q, PhantomData<fn() -> A>);

impl<Q: Send + 'static, A: Send + 'static> BatchItem for Asked<Q, A> {
    type Answer = Result<A, NoReply>;
}

/// The clients of both services over HTTP, at the addresses of the configuration.
pub(crate) fn http_participants(config: &CoordinatorConfig, env: &Env) -> LikeParticipantClients {
    LikeParticipantClients {
        article: http_participant("article", &config.article, env),
        user: http_participant("user", &config.user, env),
    }
}

impl Participants {
    /// Starts the lanes; one batch may take so long.
    pub(crate) fn start(links: LikeParticipantClients, timeout: Duration) -> Self {
        Self {
            article: Participant::start("article", links.article, timeout),
            user: Participant::start("user", links.user, timeout),
            known: ArticleCache::default(),
        }
    }

    /// Whether there is such an article.
    pub(crate) async fn article_exists(&self, article: ArticleId) -> Result<bool, NoReply> {
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
    ) -> Result<Option<UserLikeRecord>, NoReply> {
        let pair = Pair {
            user_id,
            article_id,
        };
        ask(&self.user.lookups, pair).await
    }
}

#[async_trait]
impl StepSender for Participants {
    async fn send(
        &self,
        service: &'static str,
        request: StepRequest,
    ) -> Result<StepReply, NoReply> {
        let steps = match service {
            "article" => &self.article.steps,
            _ => &self.user.steps,
        };
        let not_applied = || NoReply(format!("the {service} service could not apply it"));
        ask(steps, request).await?.ok_or_else(not_applied)
    }
}

async fn ask<Q, A>(lane: &Batcher<Asked<Q, A>>, question: Q) -> Result<A, NoReply>
where
    Q: Send + 'static,
    A: Send + 'static,
{
    let answered = lane.call(Asked(question, PhantomData)).await;
    answered.unwrap_or_else(|error| Err(NoReply(error.to_string())))
}

impl<Q, A> Participant<Q, A>
where
    Q: Send + 'static,
    A: Send + 'static,
{
    fn start(service: &'static str, link: ParticipantClients<Q, A>, timeout: Duration) -> Self {
        Self {
            steps: lane(service, link.steps, timeout),
            lookups: lane(service, link.lookups, timeout),
        }
    }
}

/// A lane whose batches go this way.
fn lane<Q, A>(
    service: &'static str,
    wire: Arc<dyn ParticipantClient<Q, A>>,
    timeout: Duration,
) -> Batcher<Asked<Q, A>>
where
    Q: Send + 'static,
    A: Send + 'static,
{
    Batcher::start(BOUNDS, move |batch: Vec<Asked<Q, A>>| {
        let wire = Arc::clone(&wire);
        async move {
            let size = batch.len();
            let questions = batch.into_iter().map(|asked| asked.0).collect();
            let asked = tokio::time::timeout(timeout, wire.send(questions)).await;
            let unanswered = match asked {
                Ok(Ok(answers)) if answers.len() == size => {
                    return answers.into_iter().map(Ok).collect();
                }
                Ok(Ok(_)) => NoReply(format!("the {service} service answered another batch")),
                Ok(Err(unanswered)) => unanswered,
                Err(_) => NoReply(format!(
                    "the {service} service did not answer within {timeout:?}"
                )),
            };
            (0..size).map(|_| Err(unanswered.clone())).collect()
        }
        .boxed()
    })
}
