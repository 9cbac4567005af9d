//! What every service answers alike: unknown paths, unknown methods and `OPTIONS`, and bodies that are too large.

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::{Method, StatusCode, Uri},
    response::IntoResponse,
};

use super::{CLIENT_BODY_BYTES_MAX, Problem};

/// Adds what every service needs: a limit on bodies, and problem details for unknown paths and methods.
pub fn with_fallbacks(routes: Router) -> Router {
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
        .layer(DefaultBodyLimit::max(CLIENT_BODY_BYTES_MAX))
}
