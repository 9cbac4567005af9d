//! The article and the user service, as the coordinator sees them: lookups before a saga, steps during
//! one.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use likewise_saga::{
    executor::StepSender,
    participant::ParticipantClients,
    protocol::{NoReply, StepReply, StepRequest},
};
use tokio::task::JoinSet;

use super::{
    article_cache::ArticleCache, batched_client::BatchedClient, clients::LikeParticipantClients,
    probe::Probe, reachability::Reachability,
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
    reachability: Arc<Reachability>,
    /// Probes the service while it is away.
    _watch: JoinSet<()>,
}

impl<Q, A> Participant<Q, A>
where
    Q: Send + 'static,
    A: Send + 'static,
{
    fn start(
        service: &'static str,
        clients: ParticipantClients<Q, A>,
        probe: Probe,
        timeout: Duration,
        watch_interval: Option<Duration>,
    ) -> Self {
        let reachability = Reachability::new(service, probe, timeout, watch_interval);
        let reachability = Arc::new(reachability);
        let (steps, lookups) = (Arc::clone(&reachability), Arc::clone(&reachability));
        // Dropping the set ends its task.
        let mut watch = JoinSet::new();
        if let Some(interval) = watch_interval {
            watch.spawn(Arc::clone(&reachability).watch(interval));
        }
        Self {
            steps: BatchedClient::start(service, clients.steps, timeout, steps),
            lookups: BatchedClient::start(service, clients.lookups, timeout, lookups),
            _watch: watch,
            reachability,
        }
    }
}

impl Participants {
    /// Starts the queues. `timeout` is the time limit of one batch and of one probe, and `watch_interval` is the
    /// pause between two probes.
    pub(in crate::coordinator) fn start(
        clients: LikeParticipantClients,
        timeout: Duration,
        watch_interval: Option<Duration>,
    ) -> Self {
        Self {
            article: Participant::start(
                article::SERVICE,
                clients.article,
                clients.article_probe,
                timeout,
                watch_interval,
            ),
            user: Participant::start(
                user::SERVICE,
                clients.user,
                clients.user_probe,
                timeout,
                watch_interval,
            ),
            article_cache: ArticleCache::default(),
        }
    }

    /// Whether both services can do their work now, so that a like can succeed.
    ///
    /// # Errors
    /// One of them cannot; the text says which, and why.
    pub(in crate::coordinator) async fn check(&self) -> Result<(), String> {
        let article = self.article.reachability.check();
        let user = self.user.reachability.check();
        futures::try_join!(article, user).map(drop)
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
        let (steps, reachability) = match service {
            article::SERVICE => (&self.article.steps, &self.article.reachability),
            _ => (&self.user.steps, &self.user.reachability),
        };
        let not_applied = || {
            reachability.suspect();
            NoReply(format!("the {service} service could not apply the step"))
        };
        steps.send(request).await?.ok_or_else(not_applied)
    }
}
