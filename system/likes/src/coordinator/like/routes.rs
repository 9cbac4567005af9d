//! The routes of likes and unlikes.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::{post, put},
};
use likewise_saga::{
    bound::within,
    http::{IdempotencyKey, NoBody, PathText, PreferWait, Problem, mark_replayed, positive},
    protocol::Outcome,
};
use serde::Serialize;

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

/// Likes and unlikes an article. `POST` has two paths, the one that clients had before there were versions and one with a
/// version; they are the same route, also to an `Idempotency-Key`.
pub(crate) fn routes(likes: Arc<Likes>) -> Router {
    Router::new()
        .route("/articles/{article_id}/like", post(like))
        .route("/v1/articles/{article_id}/like", post(like))
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
    wait: PreferWait,
    _: NoBody,
) -> Result<Response, Problem> {
    let request = request(LikeAction::Like, &article, user, key)?;
    let answered = likes.answered(&request, wait, async |outcome| {
        LikeResponse::of(&request, outcome).map(Json)
    });
    Ok(answered.await)
}

/// Likes an article. A repeated like returns the record that exists.
async fn set_liked(
    State(likes): State<Arc<Likes>>,
    PathText(article): PathText,
    user: XUserId,
    key: IdempotencyKey,
    wait: PreferWait,
    _: NoBody,
) -> Result<Response, Problem> {
    let request = request(LikeAction::KeepLiked, &article, user, key)?;
    let answered = likes.answered(&request, wait, async |outcome| {
        kept(&likes, &request, outcome).await.map(Json)
    });
    Ok(answered.await)
}

async fn kept(
    likes: &Likes,
    request: &LikeRequest,
    outcome: LikeOutcome,
) -> Result<MembershipResponse, Problem> {
    match outcome {
        LikeOutcome::Saga(id, Outcome::Done { results }) => {
            MembershipResponse::liked(request, id, &results)
        }
        LikeOutcome::NoOp(NoOp::Liked(record)) => {
            Ok(MembershipResponse::liked_before(request, record))
        }
        LikeOutcome::NoOp(_) => Err(problems::article_not_found(request.article)),
        LikeOutcome::Saga(id, outcome) => match refusal(&outcome) {
            // Another coordinator was faster: the record is not in the outcome, so read it.
            Some(RefusalCode::AlreadyLiked) => existing(likes, request).await,
            _ => Err(refused(request, id, &outcome)),
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
    wait: PreferWait,
    _: NoBody,
) -> Result<Response, Problem> {
    let request = request(LikeAction::Unlike, &article, user, key)?;
    let answered = likes.answered(&request, wait, async |outcome| {
        MembershipResponse::unliked(&request, outcome).map(Json)
    });
    Ok(answered.await)
}

impl Likes {
    /// Executes a request and shows its outcome: as the body or as the problem that `show` makes of it. Without an outcome in
    /// time it is 202.
    async fn answered<T: Serialize>(
        &self,
        request: &LikeRequest,
        wait: PreferWait,
        show: impl AsyncFnOnce(LikeOutcome) -> Result<Json<T>, Problem>,
    ) -> Response {
        let longest = self.coordinator.config().answer_timeout;
        let response = match self.execute(request, wait.at_most(longest)).await {
            Ok((outcome, is_replay)) => {
                mark_replayed(show(outcome).await.into_response(), is_replay)
            }
            Err(error) => {
                let user = request.user.to_string();
                let unsettled = self.coordinator.unsettled(error, Some(&user));
                unsettled.into_response()
            }
        };
        wait.applied(longest, response)
    }
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
