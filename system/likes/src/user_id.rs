//! The header `X-User-ID`.

use axum::{extract::FromRequestParts, http::request::Parts};
use likewise_saga::http::{Problem, header, positive};

use crate::id::UserId;

/// The header `X-User-ID`.
pub(crate) struct XUserId(pub UserId);

impl<S: Send + Sync> FromRequestParts<S> for XUserId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let text = header(parts, "X-User-ID")?
            .ok_or_else(|| Problem::invalid("header", "X-User-ID", "is missing"))?;
        Ok(Self(UserId(positive("header", "X-User-ID", text.trim())?)))
    }
}
