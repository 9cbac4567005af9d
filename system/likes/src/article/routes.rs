//! The routes of the article service.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use futures::FutureExt;
use likewise_saga::{
    env::Env,
    http::{Body, IdempotencyKey, Object, PathText, Problem, positive},
    participant::LookupHandler,
};
use serde::Deserialize;

use super::{Article, ArticleStore, CreateError, RequestKey, TITLE_CHARS_MAX};
use crate::{
    http::{Caller, problems},
    id::ArticleId,
};

#[derive(Clone)]
struct ArticleRoutes {
    store: ArticleStore,
    env: Env,
}

/// `POST /v1/articles` and `GET /v1/articles/{article_id}`.
pub(crate) fn routes(store: ArticleStore, env: Env) -> Router {
    Router::new()
        .route("/v1/articles", post(create))
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
    let article = service.store.create(new.title, key, now).await?;
    Ok((StatusCode::CREATED, Json(article)).into_response())
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
) -> Result<Json<Article>, Problem> {
    let id = ArticleId(positive("path", "article_id", &id)?);
    let article = service.store.find(id).await?;
    article
        .map(Json)
        .ok_or_else(|| problems::article_not_found(id))
}

impl From<CreateError> for Problem {
    fn from(error: CreateError) -> Self {
        match error {
            CreateError::KeyReused => Self::key_reused(),
            CreateError::Store(error) => error.into(),
        }
    }
}
