//! The header `X-User-ID`, which names the user of a request.
//!
//! The service trusts it: authentication is the task of whatever stands in front of Likewise.

use axum::{extract::FromRequestParts, http::request::Parts};
use likewise_saga::http::{Problem, header, positive};

use crate::id::UserId;

/// The user named by the header `X-User-ID`, from 1 to 2⁶³−1. Anything else is 422.
pub(crate) struct XUserId(pub UserId);

impl<S: Send + Sync> FromRequestParts<S> for XUserId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Caller(user) = Caller::of(parts)?;
        user.map(Self)
            .ok_or_else(|| Problem::invalid("header", "X-User-ID", "is missing"))
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
