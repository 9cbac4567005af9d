//! Planted bug: nothing checks that an article exists.
//!
//! Two parts of the product do: the lookup before a saga, and its step at the article service. Each hides the absence of the
//! other, so this bug removes both.

use std::sync::Arc;

use async_trait::async_trait;
use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::header::CONTENT_LENGTH,
    middleware::{Next, from_fn},
    response::Response,
};
use likewise::{article::ArticleEffect, service::Parts};
use likewise_saga::{
    participant::{Effect, Verdict},
    protocol::{Document, StepRequest},
    service::Service,
    store::{StoreError, Tx},
};
use likewise_world::{
    SystemParts,
    plan::{Name, Plan},
    planted::{Change, PlantedBug},
};
use serde_json::json;

use super::layered::Layered;
use crate::{
    Action, MISSING_ARTICLE,
    names::ARTICLE_SERVICE,
    operation,
    parts::{LikeParts, product},
};

pub(super) const PLANTED_BUG: PlantedBug = PlantedBug {
    name: "missing-article-is-liked",
    about: "nothing checks that an article exists: a like of one that was never made succeeds",
    caught_by: &["missing-is-refused", "divergence-is-bounded"],
    change: Change::own(parts),
    plan,
};

fn plan() -> Plan {
    Plan::new("").with_operation(operation(1, Action::Like, MISSING_ARTICLE, 0))
}

fn parts() -> Box<dyn SystemParts> {
    let parts = Parts {
        article: Arc::new(CountsAnything),
        ..product()
    };
    Box::new(Layered {
        parts: LikeParts::boxed(parts),
        layer: every_lookup_finds,
    })
}

/// The largest answer of a lookup.
const BODY_MAX: usize = 1 << 20;

/// At the article service, lookups say of every article that it exists.
fn every_lookup_finds(name: Name, mut service: Service) -> Service {
    if name == ARTICLE_SERVICE {
        service.internal = service.internal.layer(from_fn(every_article_exists));
    }
    service
}

async fn every_article_exists(request: Request, next: Next) -> Response {
    let is_lookup = request.uri().path() == "/v1/lookups";
    let response = next.run(request).await;
    if !is_lookup {
        return response;
    }
    let (mut head, body) = response.into_parts();
    let body = to_bytes(body, BODY_MAX).await.unwrap_or_default();
    let exist = String::from_utf8_lossy(&body).replace("false", "true");
    head.headers.remove(CONTENT_LENGTH);
    Response::from_parts(head, Body::from(exist))
}

/// The product's effect, but a count that does not exist is changed all the same.
struct CountsAnything;

#[async_trait]
impl Effect for CountsAnything {
    async fn act(
        &self,
        tx: &mut Tx<'_>,
        actions: &[&StepRequest],
    ) -> Result<Vec<Verdict>, StoreError> {
        let verdicts = ArticleEffect.act(tx, actions).await?.into_iter();
        let done = |(verdict, action): (Verdict, &&StepRequest)| match verdict {
            Verdict::Refused { .. } => Verdict::Done {
                result: Document::from(json!({ "likes": 1 })),
                undo_data: action.args.clone(),
            },
            done => done,
        };
        Ok(verdicts.zip(actions).map(done).collect())
    }

    async fn compensate(&self, tx: &mut Tx<'_>, undo_data: &[Document]) -> Result<(), StoreError> {
        ArticleEffect.compensate(tx, undo_data).await
    }
}
