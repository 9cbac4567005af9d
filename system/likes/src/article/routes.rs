//! The routes of the article service.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use futures::FutureExt;
use likewise_saga::{
    env::Env,
    http::{
        Body, IdempotencyKey, IfNoneMatch, Object, PageQuery, PathText, Problem, mark_replayed,
        positive,
    },
    participant::LookupHandler,
};
use serde::Deserialize;

use super::{Article, ArticleStore, CreateError, RequestKey, TITLE_CHARS_MAX};
use crate::{
    http::{Caller, ListPage, problems},
    id::ArticleId,
};

#[derive(Clone)]
struct ArticleRoutes {
    store: ArticleStore,
    env: Env,
}

/// Creates articles, and reads one or a page of them.
pub(crate) fn routes(store: ArticleStore, env: Env) -> Router {
    Router::new()
        .route("/v1/articles", get(list).post(create))
        .route("/v1/articles/{article_id}", get(find))
        .with_state(ArticleRoutes { store, env })
}

/// The coordinator's lookups: whether articles exist, in the order of the requests.
pub(crate) fn lookups(store: ArticleStore) -> LookupHandler<ArticleId, bool> {
    Arc::new(move |ids: Vec<ArticleId>| {
        let store = store.clone();
        async move {
            let existing = store.find_existing(&ids).await?;
            Ok(ids
                .iter()
                .map(|id| existing.contains(id))
                .collect::<Vec<bool>>())
        }
        .boxed()
    })
}

/// The body of `POST /v1/articles`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewArticle {
    title: String,
}

async fn create(
    State(service): State<ArticleRoutes>,
    Caller(caller): Caller,
    IdempotencyKey(key): IdempotencyKey,
    Body(Object(new)): Body<Object<NewArticle>>,
) -> Result<Response, Problem> {
    check_title(&new.title)?;
    let key = key.map(|key| RequestKey { caller, key });
    let now = service.env.clock.now();
    let created = service.store.create(new.title, key, now).await?;
    let place = format!("/v1/articles/{}", created.article.id);
    let response = (
        StatusCode::CREATED,
        [(header::LOCATION, place)],
        Json(created.article),
    );
    Ok(mark_replayed(response.into_response(), created.is_replay))
}

/// One page of the articles, in the order of their ids.
async fn list(
    State(service): State<ArticleRoutes>,
    query: PageQuery,
) -> Result<Json<ListPage<Article>>, Problem> {
    let page = query.page(|after| positive("query", "after", after).map(ArticleId))?;
    let items = service.store.list(page).await?;
    let key = |article: &Article| article.id.to_string();
    Ok(Json(ListPage::of(items, page, key)))
}

fn check_title(title: &str) -> Result<(), Problem> {
    let chars = title.chars().count();
    if chars == 0 || chars > TITLE_CHARS_MAX {
        let reason = format!("must have 1 to {TITLE_CHARS_MAX} characters, has {chars}");
        return Err(Problem::invalid("body", "title", reason));
    }
    if title.contains('\0') {
        // PostgreSQL cannot store this character, so SQLite must not store it either.
        return Err(Problem::invalid(
            "body",
            "title",
            "must not contain the character U+0000",
        ));
    }
    Ok(())
}

async fn find(
    State(service): State<ArticleRoutes>,
    PathText(id): PathText,
    known: IfNoneMatch,
) -> Result<Response, Problem> {
    let id = ArticleId(positive("path", "article_id", &id)?);
    let article = service.store.find(id).await?;
    let article = article.ok_or_else(|| problems::article_not_found(id))?;
    Ok(known.answer(&article))
}

impl From<CreateError> for Problem {
    fn from(error: CreateError) -> Self {
        match error {
            CreateError::KeyReused => Self::key_reused(),
            CreateError::Store(error) => error.into(),
        }
    }
}
