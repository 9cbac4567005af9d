//! Problem details (RFC 9457): the body of every refusal and every failure.
//!
//! This is the only place of the kit that maps errors to HTTP, besides `coordinator/request/outcome.rs` for requests. The
//! public code and detail go to the client, the cause to the log. A detail must never claim more than the service knows:
//! `unavailable` says that nothing was done, `in-doubt` says that the effect is unknown. `problem_type.rs` lists the kinds.

use std::time::Duration;

use axum::{
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

use super::problem_type::{self, ProblemType};
use crate::{alerts::AlertId, id::SagaId, store::StoreError};

/// The value of `Retry-After`, in seconds. [`Edge`](super::Edge) adds jitter to it.
pub(super) const RETRY_AFTER_SECONDS: u32 = 1;

/// The limit that a request has met, and what is left of it (the IETF draft of rate limit headers).
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// A problem, as it is sent to the client.
#[derive(Debug, Clone, Serialize)]
pub struct Problem {
    #[serde(rename = "type")]
    kind: Box<str>,
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
    /// Further headers.
    #[serde(skip)]
    headers: Option<Box<HeaderMap>>,
}

/// What is wrong with one part of the request.
#[derive(Debug, Clone, Serialize)]
struct FieldError {
    r#in: &'static str,
    name: String,
    reason: String,
}

impl Problem {
    /// A problem of this kind. `detail` says what is wrong in this case.
    pub fn of(kind: &ProblemType, detail: impl Into<String>) -> Self {
        Self::new(kind.status, kind.name, kind.title, detail)
    }

    /// A problem of the kind with this name. [`Problem::of`] is better: a [`ProblemType`] is explained on a page.
    pub fn new(
        status: StatusCode,
        kind: &str,
        title: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            kind: problem_type::uri(kind).into(),
            title,
            status: status.as_u16(),
            detail: detail.into(),
            errors: Box::default(),
            code: None,
            transaction_id: None,
            retry: false,
            headers: None,
        }
    }

    /// 422: one field of the request is missing or wrong. `location` is `path`, `query`, `header` or `body`.
    pub fn invalid(location: &'static str, name: &str, reason: impl Into<String>) -> Self {
        Self::of_field(&problem_type::INVALID_REQUEST, location, name, reason)
    }

    fn of_field(
        kind: &ProblemType,
        location: &'static str,
        name: &str,
        reason: impl Into<String>,
    ) -> Self {
        let reason = reason.into();
        let mut problem = Self::of(kind, format!("{location} {name}: {reason}"));
        problem.errors = Box::new([FieldError {
            r#in: location,
            name: name.to_owned(),
            reason,
        }]);
        problem
    }

    /// 401: the request has no known credential. `challenge` is the value of `WWW-Authenticate`.
    pub(crate) fn unauthorized(detail: impl Into<String>, challenge: &'static str) -> Self {
        let challenge = HeaderValue::from_static(challenge);
        Self::of(&problem_type::UNAUTHORIZED, detail)
            .with_header(header::WWW_AUTHENTICATE, challenge)
    }

    /// 403: the credential does not allow it.
    pub(crate) fn forbidden(detail: impl Into<String>) -> Self {
        Self::of(&problem_type::FORBIDDEN, detail)
    }

    /// 429: this peer has shown too many wrong credentials. Nothing was compared.
    pub(crate) fn too_many_attempts(delay: Duration) -> Self {
        let detail = "Too many wrong credentials came from this address. Nothing was done, and no credential was compared.";
        let seconds = delay.as_secs().saturating_add(1);
        Self::of(&problem_type::TOO_MANY_ATTEMPTS, detail)
            .with_header(header::RETRY_AFTER, HeaderValue::from(seconds))
    }

    /// 404: there is no such route.
    pub(super) fn not_found(detail: impl Into<String>) -> Self {
        Self::of(&problem_type::NOT_FOUND, detail)
    }

    /// 405: the path has other methods. The router adds `Allow`.
    pub(super) fn method_not_allowed(detail: impl Into<String>) -> Self {
        Self::of(&problem_type::METHOD_NOT_ALLOWED, detail)
    }

    /// 408: the request did not arrive in time.
    pub(super) fn request_timeout() -> Self {
        let detail = "The request did not arrive in time; nothing was done.";
        Self::of(&problem_type::REQUEST_TIMEOUT, detail)
    }

    /// 413: the body is larger than this.
    pub(super) fn too_large(bytes_max: usize) -> Self {
        let detail = format!("The body is larger than {bytes_max} bytes.");
        Self::of(&problem_type::PAYLOAD_TOO_LARGE, detail)
    }

    /// 415: the body is not JSON.
    pub(super) fn not_json() -> Self {
        let kind = &problem_type::UNSUPPORTED_MEDIA_TYPE;
        let reason = "must be application/json";
        Self::of_field(kind, "header", "Content-Type", reason)
            .with_header(header::ACCEPT, HeaderValue::from_static("application/json"))
    }

    /// 404: there is no such transaction.
    pub fn transaction_not_found(saga: SagaId) -> Self {
        let detail = format!("There is no transaction {saga}.");
        Self::of(&problem_type::TRANSACTION_NOT_FOUND, detail)
    }

    /// 403: the ticket does not allow to read this.
    pub fn ticket_refused(detail: impl Into<String>) -> Self {
        Self::of(&problem_type::TICKET_REFUSED, detail)
    }

    /// 406: the answer has only this content type.
    pub fn not_acceptable(content_type: &'static str) -> Self {
        let reason = format!("must allow {content_type}");
        Self::of_field(&problem_type::NOT_ACCEPTABLE, "header", "Accept", reason)
    }

    /// 429: this client has as many streams as it may.
    pub(crate) fn too_many_streams(limit: usize) -> Self {
        let detail =
            format!("{limit} streams of this client are open; close one, or read the transaction.");
        Self::of(&problem_type::TOO_MANY_STREAMS, detail)
            .retry()
            .with_rate_limit("streams-of-client", "concurrent-streams", limit)
    }

    /// 410: a transaction with this id has ended and was deleted, if there was one.
    pub fn transaction_deleted(saga: SagaId) -> Self {
        let detail = format!(
            "Transaction {saga}, if there was one, has ended, and is so old that it was deleted."
        );
        Self::of(&problem_type::TRANSACTION_DELETED, detail)
    }

    /// 410: a reader has not followed the log for so long that it may have missed transactions that were deleted.
    pub fn ends_deleted() -> Self {
        Self::of(
            &problem_type::CURSOR_DELETED,
            "Transactions that ended after this cursor may have been deleted. Read the state anew, then begin without `after`: \
             the first page then begins with the oldest transaction that is kept.",
        )
    }

    /// 409: another saga holds the lock key. `noun` is what it changes.
    pub fn in_progress(saga: SagaId, noun: &str) -> Self {
        let detail =
            format!("Another change of this {noun} is in progress; try again when it has ended.");
        Self::of(&problem_type::IN_PROGRESS, detail)
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

    /// 500: the saga was undone. No effect is left. `detail` says what failed.
    pub fn failed(detail: &'static str, saga: SagaId) -> Self {
        Self::of(&problem_type::SAGA_FAILED, detail).with_transaction(saga)
    }

    /// 503: nothing was done. The client may try again.
    pub fn unavailable(detail: impl Into<String>) -> Self {
        Self::of(&problem_type::UNAVAILABLE, detail).retry()
    }

    /// 404: there is no such alert.
    pub(crate) fn delivery_not_found(alert: AlertId) -> Self {
        let detail = format!("There is no alert {alert}.");
        Self::of(&problem_type::DELIVERY_NOT_FOUND, detail)
    }

    /// 409: the alert is being sent.
    pub(crate) fn delivery_pending(alert: AlertId) -> Self {
        let detail = format!("Alert {alert} is not delivered yet, and is being sent.");
        Self::of(&problem_type::DELIVERY_PENDING, detail)
    }

    /// 503: nothing was done, because as many requests or connections are open as the limit allows. `policy` names the limit,
    /// `unit` what it counts.
    pub(crate) fn overloaded(
        detail: impl Into<String>,
        policy: &'static str,
        unit: &'static str,
        limit: usize,
    ) -> Self {
        Self::unavailable(detail).with_rate_limit(policy, unit, limit)
    }

    /// Says which limit was met. `policy` names it, `unit` is what it counts.
    fn with_rate_limit(self, policy: &'static str, unit: &'static str, limit: usize) -> Self {
        let rule = format!("\"{policy}\";q={limit};qu=\"{unit}\"");
        let rest = format!("\"{policy}\";r=0;t={RETRY_AFTER_SECONDS}");
        let value = |text: String| HeaderValue::try_from(text).ok();
        let headers = [(RATE_LIMIT_POLICY, value(rule)), (RATE_LIMIT, value(rest))];
        let headers = headers.into_iter();
        let headers = headers.filter_map(|(name, value)| Some((name, value?)));
        headers.fold(self, |problem, (name, value)| {
            problem.with_header(name, value)
        })
    }

    /// 503: the effect is unknown yet. The transaction shows it later.
    pub fn in_doubt(detail: impl Into<String>, saga: SagaId) -> Self {
        Self::unknown_effect(detail).with_transaction(saga)
    }

    /// 503: the effect is unknown, and the transaction too. A repeat with the same `Idempotency-Key` shows it.
    pub fn unknown_effect(detail: impl Into<String>) -> Self {
        Self::of(&problem_type::IN_DOUBT, detail).retry()
    }

    /// Adds the member `code`: the reason, for programs.
    #[must_use]
    pub fn with_code(mut self, code: &'static str) -> Self {
        self.code = Some(code);
        self
    }

    /// What is wrong, for people.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// The status of the answer.
    pub(crate) fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// What kind of problem it is, for people.
    pub(crate) fn title(&self) -> &'static str {
        self.title
    }

    /// The body.
    pub(super) fn json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.get_or_insert_default().insert(name, value);
        self
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
        let mut response = (self.status(), self.json()).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if self.retry {
            headers.insert(header::RETRY_AFTER, RETRY_AFTER_SECONDS.into());
        }
        if let Some(further) = self.headers {
            headers.extend(*further);
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
                let detail = "Stored data is not what it must be; the operators were alerted.";
                Self::of(&problem_type::INVALID_DATA, detail)
            }
        }
    }
}
