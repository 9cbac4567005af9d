//! What a client can conclude from an answer of the kit's coordinator.

use bytes::Bytes;
use http::{Response, StatusCode};
use serde::de::IgnoredAny;

use super::{check::Attempt, record::Outcome};

/// The status and the body of a response.
pub(super) fn attempt(response: &Response<Bytes>) -> Attempt {
    Attempt {
        status: response.status().as_u16(),
        body: String::from_utf8_lossy(response.body()).into_owned(),
    }
}

/// The error of a service that cannot read a body. No client of the world sends one that cannot be read.
const UNREADABLE_BODY: &str = r#""in":"body","name":"json""#;

/// What an answer says about the effect of its request. A 503 says nothing, nor does a 409 for an open saga on the same lock
/// key.
#[must_use]
pub fn outcome(answer: &Attempt) -> Outcome {
    match StatusCode::from_u16(answer.status) {
        // A client library fails to parse a truncated body, so its status must not be trusted either.
        Ok(_) if serde_json::from_str::<IgnoredAny>(&answer.body).is_err() => Outcome::Unknown,
        // The request was cut on its way. It had no effect, and the service knows nothing of its key: whole, it may succeed.
        Ok(StatusCode::UNPROCESSABLE_ENTITY) if answer.body.contains(UNREADABLE_BODY) => {
            Outcome::Unknown
        }
        Ok(StatusCode::OK) => Outcome::Ok,
        Ok(StatusCode::CONFLICT) if answer.body.contains("/problems#in-progress\"") => {
            Outcome::Unknown
        }
        // The service cannot tell, because the row of the saga cannot be read.
        Ok(StatusCode::INTERNAL_SERVER_ERROR)
            if !answer.body.contains("/problems#saga-failed\"") =>
        {
            Outcome::Unknown
        }
        Ok(
            StatusCode::CONFLICT
            | StatusCode::NOT_FOUND
            | StatusCode::UNPROCESSABLE_ENTITY
            | StatusCode::INTERNAL_SERVER_ERROR,
        ) => Outcome::Fail,
        _ => Outcome::Unknown,
    }
}
