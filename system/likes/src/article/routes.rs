//! The article service over HTTP.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use futures::FutureExt;
use serde::Deserialize;
use serde_json::json;

use super::{Article, ArticleStore, CreateError, RequestKey, TITLE_CHARS_MAX};
use crate::id::ArticleId;
use crate::problems;
use likewise_saga::{
    env::Env,
    http::{Body, IdempotencyKey, PathText, Problem, positive},
    participant::LookupHandler,
    protocol::Document,
};

#[derive(Clone)]
struct Articles {
    store: ArticleStore,
    env: Env,
}

/// `POST /v1/articles` and `GET /v1/articles/{article_id}`.
pub(crate) fn routes(store: ArticleStore, env: Env) -> Router {
    Router::new()
        .route("/v1/articles", post(create))
        .route("/v1/articles/{article_id}", get(find))
        .with_state(Articles { store, env })
}

/// Whether articles exist, for the coordinator.
pub(crate) fn lookups(store: ArticleStore) -> LookupHandler<ArticleId, bool> {
    Arc::new(move |ids: Vec<ArticleId>| {
        let store = store.clone();
        async move {
            let there = store.exist(&ids).await?;
            Ok(ids
                .iter()
                .map(|id| there.contains(id))
                .collect::<Vec<bool>>())
        }
        .boxed()
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewArticle {
    title: String,
}

async fn create(
    State(articles): State<Articles>,
    IdempotencyKey(key): IdempotencyKey,
    Body(new): Body<NewArticle>,
) -> Result<Response, Problem> {
    let chars = new.title.chars().count();
    if chars == 0 || chars > TITLE_CHARS_MAX {
        let reason = format!("must have 1 to {TITLE_CHARS_MAX} characters, has {chars}");
        return Err(Problem::invalid("body", "title", reason));
    }
    if new.title.contains('\0') {
        // PostgreSQL cannot store it, so SQLite must not either.
        return Err(Problem::invalid(
            "body",
            "title",
            "must not contain the character U+0000",
        ));
    }
    let key = key.map(|key| RequestKey {
        key,
        fingerprint: Document::from(json!({ "title": new.title })).fingerprint(),
    });
    let now = articles.env.clock.now();
    let article = articles.store.create(new.title, key, now).await?;
    Ok((StatusCode::CREATED, Json(article)).into_response())
}

async fn find(
    State(articles): State<Articles>,
    PathText(id): PathText,
) -> Result<Json<Article>, Problem> {
    let id = ArticleId(positive("path", "article_id", &id)?);
    let article = articles.store.find(id).await?;
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
