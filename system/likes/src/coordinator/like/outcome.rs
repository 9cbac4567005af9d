//! How a like request ends: with a saga's outcome, or with nothing to do.

use likewise_saga::{
    coordinator::{self, RequestOutcome},
    id::SagaId,
    protocol::{Document, Outcome},
};

use crate::{refusal::RefusalCode, user::UserLikeRecord};

/// How a like request ended.
#[derive(Debug, Clone)]
pub(super) enum LikeOutcome {
    /// A saga was settled.
    Saga(SagaId, Outcome),
    /// The checks found that no saga is needed.
    NoOp(NoOp),
}

/// Why no saga was needed.
#[derive(Debug, Clone)]
pub(super) enum NoOp {
    /// The article does not exist.
    NoArticle,
    /// The user likes the article already, with this record.
    Liked(UserLikeRecord),
    /// The user does not like the article.
    NotLiked,
}

/// What the log stores under an idempotency key.
impl coordinator::NoOp for NoOp {
    fn outcome(&self) -> Outcome {
        let (code, found) = match self {
            Self::NoArticle => (RefusalCode::ArticleNotFound, Document::default()),
            Self::Liked(record) => (RefusalCode::AlreadyLiked, Document::of(record)),
            Self::NotLiked => (RefusalCode::NotLiked, Document::default()),
        };
        Outcome::NoOp {
            code: code.to_string(),
            found,
        }
    }
}

impl NoOp {
    /// Reads back what the log stores.
    fn read(code: &str, found: &Document) -> Option<Self> {
        match code.parse().ok()? {
            RefusalCode::ArticleNotFound => Some(Self::NoArticle),
            RefusalCode::AlreadyLiked => found.read().ok().map(Self::Liked),
            RefusalCode::NotLiked => Some(Self::NotLiked),
            RefusalCode::UserBlocked | RefusalCode::UnreadableArguments => None,
        }
    }
}

/// A request that the log has as one that needed no saga ends like one whose check finds that now.
impl From<RequestOutcome<NoOp>> for LikeOutcome {
    fn from(outcome: RequestOutcome<NoOp>) -> Self {
        let (id, outcome) = match outcome {
            RequestOutcome::NoOp(no_op) => return Self::NoOp(no_op),
            RequestOutcome::Settled(id, outcome) => (id, outcome),
        };
        if let Outcome::NoOp { code, found } = &outcome
            && let Some(no_op) = NoOp::read(code, found)
        {
            return Self::NoOp(no_op);
        }
        Self::Saga(id, outcome)
    }
}
