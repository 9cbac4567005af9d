//! A process that is about to stop says so, so that nobody sends it new requests.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use axum::{
    Json,
    http::{Method, StatusCode},
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::READY_PATH;

/// Whether a process is about to stop. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Stopping(Arc<AtomicBool>);

impl Stopping {
    /// From now on the process is not ready.
    pub fn begin(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// The answer to this request if the process is about to stop and the request asks whether it is ready. `None`: the routes answer.
    pub(super) fn answer(&self, method: &Method, path: &str) -> Option<Response> {
        let asks = self.0.load(Ordering::Relaxed) && path == READY_PATH && method == Method::GET;
        asks.then(|| {
            let body = json!({ "status": "unavailable", "reason": "the process is stopping" });
            (StatusCode::SERVICE_UNAVAILABLE, Json(body)).into_response()
        })
    }
}
