//! Executes a like request through the coordinator: its keys, its checks, its saga.

use std::{sync::Arc, time::Duration};

use likewise_saga::{
    coordinator::{Coordinator, RequestError, SagaRequest},
    env::Env,
    protocol::{Document, NoReply},
    time::Timestamp,
};

use super::{
    outcome::{LikeOutcome, NoOp},
    request::{LikeAction, LikeRequest},
};
use crate::{
    coordinator::{like_saga::LikeSaga, participants::Lookups},
    id::RecordId,
};

/// What the requests of likes share.
pub(crate) struct Likes {
    pub(crate) coordinator: Arc<Coordinator>,
    pub(crate) lookups: Lookups,
    /// What a saga locks while it is open.
    pub(crate) lock_key: fn(&LikeRequest) -> String,
}

impl Likes {
    /// Executes a request, once per idempotency key. Waits at most this long for the end of its saga. Also returns whether
    /// the outcome belongs to an earlier request under the key.
    ///
    /// # Errors
    /// [`RequestError`]; each variant says what may have been done.
    ///
    /// # Cancel safety
    /// Dropping the future leaves a started saga running.
    pub(super) async fn execute(
        &self,
        request: &LikeRequest,
        wait: Duration,
    ) -> Result<(LikeOutcome, bool), RequestError> {
        let request = CheckedRequest {
            likes: self,
            request,
        };
        let executed = self.coordinator.execute_within(&request, wait).await?;
        Ok((executed.outcome.into(), executed.is_replay))
    }
}

/// A request, with what its checks need.
struct CheckedRequest<'l> {
    likes: &'l Likes,
    request: &'l LikeRequest,
}

impl SagaRequest for CheckedRequest<'_> {
    type NoOp = NoOp;

    fn lock_key(&self) -> String {
        (self.likes.lock_key)(self.request)
    }

    fn request_key(&self) -> Option<String> {
        self.request.request_key()
    }

    fn fingerprint(&self) -> i64 {
        self.request.fingerprint()
    }

    fn is_stored_as(&self, fingerprint: i64) -> bool {
        self.request.is_stored_as(fingerprint)
    }

    /// Asks both services concurrently whether there is anything to do.
    async fn check(&self) -> Result<Option<NoOp>, NoReply> {
        let (lookups, request) = (&self.likes.lookups, self.request);
        let article = lookups.article_exists(request.article);
        let record = lookups.like_record(request.user, request.article);
        let (exists, record) = futures::try_join!(article, record)?;
        Ok(match (exists, record, request.action) {
            (false, ..) => Some(NoOp::NoArticle),
            (_, Some(record), LikeAction::Like | LikeAction::KeepLiked) => {
                Some(NoOp::Liked(record))
            }
            (_, None, LikeAction::Unlike) => Some(NoOp::NotLiked),
            _ => None,
        })
    }

    fn saga(&self, env: &Env, now: Timestamp) -> (String, Document) {
        let (user, article) = (self.request.user, self.request.article);
        let saga = match self.request.action {
            LikeAction::Like | LikeAction::KeepLiked => {
                let record = RecordId(env.uuid());
                LikeSaga::like(user, article, record, now)
            }
            LikeAction::Unlike => LikeSaga::Unlike {
                user_id: user,
                article_id: article,
            },
        };
        saga.stored()
    }
}
