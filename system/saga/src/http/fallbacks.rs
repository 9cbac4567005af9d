//! What every service answers alike: unknown paths, unknown methods and `OPTIONS`, and bodies that are too large.

use std::sync::Arc;

use axum::{
    Router,
    http::{Method, StatusCode, Uri},
    response::IntoResponse,
};

use super::{
    CLIENT_BODY_BYTES_MAX, Problem,
    metrics::{HttpMetrics, MeasureLayer},
};

/// Adds what every service needs: a limit on bodies, and problem details for unknown paths and methods.
pub fn with_fallbacks(routes: Router) -> Router {
    with_fallbacks_measured(routes, &HttpMetrics::new("none"))
}

/// Like [`with_fallbacks`], and counts the requests of each route.
pub fn with_fallbacks_measured(routes: Router, metrics: &Arc<HttpMetrics>) -> Router {
    measured(fallbacks(routes), metrics)
}

/// Counts the requests of each route, and limits their bodies.
pub(crate) fn measured(routes: Router, metrics: &Arc<HttpMetrics>) -> Router {
    let layer = MeasureLayer {
        metrics: Arc::clone(metrics),
        body_bytes_max: CLIENT_BODY_BYTES_MAX,
    };
    // Handlers without a state become services here. Otherwise the layer would make a new one for each request.
    routes.with_state(()).layer(layer)
}

/// Answers unknown paths and methods.
pub(crate) fn fallbacks(routes: Router) -> Router {
    routes
        .fallback(|method: Method, uri: Uri| async move {
            Problem::not_found(format!("There is nothing at {method} {}.", uri.path()))
        })
        .method_not_allowed_fallback(|method: Method, uri: Uri| async move {
            if method == Method::OPTIONS {
                // The router adds `Allow`.
                return StatusCode::NO_CONTENT.into_response();
            }
            let detail = format!("{method} is not possible at {}.", uri.path());
            Problem::method_not_allowed(detail).into_response()
        })
}
