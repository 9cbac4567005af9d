//! Planted bug: answers to reads are cached for two seconds, and nothing ends their time when a like is written.
//!
//! A like that was acknowledged is then missing from what its user reads next.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::Request,
    http::{HeaderValue, Method, StatusCode},
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
};
use likewise_saga::service::Service;
use likewise_world::{
    plan::{Name, Plan},
    planted::{Change, PlantedBug},
};
use tokio::time::Instant;

use super::layered::Layered;
use crate::{
    Action, operation,
    parts::{LikeParts, product},
};

pub(super) const PLANTED_BUG: PlantedBug = PlantedBug {
    name: "reads-from-cache",
    about: "answers to reads are cached for two seconds: what a user reads lacks the like just made",
    caught_by: &["reads-are-true"],
    change: Change::Own {
        parts: || {
            Box::new(Layered {
                parts: LikeParts::boxed(product()),
                layer: with_cache,
            })
        },
        changes_schema: false,
    },
    plan,
};

/// A user likes an article while the reader asks for it.
fn plan() -> Plan {
    Plan::new("")
        .with_operation(operation(1, Action::Like, 1, 1_000))
        .with_operation(operation(1, Action::Unlike, 1, 2_500))
        .with_operation(operation(1, Action::Like, 1, 4_000))
        .with_reader()
}

/// How long an answer is kept.
const KEPT: Duration = Duration::from_secs(2);
/// The largest body that is kept.
const BODY_MAX: usize = 1 << 20;

/// The time of an answer, its status and its body, by who asked for what.
type Kept = BTreeMap<(String, Option<HeaderValue>), (Instant, StatusCode, Bytes)>;

/// A cache before the routes of each service.
fn with_cache(_: Name, mut service: Service) -> Service {
    let kept: Arc<Mutex<Kept>> = Arc::default();
    let cached = move |request: Request, next: Next| cached(Arc::clone(&kept), request, next);
    service.public = service.public.layer(from_fn(cached));
    service
}

/// Answers a read from the cache if it can, and keeps the answer otherwise.
async fn cached(kept: Arc<Mutex<Kept>>, request: Request, next: Next) -> Response {
    let is_read = request.method() == Method::GET && request.uri().path().starts_with("/v1/");
    if !is_read {
        return next.run(request).await;
    }
    let key = (
        request.uri().to_string(),
        request.headers().get("X-User-ID").cloned(),
    );
    let lock = || kept.lock().unwrap_or_else(PoisonError::into_inner);
    let found = lock()
        .get(&key)
        .filter(|(at, ..)| at.elapsed() < KEPT)
        .cloned();
    if let Some((_, status, body)) = found {
        return (status, body).into_response();
    }
    let (parts, body) = next.run(request).await.into_parts();
    let body = to_bytes(body, BODY_MAX).await.unwrap_or_default();
    lock().insert(key, (Instant::now(), parts.status, body.clone()));
    Response::from_parts(parts, Body::from(body))
}
