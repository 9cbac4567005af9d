//! The article and the user service, as the coordinator sees them: lookups before a saga, steps during
//! one.

use std::time::Duration;

use async_trait::async_trait;
use likewise_saga::{
    executor::StepSender,
    participant::ParticipantClients,
    protocol::{NoReply, StepReply, StepRequest},
};

use super::{
    article_cache::ArticleCache, batched_client::BatchedClient, clients::LikeParticipantClients,
};
use crate::{
    article,
    id::{ArticleId, UserId},
    user::{self, Pair, UserLikeRecord},
};

/// The article and the user service.
pub(in crate::coordinator) struct Participants {
    article: Participant<ArticleId, bool>,
    user: Participant<Pair, Option<UserLikeRecord>>,
    article_cache: ArticleCache,
}

/// One service. Steps and lookups have a queue each, so that a lookup never waits for a step.
struct Participant<Q, A>
where
    Q: Send + 'static,
    A: Send + 'static,
{
    /// A reply of `None` says that the step was not applied: send it again.
    steps: BatchedClient<StepRequest, Option<StepReply>>,
    lookups: BatchedClient<Q, A>,
}

impl<Q, A> Participant<Q, A>
where
    Q: Send + 'static,
    A: Send + 'static,
{
    fn start(service: &'static str, clients: ParticipantClients<Q, A>, timeout: Duration) -> Self {
        Self {
            steps: BatchedClient::start(service, clients.steps, timeout),
            lookups: BatchedClient::start(service, clients.lookups, timeout),
        }
    }
}

impl Participants {
    /// Starts the queues. `timeout` is the time limit of one batch.
    pub(in crate::coordinator) fn start(
        clients: LikeParticipantClients,
        timeout: Duration,
    ) -> Self {
        Self {
            article: Participant::start(article::SERVICE, clients.article, timeout),
            user: Participant::start(user::SERVICE, clients.user, timeout),
            article_cache: ArticleCache::default(),
        }
    }

    /// Whether the article exists.
    ///
    /// # Errors
    /// [`NoReply`]: no reply in time.
    pub(in crate::coordinator) async fn article_exists(
        &self,
        article: ArticleId,
    ) -> Result<bool, NoReply> {
        if self.article_cache.contains(article) {
            return Ok(true);
        }
        let exists = self.article.lookups.send(article).await?;
        if exists {
            self.article_cache.insert(article);
        }
        Ok(exists)
    }

    /// Reads the like record of a user and an article; `None` if there is none.
    ///
    /// # Errors
    /// [`NoReply`]: no reply in time.
    pub(in crate::coordinator) async fn like_record(
        &self,
        user_id: UserId,
        article_id: ArticleId,
    ) -> Result<Option<UserLikeRecord>, NoReply> {
        let pair = Pair {
            user_id,
            article_id,
        };
        self.user.lookups.send(pair).await
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
            article::SERVICE => &self.article.steps,
            _ => &self.user.steps,
        };
        let not_applied = || NoReply(format!("the {service} service could not apply the step"));
        steps.send(request).await?.ok_or_else(not_applied)
    }
}
