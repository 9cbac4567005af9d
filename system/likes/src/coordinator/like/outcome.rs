//! How a like request ends: with a saga's outcome, with nothing to do, or with an error.

use likewise_saga::{
    executor::StartError,
    id::SagaId,
    log::UnreadableSaga,
    protocol::{Document, NoReply, Outcome},
    store::StoreError,
};

use crate::{coordinator::leadership::EpochError, refusal::RefusalCode, user::UserLikeRecord};

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

/// Why a like request has no outcome.
#[derive(Debug)]
pub(super) enum LikeError {
    /// The `Idempotency-Key` was used with another request before.
    KeyReused,
    /// Another saga for the same user and article is open, and another coordinator drives it.
    InProgress(SagaId),
    /// Nothing was done, for this reason.
    Unavailable(String),
    /// The saga may have started. It will be settled one way or the other.
    InDoubt(SagaId),
    /// The saga log or the lease row could not be read.
    Store(StoreError),
}

impl LikeError {
    /// This coordinator is not the leader.
    pub(super) fn not_leader() -> Self {
        Self::Unavailable("this coordinator does not hold the saga log".to_owned())
    }

    /// The saga log did not take this saga, or did not confirm it.
    pub(super) fn of_start(error: StartError, id: SagaId) -> Self {
        match error {
            StartError::Unknown(reason) => {
                tracing::warn!(saga = %id, reason, "the start of a saga was not confirmed");
                Self::InDoubt(id)
            }
            error => Self::Unavailable(error.to_string()),
        }
    }
}

impl From<StoreError> for LikeError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// The saga under the request's key is in a row that cannot be read.
impl From<Box<UnreadableSaga>> for LikeError {
    fn from(unreadable: Box<UnreadableSaga>) -> Self {
        Self::Store(StoreError::Invariant(unreadable.to_string()))
    }
}

impl From<NoReply> for LikeError {
    fn from(unanswered: NoReply) -> Self {
        Self::Unavailable(unanswered.to_string())
    }
}

impl From<EpochError> for LikeError {
    fn from(error: EpochError) -> Self {
        match error {
            EpochError::Stale | EpochError::Overdue(_) => Self::Unavailable(error.to_string()),
            EpochError::Store(error) => Self::Store(error),
        }
    }
}

impl NoOp {
    /// The outcome that the log stores under an idempotency key.
    pub(super) fn outcome(&self) -> Outcome {
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

    /// Reads back what [`outcome`](Self::outcome) returned.
    fn read(code: &str, found: &Document) -> Option<Self> {
        match code.parse().ok()? {
            RefusalCode::ArticleNotFound => Some(Self::NoArticle),
            RefusalCode::AlreadyLiked => found.read().ok().map(Self::Liked),
            RefusalCode::NotLiked => Some(Self::NotLiked),
            RefusalCode::UserBlocked | RefusalCode::UnreadableArguments => None,
        }
    }
}

impl LikeOutcome {
    /// The outcome of a saga, or of a request that needed none.
    pub(super) fn of(id: SagaId, outcome: Outcome) -> Self {
        if let Outcome::NoOp { code, found } = &outcome
            && let Some(no_op) = NoOp::read(code, found)
        {
            return Self::NoOp(no_op);
        }
        Self::Saga(id, outcome)
    }
}

#[cfg(test)]
mod tests {
    use likewise_saga::http::Problem;

    use super::*;

    #[test]
    fn nothing_was_done_is_said_only_of_a_start_that_is_certainly_absent() {
        let why = || "why".to_owned();
        let cases = [
            (StartError::Overloaded, "unavailable"),
            (StartError::Fenced, "unavailable"),
            (StartError::Absent(why()), "unavailable"),
            (StartError::Unknown(why()), "in-doubt"),
        ];
        for (error, kind) in cases {
            let text = error.to_string();
            let id = SagaId(uuid::Uuid::from_u128(7));
            let problem = Problem::from(LikeError::of_start(error, id));
            let shown = serde_json::to_value(problem).unwrap();
            assert_eq!(shown["type"], format!("urn:likewise:{kind}"), "{text}");
            let detail = shown["detail"].as_str().unwrap();
            let is_absent = kind == "unavailable";
            assert_eq!(
                detail.starts_with("This request did nothing"),
                is_absent,
                "{detail}"
            );
            assert_eq!(shown["transaction_id"].is_null(), is_absent, "{text}");
        }
    }
}
