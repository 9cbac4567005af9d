//! The user service over HTTP.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    routing::{get, put},
};
use futures::FutureExt;
use serde::Serialize;

use super::{Pair, UserLikeRecord, UserStore};
use crate::{
    id::{ArticleId, UserId},
    problems,
    user_id::XUserId,
};
use likewise_saga::{
    env::Env,
    http::{IdempotencyKey, NoBody, PageQuery, PathText, Problem, positive},
    participant::LookupHandler,
};

#[derive(Clone)]
struct Users {
    store: UserStore,
    env: Env,
}

/// Membership, a user's likes, and the blocking of users.
pub(crate) fn routes(store: UserStore, env: Env) -> Router {
    Router::new()
        .route("/v1/articles/{article_id}/likes/me", get(membership))
        .route("/v1/users/{user_id}/likes", get(list))
        .route("/v1/users/{user_id}/block", put(block).delete(unblock))
        .with_state(Users { store, env })
}

/// The records of pairs, for the coordinator.
pub(crate) fn lookups(store: UserStore) -> LookupHandler<Pair, Option<UserLikeRecord>> {
    Arc::new(move |pairs: Vec<Pair>| {
        let store = store.clone();
        async move {
            let records = store.find_all(&pairs).await?;
            let found: BTreeMap<Pair, UserLikeRecord> = records
                .into_iter()
                .map(|record| (record.pair(), record))
                .collect();
            Ok(pairs
                .iter()
                .map(|pair| found.get(pair).copied())
                .collect::<Vec<Option<UserLikeRecord>>>())
        }
        .boxed()
    })
}

async fn membership(
    State(users): State<Users>,
    PathText(article): PathText,
    XUserId(user): XUserId,
) -> Result<Json<UserLikeRecord>, Problem> {
    let article = ArticleId(positive("path", "article_id", &article)?);
    let record = users.store.find(user, article).await?;
    record
        .map(Json)
        .ok_or_else(|| problems::not_liked(user, article))
}

#[derive(Serialize)]
struct Likes {
    items: Vec<UserLikeRecord>,
    next: Option<String>,
}

async fn list(
    State(users): State<Users>,
    PathText(user): PathText,
    page: PageQuery,
) -> Result<Json<Likes>, Problem> {
    let user = UserId(positive("path", "user_id", &user)?);
    let page = page.page(|after| positive("query", "after", after).map(ArticleId))?;
    let items = users.store.list(user, page).await?;
    let full = items.len() == page.limit as usize;
    let next = items
        .last()
        .filter(|_| full)
        .map(|last| last.article_id.to_string());
    Ok(Json(Likes { items, next }))
}

// Repeated, both leave the same state: they need no memory of their keys.
async fn block(
    State(users): State<Users>,
    PathText(user): PathText,
    _: IdempotencyKey,
    _: NoBody,
) -> Result<StatusCode, Problem> {
    let user = UserId(positive("path", "user_id", &user)?);
    users.store.block(user, users.env.clock.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn unblock(
    State(users): State<Users>,
    PathText(user): PathText,
    _: IdempotencyKey,
    _: NoBody,
) -> Result<StatusCode, Problem> {
    let user = UserId(positive("path", "user_id", &user)?);
    users.store.unblock(user).await?;
    Ok(StatusCode::NO_CONTENT)
}
