//! Problem details (RFC 9457): the body of every refusal and every failure.
//!
//! This is the only place of the kit that maps errors to HTTP, besides `coordinator/request/outcome.rs` for requests. The
//! public code and detail go to the client, the cause to the log. A detail must never claim more than the service knows:
//! `unavailable` says that nothing was done, `in-doubt` says that the effect is unknown.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

use crate::{id::SagaId, store::StoreError};

/// The value of `Retry-After`, in seconds.
const RETRY_AFTER_SECONDS: u32 = 1;

/// A problem, as it is sent to the client.
#[derive(Debug, Clone, Serialize)]
pub struct Problem {
    #[serde(rename = "type")]
    kind: String,
    title: &'static str,
    status: u16,
    /// What is wrong, for people.
    detail: String,
    #[serde(skip_serializing_if = "<[FieldError]>::is_empty")]
    errors: Box<[FieldError]>,
    /// Why, for programs.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
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
    /// A problem of the type `urn:likewise:KIND`.
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
            errors: Box::default(),
            code: None,
            transaction_id: None,
            retry: false,
        }
    }

    /// 422: one field of the request is missing or wrong. `location` is `path`, `query`, `header` or `body`.
    pub fn invalid(location: &'static str, name: &str, reason: impl Into<String>) -> Self {
        let reason = reason.into();
        let mut problem = Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid-request",
            "The request is not valid",
            format!("{location} {name}: {reason}"),
        );
        problem.errors = Box::new([FieldError {
            r#in: location,
            name: name.to_owned(),
            reason,
        }]);
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

    /// 410: a transaction with this id has ended and was deleted, if there was one.
    pub fn transaction_deleted(saga: SagaId) -> Self {
        Self::new(
            StatusCode::GONE,
            "transaction-deleted",
            "Transaction deleted",
            format!(
                "Transaction {saga}, if there was one, has ended, and is so old that it was deleted."
            ),
        )
    }

    /// 410: a reader has not followed the log for so long that it may have missed transactions that were deleted.
    pub fn ends_deleted() -> Self {
        Self::new(
            StatusCode::GONE,
            "cursor-deleted",
            "Transactions after the cursor were deleted",
            "Transactions that ended after this cursor may have been deleted. Read the state anew, then begin without `after`: \
             the first page then begins with the oldest transaction that is kept.",
        )
    }

    /// 409: another saga holds the lock key. `noun` is what it changes.
    pub fn in_progress(saga: SagaId, noun: &str) -> Self {
        Self::new(
            StatusCode::CONFLICT,
            "in-progress",
            "In progress",
            format!("Another change of this {noun} is in progress; try again when it has ended."),
        )
        .with_transaction(saga)
        .retry()
    }

    /// 422: the `Idempotency-Key` was used with another request before.
    pub fn key_reused() -> Self {
        Self::invalid(
            "header",
            "Idempotency-Key",
            "was used with another request before; use a new key",
        )
    }

    /// 500: the saga was undone. No effect is left.
    pub fn failed(title: &'static str, saga: SagaId) -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "saga-failed",
            title,
            title,
        )
        .with_transaction(saga)
    }

    /// 503: nothing was done. The client may try again.
    pub fn unavailable(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "Temporarily unavailable",
            detail,
        )
        .retry()
    }

    /// 503: the effect is unknown yet. The transaction shows it later.
    pub fn in_doubt(detail: impl Into<String>, saga: SagaId) -> Self {
        Self::unknown_effect(detail).with_transaction(saga)
    }

    /// 503: the effect is unknown, and the transaction too. A repeat with the same `Idempotency-Key` shows it.
    pub fn unknown_effect(detail: impl Into<String>) -> Self {
        let mut problem = Self::unavailable(detail);
        problem.kind = "urn:likewise:in-doubt".to_owned();
        problem
    }

    /// A refusal by the HTTP layer, with the status as its type.
    pub fn status(status: StatusCode, detail: impl Into<String>) -> Self {
        let title = status.canonical_reason().unwrap_or("Error");
        Self::new(status, &status.as_u16().to_string(), title, detail)
    }

    /// Adds the member `code`: the reason, for programs.
    #[must_use]
    pub fn with_code(mut self, code: &'static str) -> Self {
        self.code = Some(code);
        self
    }

    /// The body.
    pub(super) fn json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
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
        let mut response = (status, self.json()).into_response();
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
            StoreError::Unreachable(_) => {
                tracing::warn!(%error, "the database failed");
                Self::unavailable("The database cannot be reached; nothing was done. Try again.")
            }
            StoreError::Absent(_) => {
                tracing::warn!(%error, "the database failed");
                Self::unavailable("The database did not do the work; nothing was done. Try again.")
            }
            StoreError::Unknown(_) => {
                tracing::warn!(%error, "the database failed");
                Self::unknown_effect(
                    "The database did not confirm the commit; the same request with the same Idempotency-Key is safe to repeat.",
                )
            }
            StoreError::Invariant(_) => {
                tracing::error!(%error, "alert: stored data is invalid");
                Self::status(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "Stored data is not what it must be; the operators were alerted.",
                )
            }
        }
    }
}
