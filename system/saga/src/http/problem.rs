//! What a client is told when something is wrong: problem details (RFC 9457).
//!
//! The one place that maps errors to HTTP: the public code and detail go out, the cause to the log.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

use crate::{id::SagaId, store::StoreError};

/// How long a client should wait before it tries again, in seconds.
const RETRY_AFTER_SECONDS: u32 = 1;

/// A problem, as it goes out.
#[derive(Debug, Clone, Serialize)]
pub struct Problem {
    #[serde(rename = "type")]
    kind: String,
    title: &'static str,
    status: u16,
    /// What is wrong, and which field it is about.
    detail: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
    #[serde(skip_serializing_if = "Option::is_none")]
    transaction_id: Option<SagaId>,
    #[serde(skip)]
    retry: bool,
}

#[derive(Debug, Clone, Serialize)]
struct FieldError {
    r#in: &'static str,
    name: String,
    reason: String,
}

impl Problem {
    /// A problem of this kind: `urn:likewise:KIND`.
    pub fn new(
        status: StatusCode,
        kind: &str,
        title: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            kind: format!("urn:likewise:{kind}"),
            title,
            status: status.as_u16(),
            detail: detail.into(),
            errors: Vec::new(),
            transaction_id: None,
            retry: false,
        }
    }

    /// 422: one field of the request is missing or wrong.
    pub fn invalid(place: &'static str, name: &str, reason: impl Into<String>) -> Self {
        let reason = reason.into();
        let mut problem = Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid-request",
            "The request is not valid",
            format!("{place} {name}: {reason}"),
        );
        problem.errors.push(FieldError {
            r#in: place,
            name: name.to_owned(),
            reason,
        });
        problem
    }

    /// 404: there is no such transaction.
    pub fn transaction_not_found(saga: SagaId) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "transaction-not-found",
            "Transaction not found",
            format!("There is no transaction {saga}."),
        )
    }

    /// 409: another change of the same like is under way.
    pub fn in_progress(saga: SagaId) -> Self {
        Self::new(
            StatusCode::CONFLICT,
            "in-progress",
            "In progress",
            "Another change of this like is in progress; try again when it has ended.",
        )
        .with_transaction(saga)
        .retry()
    }

    /// 422: the Idempotency-Key came with another request before.
    pub fn key_reused() -> Self {
        Self::invalid(
            "header",
            "Idempotency-Key",
            "was used with another request before; use a new key",
        )
    }

    /// 500: the saga was undone; nothing of it is left.
    pub fn failed(what: &'static str, saga: SagaId) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "saga-failed", what, what)
            .with_transaction(saga)
    }

    /// 503: nothing was done; try again.
    pub fn unavailable(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "Temporarily unavailable",
            detail,
        )
        .retry()
    }

    /// 503: it may or may not happen yet; the transaction will tell.
    pub fn in_doubt(detail: impl Into<String>, saga: SagaId) -> Self {
        Self::unanswered(detail).with_transaction(saga)
    }

    /// 503: it may or may not have happened; asked again under its key, it tells.
    pub fn unanswered(detail: impl Into<String>) -> Self {
        let mut problem = Self::unavailable(detail);
        problem.kind = "urn:likewise:in-doubt".to_owned();
        problem
    }

    /// Any other refusal of the HTTP layer.
    pub fn status(status: StatusCode, detail: impl Into<String>) -> Self {
        let title = status.canonical_reason().unwrap_or("Error");
        Self::new(status, &status.as_u16().to_string(), title, detail)
    }

    fn with_transaction(mut self, saga: SagaId) -> Self {
        self.transaction_id = Some(saga);
        self
    }

    fn retry(mut self) -> Self {
        self.retry = true;
        self
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_string(&self).unwrap_or_default();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if self.retry {
            headers.insert(header::RETRY_AFTER, RETRY_AFTER_SECONDS.into());
        }
        response
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match &error {
            StoreError::Exhausted => {
                Self::unavailable("No database connection became free in time; try again.")
            }
            StoreError::Absent(_) | StoreError::Unknown(_) => {
                tracing::warn!(%error, "the database failed");
                Self::unavailable(
                    "The database did not answer; the same request with the same Idempotency-Key is safe to repeat.",
                )
            }
            StoreError::Broken(_) => {
                tracing::error!(%error, "alert: stored data is not what it must be");
                Self::status(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "Stored data is not what it must be; the operators were alerted.",
                )
            }
        }
    }
}
