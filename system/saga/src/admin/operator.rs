//! Who asks at the admin listener: a name from the token file, and what it may do.

use std::{fmt, sync::Arc};

use axum::{extract::FromRequestParts, http::request::Parts};

use super::routes::missing;
use crate::http::Problem;

/// What a token allows. A role allows all that the roles before it allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// To look.
    Read,
    /// To act on sagas.
    Operate,
}

impl Role {
    /// The role with this name in the token file.
    pub(super) fn of_name(name: &str) -> Option<Self> {
        [Self::Read, Self::Operate]
            .into_iter()
            .find(|role| role.name() == name)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Operate => "operate",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Who asks. As an extractor, it is available to every handler behind [`AdminRoutes`](super::AdminRoutes).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operator {
    /// The name in the token file.
    pub name: Arc<str>,
    /// What the token allows.
    pub role: Role,
}

impl<S: Send + Sync> FromRequestParts<S> for Operator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        // Without the checks in front of the routes there is nobody.
        parts.extensions.get().cloned().ok_or_else(missing)
    }
}
