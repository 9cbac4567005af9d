//! The routes of the user service.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, put},
};
use futures::FutureExt;
use likewise_saga::{
    env::Env,
    http::{IdempotencyKey, NoBody, PageQuery, PathText, Problem, mark_replayed, positive},
    participant::LookupHandler,
};

use super::{BlockError, Pair, UserLikeRecord, UserStore};
use crate::{
    http::{ListPage, XUserId, problems},
    id::{ArticleId, UserId},
};

#[derive(Clone)]
struct UserRoutes {
    store: UserStore,
    env: Env,
}

/// Reads a like, and the likes of a user or of an article.
pub(crate) fn routes(store: UserStore, env: Env) -> Router {
    Router::new()
        .route("/v1/articles/{article_id}/likes/me", get(membership))
        .route("/v1/articles/{article_id}/likes", get(list_of_article))
        .route("/v1/users/{user_id}/likes", get(list))
        .with_state(UserRoutes { store, env })
}

/// Blocks and unblocks users: for operators.
pub(crate) fn operations(store: UserStore, env: Env) -> Router {
    Router::new()
        .route("/v1/users/{user_id}/block", put(block).delete(unblock))
        .with_state(UserRoutes { store, env })
}

/// The coordinator's lookups: the records of users and articles, in the order of the requests.
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
    State(service): State<UserRoutes>,
    PathText(article): PathText,
    XUserId(user): XUserId,
) -> Result<Json<UserLikeRecord>, Problem> {
    let article = ArticleId(positive("path", "article_id", &article)?);
    let record = service.store.find(user, article).await?;
    record
        .map(Json)
        .ok_or_else(|| problems::not_liked(user, article))
}

async fn list(
    State(service): State<UserRoutes>,
    PathText(user): PathText,
    page: PageQuery,
) -> Result<Json<ListPage<UserLikeRecord>>, Problem> {
    let user = UserId(positive("path", "user_id", &user)?);
    let page = page.page(|after| positive("query", "after", after).map(ArticleId))?;
    let items = service.store.list(user, page).await?;
    let key = |like: &UserLikeRecord| like.article_id.to_string();
    Ok(Json(ListPage::of(items, page, key)))
}

/// The likes of an article. The user service does not know the articles, so one that does not exist has an empty list.
async fn list_of_article(
    State(service): State<UserRoutes>,
    PathText(article): PathText,
    page: PageQuery,
) -> Result<Json<ListPage<UserLikeRecord>>, Problem> {
    let article = ArticleId(positive("path", "article_id", &article)?);
    let page = page.page(|after| positive("query", "after", after).map(UserId))?;
    let items = service.store.list_of_article(article, page).await?;
    let key = |like: &UserLikeRecord| like.user_id.to_string();
    Ok(Json(ListPage::of(items, page, key)))
}

async fn block(
    State(service): State<UserRoutes>,
    PathText(user): PathText,
    IdempotencyKey(key): IdempotencyKey,
    _: NoBody,
) -> Result<Response, Problem> {
    let user = UserId(positive("path", "user_id", &user)?);
    let now = service.env.clock.now();
    let is_replay = service.store.block(user, key, now).await?;
    Ok(mark_replayed(
        StatusCode::NO_CONTENT.into_response(),
        is_replay,
    ))
}

async fn unblock(
    State(service): State<UserRoutes>,
    PathText(user): PathText,
    IdempotencyKey(key): IdempotencyKey,
    _: NoBody,
) -> Result<Response, Problem> {
    let user = UserId(positive("path", "user_id", &user)?);
    let is_replay = service.store.unblock(user, key).await?;
    Ok(mark_replayed(
        StatusCode::NO_CONTENT.into_response(),
        is_replay,
    ))
}

impl From<BlockError> for Problem {
    fn from(error: BlockError) -> Self {
        match error {
            BlockError::KeyReused => Self::key_reused(),
            BlockError::Store(error) => error.into(),
        }
    }
}
