//! An admin API of one saga, made by hand: the command line is tested against answers that a real coordinator rarely gives.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Json, Router,
    body::Body,
    extract::{Path, Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use likewise_saga::env::real;
use serde_json::{Value, json};
use tokio::task::JoinSet;

pub const SAGA: &str = "019ac0de-0000-7000-8000-000000000001";
pub const TOKEN: &str = "operate-9a1c44e07bd85f10";

/// What the API does with an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acts {
    /// It is done.
    Done,
    /// The saga changes after the dry run.
    ChangesBefore,
    /// The connection breaks.
    Breaks,
    /// It is not possible.
    Impossible,
}

/// The API on a free port.
pub struct Api {
    pub address: SocketAddr,
    state: Arc<Mutex<Inner>>,
    _serving: JoinSet<std::io::Result<()>>,
}

struct Inner {
    acts: Acts,
    leads: bool,
    status: &'static str,
    /// Method, path and query, body.
    requests: Vec<String>,
}

type Shared = Arc<Mutex<Inner>>;

impl Api {
    pub async fn leader(acts: Acts) -> Self {
        Self::start(acts, true).await
    }

    pub async fn standby() -> Self {
        Self::start(Acts::Done, false).await
    }

    async fn start(acts: Acts, leads: bool) -> Self {
        let state = Arc::new(Mutex::new(Inner {
            acts,
            leads,
            status: "running",
            requests: Vec::new(),
        }));
        let routes = Router::new()
            .route("/admin/v1/sagas", get(list))
            .route("/admin/v1/sagas/{saga}", get(show))
            .route("/admin/v1/sagas/{saga}/{action}", post(act))
            .route("/admin/v1/audit", get(audit))
            .route("/admin/v1/pauses", get(pauses).post(pause).delete(pause))
            .with_state(Arc::clone(&state))
            .layer(from_fn_with_state(Arc::clone(&state), check));
        let listener = real::listen(SocketAddr::from(([127, 0, 0, 1], 0))).await;
        let listener = listener.expect("a free port");
        let address = listener.local_addr().expect("its address");
        let mut serving = JoinSet::new();
        serving.spawn(async move { axum::serve(listener, routes).await });
        Self {
            address,
            state,
            _serving: serving,
        }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The requests so far, each with its body. Those that only look for the leader are left out.
    pub fn requests(&self) -> Vec<String> {
        let requests = lock(&self.state).requests.clone();
        let probe = "GET /admin/v1/pauses";
        requests.into_iter().filter(|it| it != probe).collect()
    }

    pub fn set_status(&self, status: &'static str) {
        lock(&self.state).status = status;
    }
}

fn lock(state: &Mutex<Inner>) -> MutexGuard<'_, Inner> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn problem(status: u16, kind: &str, detail: &str) -> Response {
    let body = json!({ "type": format!("/problems#{kind}"), "title": kind, "status": status, "detail": detail });
    let status = StatusCode::from_u16(status).expect("a status");
    let content = [(header::CONTENT_TYPE, "application/problem+json")];
    (status, content, body.to_string()).into_response()
}

/// Notes the request, and refuses a wrong token.
async fn check(State(state): State<Shared>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let bytes = axum::body::to_bytes(body, 10_000).await.expect("a body");
    let body = String::from_utf8_lossy(&bytes).into_owned();
    let line = format!("{} {} {body}", parts.method, parts.uri);
    let leads = {
        let mut inner = lock(&state);
        inner.requests.push(line.trim().to_owned());
        inner.leads
    };
    if parts
        .headers
        .get("authorization")
        .is_none_or(|it| it != &format!("Bearer {TOKEN}"))
    {
        return problem(
            401,
            "unauthorized",
            "`Authorization` is not `Bearer` with a token of this process.",
        );
    }
    // A standby shows what the log says, and takes no order.
    if !leads && (parts.method == Method::POST || parts.uri.path() == "/admin/v1/pauses") {
        return problem(
            503,
            "not-leader",
            "This coordinator stands by; http://one:8080 leads.",
        );
    }
    let is_broken = parts.method == Method::POST
        && !parts.uri.query().unwrap_or_default().contains("dry_run")
        && lock(&state).acts == Acts::Breaks;
    if is_broken {
        // Ends the task of the connection, without a message.
        std::panic::resume_unwind(Box::new(()));
    }
    next.run(Request::from_parts(parts, Body::from(bytes)))
        .await
}

fn summary(status: &str) -> Value {
    let text = "The user service has not answered step 1 (record, do) for 12 attempts: connection refused.";
    json!({
        "id": SAGA, "kind": "like", "subject": "7:1", "status": status, "parked": true, "paused": false, "directive": null,
        "created_at": "2026-11-30T20:00:00.000000Z", "updated_at": "2026-11-30T20:00:00.000000Z",
        "deadline_at": "2026-11-30T20:00:05.000000Z", "age_seconds": 754,
        "cause": { "kind": "no_reply", "text": text, "service": "user", "step": "record", "op": "do" },
        "attempts": 12, "last_error": "connection refused", "next_attempt_at": "2026-11-30T20:13:00.000000Z",
    })
}

fn detail(status: &str) -> Value {
    let row = json!({ "state": "done", "fingerprint": 7, "result": "{\"likes\":1}",
                      "created_at": "2026-11-30T20:00:00.100000Z", "below_watermark": false });
    let allowed = json!({ "allowed": true, "why": null });
    let mut detail = summary(status);
    let more = json!({
        "args": { "article_id": 1, "user_id": 7 }, "outcome": null, "epoch": 3, "verdict": "in_doubt",
        "steps": [
            { "step": 0, "name": "count", "service": "article", "believed": { "state": "done", "result": { "likes": 1 }, "attempts": 1, "undo_attempts": 0 },
              "barrier": row, "barrier_error": null, "verdict": "agree" },
            { "step": 1, "name": "record", "service": "user", "believed": { "state": "unknown", "attempts": 12, "undo_attempts": 0 },
              "barrier": null, "barrier_error": "the user service took longer than 2s", "verdict": "in_doubt" },
        ],
        "actions": { "retry": allowed, "abort": allowed, "force_complete": allowed, "pause": allowed,
                     "resume": { "allowed": false, "why": "it is not paused" } },
    });
    let object = detail.as_object_mut().expect("an object");
    object.extend(more.as_object().expect("an object").clone());
    detail
}

fn etag(status: &str) -> String {
    format!("\"{status}\"")
}

async fn list(State(state): State<Shared>) -> Json<Value> {
    let next = format!("/admin/v1/sagas?limit=1&after={SAGA}");
    Json(json!({ "sagas": [summary(lock(&state).status)], "next": next }))
}

async fn show(State(state): State<Shared>, Path(saga): Path<String>, request: Request) -> Response {
    if saga != SAGA {
        return problem(
            404,
            "transaction-not-found",
            "The saga log has no such transaction.",
        );
    }
    let status = lock(&state).status;
    // A saga that has ended is that of an older server, which does not know exports.
    if request.uri().query() == Some("export") && status != "completed" {
        return Json(json!({ "type": "incident", "version": 1, "saga": { "id": SAGA } }))
            .into_response();
    }
    ([(header::ETAG, etag(status))], Json(detail(status))).into_response()
}

async fn act(
    State(state): State<Shared>,
    Path((_, action)): Path<(String, String)>,
    headers: HeaderMap,
    request: Request,
) -> Response {
    let mut inner = lock(&state);
    let matches = headers
        .get(header::IF_MATCH)
        .map(|it| it.to_str().unwrap_or_default().to_owned());
    if matches != Some(etag(inner.status)) {
        let moved = json!({ "type": "/problems#saga-moved", "detail": "The saga has changed.", "saga": detail(inner.status) });
        return (StatusCode::PRECONDITION_FAILED, Json(moved)).into_response();
    }
    let is_dry = request.uri().query() == Some("dry_run=true");
    match (is_dry, inner.acts) {
        (true, Acts::Impossible) => {
            let why = "The saga is past its pivot.";
            Json(json!({ "action": action, "allowed": false, "why": why, "messages": [], "end": "unknown", "end_text": null }))
                .into_response()
        }
        (true, acts) => {
            if acts == Acts::ChangesBefore {
                inner.status = "compensating";
            }
            let messages = json!([{ "step": 1, "service": "user", "op": "seal" }, { "step": 0, "service": "article", "op": "undo" }]);
            let end_text = "no effect of the saga is left";
            Json(json!({ "action": action, "allowed": true, "why": null, "messages": messages, "end": "compensated", "end_text": end_text }))
                .into_response()
        }
        (false, _) => {
            inner.status = "compensating";
            (
                StatusCode::ACCEPTED,
                Json(json!({ "audit": 12, "saga": detail(inner.status) })),
            )
                .into_response()
        }
    }
}

async fn pauses() -> Json<Value> {
    Json(json!({ "pauses": [] }))
}

async fn pause() -> Response {
    (StatusCode::ACCEPTED, Json(json!({ "audit": 13 }))).into_response()
}

async fn audit() -> Json<Value> {
    Json(json!({
        "entries": [{ "number": 12, "at": "2026-11-30T20:13:00.000000Z", "epoch": 3, "actor": "ann", "action": "abort",
            "scope": "saga", "target": SAGA, "reason": "user service is gone", "batch": null, "truth": {},
            "before": { "status": "running", "directive": null }, "after": { "status": "running", "directive": "abort" } }],
        "next": null,
    }))
}
