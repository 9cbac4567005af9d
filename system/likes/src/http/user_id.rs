//! The header `X-User-ID`, which names the user of a request.
//!
//! The routes believe it. Whether a request may have it is checked before them, by `likewise_saga::security::identity`.

use axum::{
    extract::FromRequestParts,
    http::{HeaderName, request::Parts},
};
use likewise_saga::{
    http::{Problem, header, positive},
    security::identity::missing_user,
};

use crate::id::UserId;

/// The header that names the user.
pub const X_USER_ID: HeaderName = HeaderName::from_static("x-user-id");

/// Whether a text is the id of a user, as it is written in an answer.
#[must_use]
pub fn is_user_id(text: &str) -> bool {
    let id = positive("header", "X-User-ID", text);
    id.is_ok_and(|id| id.to_string() == text)
}

/// The user named by the header `X-User-ID`, from 1 to 2⁶³−1. Anything else is 422.
pub(crate) struct XUserId(pub UserId);

impl<S: Send + Sync> FromRequestParts<S> for XUserId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Caller(user) = Caller::of(parts)?;
        let missing = || Problem::invalid("header", "X-User-ID", "is missing");
        user.map(Self)
            .ok_or_else(|| missing_user(parts).unwrap_or_else(missing))
    }
}

/// The user named by the header `X-User-ID`; `None` if there is no such header.
pub(crate) struct Caller(pub Option<UserId>);

impl Caller {
    pub(crate) fn of(parts: &Parts) -> Result<Self, Problem> {
        let text = header(parts, "X-User-ID")?;
        let user = text.map(|text| positive("header", "X-User-ID", text.trim()).map(UserId));
        user.transpose().map(Self)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Self::of(parts)
    }
}
