//! `/livez` and `/readyz`.
//!
//! A live process answers HTTP. A ready one can do its work: its database answers, and a coordinator has
//! recovered or knows the leader. `/readyz?verbose` runs every check and shows what each found.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{FromRequestParts, Query},
    http::{StatusCode, request::Parts},
    routing::get,
};
use futures::future::BoxFuture;
use serde_json::{Value, json};

use super::check_run::{CheckHistory, CheckRun};
use crate::http::{LIVE_PATH, Problem, READY_PATH};

/// Checks whether a service can do its work, and notes each of its checks in the run. Returns further fields for the body of
/// `/readyz`, or the reason why the service is not ready.
pub type ReadinessCheck =
    Arc<dyn Fn(CheckRun) -> BoxFuture<'static, Result<Fields, String>> + Send + Sync>;

/// The fields of a JSON object.
pub type Fields = serde_json::Map<String, Value>;

/// The health routes of one listener. It is ready if all checks succeed.
pub(super) fn health(checks: Vec<ReadinessCheck>) -> Router {
    let history = CheckHistory::default();
    let ready = move |Verbose(is_verbose): Verbose| {
        let (checks, history) = (checks.clone(), history.clone());
        async move {
            let run = CheckRun::noted(&history, is_verbose);
            let (status, mut body) = match run_all(&checks, &run).await {
                Ok(mut body) => {
                    body.insert("status".to_owned(), json!("ready"));
                    (StatusCode::OK, body)
                }
                Err(reason) => {
                    let mut body = Fields::new();
                    body.insert("status".to_owned(), json!("unavailable"));
                    body.insert("reason".to_owned(), json!(reason));
                    (StatusCode::SERVICE_UNAVAILABLE, body)
                }
            };
            if is_verbose {
                body.insert("checks".to_owned(), history.to_json());
            }
            (status, Json(Value::Object(body)))
        }
    };
    let alive = || async { Json(json!({ "status": "alive" })) };
    Router::new()
        .route(LIVE_PATH, get(alive))
        .route(READY_PATH, get(ready))
}

/// Runs the checks in order. Returns the fields of all of them, or the first reason.
async fn run_all(checks: &[ReadinessCheck], run: &CheckRun) -> Result<Fields, String> {
    let mut fields = Fields::new();
    for check in checks {
        fields.extend(check(run.clone()).await?);
    }
    match run.first_failure() {
        Some(reason) => Err(reason),
        None => Ok(fields),
    }
}

/// The query of `/readyz`: nothing, `verbose`, or `verbose` with `true` or `false`.
struct Verbose(bool);

impl<S: Send + Sync> FromRequestParts<S> for Verbose {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Query(pairs) = Query::<Vec<(String, String)>>::from_request_parts(parts, state)
            .await
            .map_err(|rejection| Problem::invalid("query", "string", rejection.body_text()))?;
        let invalid = |name: &str, reason| Err(Problem::invalid("query", name, reason));
        match pairs.as_slice() {
            [] => Ok(Self(false)),
            [(name, value)] if name == "verbose" => match value.as_str() {
                "" | "true" => Ok(Self(true)),
                "false" => Ok(Self(false)),
                _ => invalid(name, "must be empty, true or false"),
            },
            [(name, _)] if name != "verbose" => invalid(name, "is not known"),
            [(name, _), ..] => match pairs.iter().find(|(other, _)| other != "verbose") {
                Some((other, _)) => invalid(other, "is not known"),
                None => invalid(name, "is given more than once"),
            },
        }
    }
}
