//! The replies to likes and unlikes: which outcome becomes which body or problem.

use likewise_saga::{
    http::Problem,
    id::SagaId,
    protocol::{Document, Outcome},
    time::Timestamp,
};
use serde::Serialize;

use super::{
    outcome::{LikeOutcome, NoOp},
    request::{LikeAction, LikeRequest},
};
use crate::{
    article::CountResult,
    http::problems,
    id::{ArticleId, RecordId, UserId},
    refusal::RefusalCode,
    user::{RecordResult, UserLikeRecord},
};

/// The title and detail of the problem if a like was compensated.
const LIKE_FAILED: &str = "Like record creation failed";
/// The title and detail of the problem if an unlike was compensated.
const UNLIKE_FAILED: &str = "Like record removal failed";

/// The reply to `POST /articles/{article_id}/like`.
#[derive(Debug, Serialize)]
pub(super) struct LikeResponse {
    article_id: ArticleId,
    current_likes: i64,
    user_record_id: RecordId,
    transaction_id: SagaId,
}

impl LikeResponse {
    pub(super) fn of(request: &LikeRequest, outcome: LikeOutcome) -> Result<Self, Problem> {
        match outcome {
            LikeOutcome::Saga(id, Outcome::Done { results }) => {
                let failed = || Problem::failed(LIKE_FAILED, id);
                Ok(Self {
                    article_id: request.article,
                    current_likes: likes(&results).ok_or_else(failed)?,
                    user_record_id: record_id(&results).ok_or_else(failed)?,
                    transaction_id: id,
                })
            }
            LikeOutcome::NoOp(NoOp::Liked(_)) => Err(already_liked(request)),
            LikeOutcome::NoOp(_) => Err(problems::article_not_found(request.article)),
            LikeOutcome::Saga(id, outcome) => Err(match refusal(&outcome) {
                Some(RefusalCode::AlreadyLiked) => already_liked(request),
                _ => refused(request, id, &outcome),
            }),
        }
    }
}

/// The reply to `PUT` and `DELETE /v1/articles/{article_id}/likes/me`.
#[derive(Debug, Serialize)]
pub(super) struct MembershipResponse {
    liked: bool,
    article_id: ArticleId,
    user_id: UserId,
    #[serde(flatten)]
    record: Option<RecordBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    current_likes: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    transaction_id: Option<SagaId>,
}

/// A record without the fields that the response has already.
#[derive(Debug, Serialize)]
struct RecordBody {
    id: RecordId,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at: Option<Timestamp>,
}

impl MembershipResponse {
    /// A saga has inserted the record.
    pub(super) fn liked(
        request: &LikeRequest,
        id: SagaId,
        results: &[Document],
    ) -> Result<Self, Problem> {
        let record = record_id(results).ok_or_else(|| Problem::failed(LIKE_FAILED, id))?;
        Ok(Self {
            liked: true,
            article_id: request.article,
            user_id: request.user,
            record: Some(RecordBody {
                id: record,
                created_at: None,
            }),
            current_likes: likes(results),
            transaction_id: Some(id),
        })
    }

    /// The record existed before.
    pub(super) fn liked_before(request: &LikeRequest, record: UserLikeRecord) -> Self {
        Self {
            liked: true,
            article_id: request.article,
            user_id: request.user,
            record: Some(RecordBody {
                id: record.id,
                created_at: Some(record.created_at),
            }),
            current_likes: None,
            transaction_id: None,
        }
    }

    /// There is no record: a saga removed it, or there was none.
    pub(super) fn unliked(request: &LikeRequest, outcome: LikeOutcome) -> Result<Self, Problem> {
        let (current_likes, transaction_id) = match outcome {
            LikeOutcome::Saga(id, Outcome::Done { results }) => (likes(&results), Some(id)),
            LikeOutcome::NoOp(NoOp::NoArticle) => {
                return Err(problems::article_not_found(request.article));
            }
            LikeOutcome::NoOp(_) => (None, None),
            LikeOutcome::Saga(id, outcome) => match refusal(&outcome) {
                Some(RefusalCode::NotLiked) => (None, Some(id)),
                _ => return Err(refused(request, id, &outcome)),
            },
        };
        Ok(Self {
            liked: false,
            article_id: request.article,
            user_id: request.user,
            record: None,
            current_likes,
            transaction_id,
        })
    }
}

/// The problem of a saga that was refused or timed out.
pub(super) fn refused(request: &LikeRequest, id: SagaId, outcome: &Outcome) -> Problem {
    let title = match request.action {
        LikeAction::Like | LikeAction::KeepLiked => LIKE_FAILED,
        LikeAction::Unlike => UNLIKE_FAILED,
    };
    let failed = Problem::failed(title, id);
    match refusal(outcome) {
        Some(RefusalCode::ArticleNotFound) => problems::article_not_found(request.article),
        Some(code) => failed.with_code(code.as_str()),
        None => failed,
    }
}

/// The business rule that refused a saga, or the reason why none was needed.
///
/// A refusal by a step is answered like the same finding of the checks before the saga: between the two,
/// another coordinator may have been faster.
pub(super) fn refusal(outcome: &Outcome) -> Option<RefusalCode> {
    match outcome {
        Outcome::Refused { code, .. } | Outcome::NoOp { code, .. } => code.parse().ok(),
        Outcome::Done { .. } | Outcome::TimedOut => None,
    }
}

fn already_liked(request: &LikeRequest) -> Problem {
    problems::already_liked(request.user, request.article)
}

/// The count that the article's step returned. Its position differs between like and unlike.
fn likes(results: &[Document]) -> Option<i64> {
    let read = |result: &Document| result.read::<CountResult>().ok();
    results.iter().find_map(read).map(|counted| counted.likes)
}

/// The identity of the record that the user's step returned.
fn record_id(results: &[Document]) -> Option<RecordId> {
    let read = |result: &Document| result.read::<RecordResult>().ok();
    results.iter().find_map(read).map(|result| result.record_id)
}
