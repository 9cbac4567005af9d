//! The ways from the coordinator to a service: batches of questions there, their answers back.
//!
//! ```text
//!  coordinator ──► Wire ──┬─ HTTP (coordinator/call.rs) ──► routes ──► lane ──► barrier
//!                         └─ in one process ──────────────────────────► lane ──► barrier
//! ```
//!
//! In one process nothing is written as JSON and read again, but the same lanes and barriers take the same
//! batches: nothing is short-cut that the protocol is needed for.

use std::sync::Arc;

use async_trait::async_trait;

use crate::{
    id::ArticleId,
    saga::{StepReply, StepRequest, Unanswered},
    user::{Pair, UserLikeRecord},
};

/// A way for one kind of question.
#[async_trait]
pub(crate) trait Wire<Q, A>: Send + Sync {
    /// Asks a batch; one answer each, in order. Has no time-out of its own.
    ///
    /// # Errors
    /// [`Unanswered`]: whatever was asked may or may not have taken effect.
    async fn ask(&self, questions: Vec<Q>) -> Result<Vec<A>, Unanswered>;
}

/// Of a step that was not applied nothing is said: it is to be asked for again.
pub(crate) type Steps = Arc<dyn Wire<StepRequest, Option<StepReply>>>;

/// Both ways to a service: steps, and what is looked up before a saga.
#[derive(Clone)]
pub(crate) struct Link<Q, A> {
    pub(crate) steps: Steps,
    pub(crate) lookups: Arc<dyn Wire<Q, A>>,
}

/// Whether there is such an article.
pub(crate) type ArticleLink = Link<ArticleId, bool>;
/// The record of a pair; nothing, if there is none.
pub(crate) type UserLink = Link<Pair, Option<UserLikeRecord>>;

/// The ways to the two services.
#[derive(Clone)]
pub(crate) struct Links {
    pub(crate) article: ArticleLink,
    pub(crate) user: UserLink,
}
