//! The response to a request without an outcome: 202 if its saga runs, else a problem.

use axum::{
    Json,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

use super::outcome::RequestError;
use crate::{coordinator::instance::Coordinator, http::Problem, id::SagaId};

/// Why a request has no outcome to show.
#[derive(Debug)]
pub enum Unsettled {
    /// Its saga is durable and will be settled, but was not in time: 202 with the place of the transaction.
    Pending {
        /// The saga.
        saga: SagaId,
        /// Where to follow it.
        events: String,
    },
    /// A problem.
    Problem(Problem),
}

/// The body of a 202.
#[derive(Debug, Serialize)]
struct Accepted {
    transaction_id: SagaId,
    /// The status of the transaction: always `pending`.
    status: &'static str,
    /// Where to follow the transaction.
    events: String,
}

impl Coordinator {
    /// The response to a request of this user that has no outcome.
    #[must_use]
    pub fn unsettled(&self, error: RequestError, user: Option<&str>) -> Unsettled {
        match error {
            RequestError::Pending(saga) => Unsettled::Pending {
                saga,
                events: self.events_url(saga, user),
            },
            error => Unsettled::Problem(error.into()),
        }
    }
}

impl From<Problem> for Unsettled {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl IntoResponse for Unsettled {
    fn into_response(self) -> Response {
        match self {
            Self::Problem(problem) => problem.into_response(),
            Self::Pending { saga, events } => {
                let place = format!("/v1/transactions/{saga}");
                let body = Accepted {
                    transaction_id: saga,
                    status: "pending",
                    events,
                };
                (
                    StatusCode::ACCEPTED,
                    [(header::LOCATION, place)],
                    Json(body),
                )
                    .into_response()
            }
        }
    }
}
