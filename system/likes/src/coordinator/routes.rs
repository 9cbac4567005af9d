//! The coordinator over HTTP.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    middleware::from_fn_with_state,
    routing::{get, post, put},
};
use serde::Serialize;

use super::{
    Coordinator, forward,
    likes::{LikeAction, LikeError, LikeOutcome, LikeRequest, NoOp},
    status, transactions,
};
use crate::{
    article::Counted,
    id::{ArticleId, RecordId, UserId},
    problems,
    user::{Recorded, UserLikeRecord},
    user_id::XUserId,
};
use likewise_saga::{
    http::{IdempotencyKey, NoBody, PathText, Problem, positive},
    id::SagaId,
    protocol::{Document, Outcome},
};

/// What a client is told when its like cannot be made.
const LIKE_FAILED: &str = "Like record creation failed";
/// What a client is told when its unlike cannot be made.
const UNLIKE_FAILED: &str = "Like record removal failed";

pub(super) fn routes(coordinator: Arc<Coordinator>) -> Router {
    let mut wishes = Router::new()
        .route("/articles/{article_id}/like", post(like))
        .route(
            "/v1/articles/{article_id}/likes/me",
            put(keep_liked).delete(unlike),
        );
    if coordinator.config.lease.is_some() {
        let to_holder = from_fn_with_state(Arc::clone(&coordinator), forward::to_holder);
        wishes = wishes.route_layer(to_holder);
    }
    // What is read comes from the log, which every coordinator has.
    let reads = Router::new()
        .route("/v1/transactions", get(transactions::list))
        .route("/v1/transactions/{transaction_id}", get(transactions::find))
        .route("/v1/coordinator", get(status::show));
    wishes.merge(reads).with_state(coordinator)
}

type Shared = State<Arc<Coordinator>>;

/// Answer to a like.
#[derive(Debug, Serialize)]
struct LikeResponse {
    article_id: ArticleId,
    current_likes: i64,
    user_record_id: RecordId,
    transaction_id: SagaId,
}

async fn like(
    State(coordinator): Shared,
    PathText(article): PathText,
    user: XUserId,
    key: IdempotencyKey,
    _: NoBody,
) -> Result<Json<LikeResponse>, Problem> {
    let ask = ask(LikeAction::Like, &article, user, key)?;
    let (user, article) = (ask.user, ask.article);
    match coordinator.execute(ask).await? {
        LikeOutcome::Saga(id, Outcome::Done { results }) => Ok(Json(LikeResponse {
            article_id: article,
            current_likes: likes(&results).ok_or_else(|| Problem::failed(LIKE_FAILED, id))?,
            user_record_id: record_id(&results).ok_or_else(|| Problem::failed(LIKE_FAILED, id))?,
            transaction_id: id,
        })),
        LikeOutcome::NoOp(NoOp::Liked(_)) => Err(problems::already_liked(user, article)),
        LikeOutcome::NoOp(_) => Err(problems::article_not_found(article)),
        LikeOutcome::Saga(id, outcome) => Err(match code(&outcome) {
            "already_liked" => problems::already_liked(user, article),
            "article_not_found" => problems::article_not_found(article),
            _ => Problem::failed(LIKE_FAILED, id),
        }),
    }
}

/// Answer to a settled membership.
#[derive(Debug, Serialize)]
struct Membership {
    liked: bool,
    article_id: ArticleId,
    user_id: UserId,
    #[serde(flatten)]
    record: Option<UserLikeRecordBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    current_likes: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    transaction_id: Option<SagaId>,
}

/// A record, without what stands around it already.
#[derive(Debug, Serialize)]
struct UserLikeRecordBody {
    id: RecordId,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at: Option<likewise_saga::time::Timestamp>,
}

async fn keep_liked(
    State(coordinator): Shared,
    PathText(article): PathText,
    user: XUserId,
    key: IdempotencyKey,
    _: NoBody,
) -> Result<Json<Membership>, Problem> {
    let ask = ask(LikeAction::Like, &article, user, key)?;
    let (user, article) = (ask.user, ask.article);
    let liked = |record: UserLikeRecordBody| Membership {
        liked: true,
        article_id: article,
        user_id: user,
        record: Some(record),
        current_likes: None,
        transaction_id: None,
    };
    let existing = |record: UserLikeRecord| {
        liked(UserLikeRecordBody {
            id: record.id,
            created_at: Some(record.created_at),
        })
    };
    match coordinator.execute(ask).await? {
        LikeOutcome::Saga(id, Outcome::Done { results }) => {
            let record = record_id(&results).ok_or_else(|| Problem::failed(LIKE_FAILED, id))?;
            Ok(Json(Membership {
                current_likes: likes(&results),
                transaction_id: Some(id),
                ..liked(UserLikeRecordBody {
                    id: record,
                    created_at: None,
                })
            }))
        }
        LikeOutcome::NoOp(NoOp::Liked(record)) => Ok(Json(existing(record))),
        LikeOutcome::NoOp(_) => Err(problems::article_not_found(article)),
        LikeOutcome::Saga(id, outcome) => match code(&outcome) {
            "already_liked" => match coordinator.participants.membership(user, article).await {
                Ok(Some(record)) => Ok(Json(existing(record))),
                _ => Err(Problem::unavailable(
                    "The like changed meanwhile; ask again.",
                )),
            },
            "article_not_found" => Err(problems::article_not_found(article)),
            _ => Err(Problem::failed(LIKE_FAILED, id)),
        },
    }
}

async fn unlike(
    State(coordinator): Shared,
    PathText(article): PathText,
    user: XUserId,
    key: IdempotencyKey,
    _: NoBody,
) -> Result<Json<Membership>, Problem> {
    let ask = ask(LikeAction::Unlike, &article, user, key)?;
    let (user, article) = (ask.user, ask.article);
    let settled = |current_likes, transaction_id| {
        Json(Membership {
            liked: false,
            article_id: article,
            user_id: user,
            record: None,
            current_likes,
            transaction_id,
        })
    };
    match coordinator.execute(ask).await? {
        LikeOutcome::Saga(id, Outcome::Done { results }) => Ok(settled(likes(&results), Some(id))),
        LikeOutcome::NoOp(NoOp::NoArticle) => Err(problems::article_not_found(article)),
        LikeOutcome::NoOp(_) => Ok(settled(None, None)),
        LikeOutcome::Saga(id, outcome) => match code(&outcome) {
            "not_liked" => Ok(settled(None, Some(id))),
            "article_not_found" => Err(problems::article_not_found(article)),
            _ => Err(Problem::failed(UNLIKE_FAILED, id)),
        },
    }
}

fn ask(
    wish: LikeAction,
    article: &str,
    XUserId(user): XUserId,
    IdempotencyKey(key): IdempotencyKey,
) -> Result<LikeRequest, Problem> {
    Ok(LikeRequest {
        wish,
        user,
        article: ArticleId(positive("path", "article_id", article)?),
        key,
    })
}

/// The count that the article's step returned, wherever it stood in the saga.
fn likes(results: &[Document]) -> Option<i64> {
    let read = |result: &Document| result.read::<Counted>().ok();
    results.iter().find_map(read).map(|counted| counted.likes)
}

/// The record that the user's step returned.
fn record_id(results: &[Document]) -> Option<RecordId> {
    let read = |result: &Document| result.read::<Recorded>().ok();
    results
        .iter()
        .find_map(read)
        .map(|recorded| recorded.record_id)
}

fn code(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::Refused { code, .. } | Outcome::NoOp { code, .. } => code,
        Outcome::Done { .. } | Outcome::TimedOut => "",
    }
}

impl From<LikeError> for Problem {
    fn from(no_answer: LikeError) -> Self {
        match no_answer {
            LikeError::KeyReused => Self::key_reused(),
            LikeError::InProgress(saga) => Self::in_progress(saga),
            LikeError::Unavailable(why) => Self::unavailable(format!("Nothing was done: {why}.")),
            LikeError::InDoubt(saga) => Self::in_doubt(
                "It is not settled yet and will be, one way or the other; ask for the transaction, or repeat the request with the same Idempotency-Key.",
                saga,
            ),
            LikeError::Store(error) => error.into(),
        }
    }
}
