//! Why an order was not carried out.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

use super::{detail::Detail, routes::with_tag};
use crate::http::{Problem, problem_type};

/// Why an order was not carried out. Nothing was changed, except after a problem that says that its effect is unknown.
pub(super) enum Refusal {
    /// A problem without more.
    Problem(Problem),
    /// The saga has moved since it was looked at.
    Moved(Box<Detail>),
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

/// A problem with the saga as it is now.
#[derive(Serialize)]
struct Moved {
    #[serde(flatten)]
    problem: Problem,
    saga: Box<Detail>,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let saga = match self {
            Self::Problem(problem) => return problem.into_response(),
            Self::Moved(saga) => saga,
        };
        let detail = "The saga has changed since it was looked at. Nothing was done; `saga` has it as it is now.";
        let problem = Problem::of(&problem_type::SAGA_MOVED, detail);
        let tag = saga.tag.clone();
        let body = Json(Moved { problem, saga });
        let mut response = (StatusCode::PRECONDITION_FAILED, body).into_response();
        let json = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
        with_tag(response, tag.as_deref())
    }
}
