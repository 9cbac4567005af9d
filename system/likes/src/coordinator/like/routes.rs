//! The routes of likes and unlikes.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    routing::{post, put},
};
use likewise_saga::{
    bound::within,
    http::{IdempotencyKey, NoBody, PathText, Problem, positive},
    protocol::Outcome,
};

use super::{
    execute::Likes,
    outcome::{LikeOutcome, NoOp},
    request::{LikeAction, LikeRequest},
    response::{LikeResponse, MembershipResponse, refusal, refused},
};
use crate::{
    coordinator::bounds::like_record,
    http::{XUserId, problems},
    id::ArticleId,
    refusal::RefusalCode,
};

/// `POST /articles/{article_id}/like`, and `PUT` and `DELETE /v1/articles/{article_id}/likes/me`.
pub(crate) fn routes(likes: Arc<Likes>) -> Router {
    Router::new()
        .route("/articles/{article_id}/like", post(like))
        .route(
            "/v1/articles/{article_id}/likes/me",
            put(set_liked).delete(unlike),
        )
        .with_state(likes)
}

/// Likes an article. A repeated like is a conflict.
async fn like(
    State(likes): State<Arc<Likes>>,
    PathText(article): PathText,
    user: XUserId,
    key: IdempotencyKey,
    _: NoBody,
) -> Result<Json<LikeResponse>, Problem> {
    let request = request(LikeAction::Like, &article, user, key)?;
    let outcome = likes.execute(&request).await?;
    LikeResponse::of(&request, outcome).map(Json)
}

/// Likes an article. A repeated like returns the record that exists.
async fn set_liked(
    State(likes): State<Arc<Likes>>,
    PathText(article): PathText,
    user: XUserId,
    key: IdempotencyKey,
    _: NoBody,
) -> Result<Json<MembershipResponse>, Problem> {
    let request = request(LikeAction::KeepLiked, &article, user, key)?;
    match likes.execute(&request).await? {
        LikeOutcome::Saga(id, Outcome::Done { results }) => {
            MembershipResponse::liked(&request, id, &results).map(Json)
        }
        LikeOutcome::NoOp(NoOp::Liked(record)) => {
            Ok(Json(MembershipResponse::liked_before(&request, record)))
        }
        LikeOutcome::NoOp(_) => Err(problems::article_not_found(request.article)),
        LikeOutcome::Saga(id, outcome) => match refusal(&outcome) {
            // Another coordinator was faster: the record is not in the outcome, so read it.
            Some(RefusalCode::AlreadyLiked) => existing(&likes, &request).await.map(Json),
            _ => Err(refused(&request, id, &outcome)),
        },
    }
}

async fn existing(likes: &Likes, request: &LikeRequest) -> Result<MembershipResponse, Problem> {
    let bound = like_record(likes.coordinator.config());
    let record = likes.lookups.like_record(request.user, request.article);
    match within(bound, record).await {
        Ok(Ok(Some(record))) => Ok(MembershipResponse::liked_before(request, record)),
        _ => Err(Problem::unavailable(
            "The like changed meanwhile; ask again.",
        )),
    }
}

/// Removes a like. Without a like there is nothing to do.
async fn unlike(
    State(likes): State<Arc<Likes>>,
    PathText(article): PathText,
    user: XUserId,
    key: IdempotencyKey,
    _: NoBody,
) -> Result<Json<MembershipResponse>, Problem> {
    let request = request(LikeAction::Unlike, &article, user, key)?;
    let outcome = likes.execute(&request).await?;
    MembershipResponse::unliked(&request, outcome).map(Json)
}

fn request(
    action: LikeAction,
    article: &str,
    XUserId(user): XUserId,
    IdempotencyKey(key): IdempotencyKey,
) -> Result<LikeRequest, Problem> {
    Ok(LikeRequest {
        action,
        user,
        article: ArticleId(positive("path", "article_id", article)?),
        key,
    })
}
