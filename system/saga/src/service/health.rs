//! `/livez` and `/readyz`.
//!
//! A live process answers HTTP. A ready one can do its work: its database answers, and a coordinator has
//! recovered or knows the leader.

use std::sync::Arc;

use axum::{Json, Router, http::StatusCode, routing::get};
use futures::future::BoxFuture;
use serde_json::{Value, json};

use crate::http::{LIVE_PATH, READY_PATH};

/// Checks whether a service can do its work. Returns further fields for the body of `/readyz`, or the reason
/// why the service is not ready.
pub type ReadinessCheck = Arc<dyn Fn() -> BoxFuture<'static, Result<Fields, String>> + Send + Sync>;

/// The fields of a JSON object.
pub type Fields = serde_json::Map<String, Value>;

/// The health routes of one listener. It is ready if all checks succeed.
pub(super) fn health(checks: Vec<ReadinessCheck>) -> Router {
    let ready = move || {
        let checks = checks.clone();
        async move {
            match run_all(&checks).await {
                Ok(mut body) => {
                    body.insert("status".to_owned(), json!("ready"));
                    (StatusCode::OK, Json(Value::Object(body)))
                }
                Err(reason) => {
                    let body = json!({ "status": "unavailable", "reason": reason });
                    (StatusCode::SERVICE_UNAVAILABLE, Json(body))
                }
            }
        }
    };
    let alive = || async { Json(json!({ "status": "alive" })) };
    Router::new()
        .route(LIVE_PATH, get(alive))
        .route(READY_PATH, get(ready))
}

/// Runs the checks in order. Returns the fields of all of them, or the first reason.
async fn run_all(checks: &[ReadinessCheck]) -> Result<Fields, String> {
    let mut fields = Fields::new();
    for check in checks {
        fields.extend(check().await?);
    }
    Ok(fields)
}
