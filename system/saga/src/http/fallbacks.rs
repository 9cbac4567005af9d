//! What every service answers alike: unknown paths and methods, and bodies that are too large.

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::{Method, StatusCode, Uri},
};

use super::{CLIENT_BODY_BYTES_MAX, Problem};

/// Adds what every service needs: a limit on bodies, and problem details for unknown paths and methods.
pub fn with_fallbacks(routes: Router) -> Router {
    routes
        .fallback(|method: Method, uri: Uri| async move {
            Problem::status(
                StatusCode::NOT_FOUND,
                format!("There is nothing at {method} {}.", uri.path()),
            )
        })
        .method_not_allowed_fallback(|method: Method, uri: Uri| async move {
            Problem::status(
                StatusCode::METHOD_NOT_ALLOWED,
                format!("{method} is not possible at {}.", uri.path()),
            )
        })
        .layer(DefaultBodyLimit::max(CLIENT_BODY_BYTES_MAX))
}
