//! The requests that clients send, and what they can conclude from an answer.

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use serde::de::IgnoredAny;

use crate::{
    likes::Action,
    world::{check::Attempt, record::Outcome},
};

/// A request with the headers that a client of the API sends.
pub(super) fn request(
    method: Method,
    address: &str,
    path: &str,
    user: Option<i64>,
    key: Option<&str>,
    body: Bytes,
) -> Request<Bytes> {
    let mut request = Request::builder()
        .method(method)
        .uri(format!("http://{address}{path}"));
    if let Some(user) = user {
        request = request.header("X-User-ID", user);
    }
    if let Some(key) = key {
        request = request.header("Idempotency-Key", key);
    }
    if !body.is_empty() {
        request = request.header(header::CONTENT_TYPE, "application/json");
    }
    // The address, the path and the key come from the plan's hosts and from numbers: they are plain ASCII.
    request
        .body(body)
        .expect("a request of plain ASCII parts is valid")
}

/// A user's request to a coordinator.
pub(crate) fn like_request(
    to: &str,
    user: i64,
    action: Action,
    article: i64,
    key: Option<&str>,
) -> Request<Bytes> {
    let (method, path) = match action {
        Action::Like => (Method::POST, format!("/articles/{article}/like")),
        Action::KeepLiked => (Method::PUT, format!("/v1/articles/{article}/likes/me")),
        Action::Unlike => (Method::DELETE, format!("/v1/articles/{article}/likes/me")),
    };
    request(method, to, &path, Some(user), key, Bytes::new())
}

/// The status and the body of a response.
pub(crate) fn attempt(response: &Response<Bytes>) -> Attempt {
    Attempt {
        status: response.status().as_u16(),
        body: String::from_utf8_lossy(response.body()).into_owned(),
    }
}

/// What an answer says about the effect of its request. A 503 says nothing, nor does a 409 for a pair with an open saga.
pub(crate) fn outcome(answer: &Attempt) -> Outcome {
    match StatusCode::from_u16(answer.status) {
        // A client library fails to parse a truncated body, so its status must not be trusted either.
        Ok(_) if serde_json::from_str::<IgnoredAny>(&answer.body).is_err() => Outcome::Unknown,
        Ok(StatusCode::OK) => Outcome::Ok,
        Ok(StatusCode::CONFLICT) if answer.body.contains("urn:likewise:in-progress") => {
            Outcome::Unknown
        }
        // The service cannot tell, because the row of the saga cannot be read.
        Ok(StatusCode::INTERNAL_SERVER_ERROR)
            if !answer.body.contains("urn:likewise:saga-failed") =>
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
