//! Reading requests: each part either has its type or is a 422 that names the field and the reason.

use axum::{
    Json,
    extract::{FromRequest, FromRequestParts, Query, Request, rejection::JsonRejection},
    http::{StatusCode, request::Parts},
};
use serde::{Deserialize, de::DeserializeOwned};

use super::Problem;
use crate::{id::UserId, saga::Page};

/// The longest Idempotency-Key, in bytes.
const KEY_BYTES_MAX: usize = 255;
/// Items of a page, unless asked for fewer or more.
const PAGE_LIMIT_DEFAULT: u32 = 50;
/// Items of a page at most.
const PAGE_LIMIT_MAX: u32 = 500;

/// Reads an identity: a whole number from 1.
pub(crate) fn positive(place: &'static str, name: &str, text: &str) -> Result<i64, Problem> {
    match text.parse::<i64>() {
        Ok(number) if number >= 1 => Ok(number),
        _ => Err(Problem::invalid(
            place,
            name,
            format!("must be a whole number from 1 to {}", i64::MAX),
        )),
    }
}

/// The header `X-User-ID`.
pub(crate) struct XUserId(pub UserId);

impl<S: Send + Sync> FromRequestParts<S> for XUserId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let text = header(parts, "X-User-ID")?
            .ok_or_else(|| Problem::invalid("header", "X-User-ID", "is missing"))?;
        Ok(Self(UserId(positive("header", "X-User-ID", text.trim())?)))
    }
}

/// The header `Idempotency-Key`, if there is one.
pub(crate) struct IdempotencyKey(pub Option<String>);

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Some(key) = header(parts, "Idempotency-Key")? else {
            return Ok(Self(None));
        };
        let visible = key.bytes().all(|byte| byte.is_ascii_graphic());
        if key.is_empty() || key.len() > KEY_BYTES_MAX || !visible {
            let reason = format!("must have 1 to {KEY_BYTES_MAX} visible ASCII characters");
            return Err(Problem::invalid("header", "Idempotency-Key", reason));
        }
        Ok(Self(Some(key.to_owned())))
    }
}

fn header<'p>(parts: &'p Parts, name: &str) -> Result<Option<&'p str>, Problem> {
    let mut values = parts.headers.get_all(name).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(Problem::invalid("header", name, "is given more than once"));
    }
    let text = value.to_str();
    text.map(Some)
        .map_err(|_| Problem::invalid("header", name, "is not text"))
}

/// A JSON body.
pub(crate) struct Body<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        match Json::<T>::from_request(request, state).await {
            Ok(Json(value)) => Ok(Self(value)),
            Err(rejection) => Err(body_problem(&rejection)),
        }
    }
}

fn body_problem(rejection: &JsonRejection) -> Problem {
    match rejection {
        rejection if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            Problem::status(StatusCode::PAYLOAD_TOO_LARGE, "The body is too large.")
        }
        JsonRejection::JsonDataError(error) => Problem::invalid("body", "json", cause(error)),
        JsonRejection::JsonSyntaxError(error) => Problem::invalid("body", "json", cause(error)),
        JsonRejection::MissingJsonContentType(_) => {
            Problem::invalid("header", "Content-Type", "must be application/json")
        }
        other => Problem::invalid("body", "json", other.body_text()),
    }
}

/// The parser's own words, which name the field.
fn cause(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut inner = error.source();
    while let Some(error) = inner {
        text = error.to_string();
        inner = error.source();
    }
    text
}

/// The query parameters `after` and `limit` of a list.
#[derive(Deserialize)]
pub(crate) struct PageQuery {
    after: Option<String>,
    limit: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for PageQuery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Query(page) = Query::from_request_parts(parts, state)
            .await
            .map_err(|rejection| Problem::invalid("query", "string", rejection.body_text()))?;
        Ok(page)
    }
}

impl PageQuery {
    /// The page, its start read by `key`.
    pub(crate) fn of<K>(
        &self,
        key: impl Fn(&str) -> Result<K, Problem>,
    ) -> Result<Page<K>, Problem> {
        let limit = match &self.limit {
            None => PAGE_LIMIT_DEFAULT,
            Some(text) => match text.parse() {
                Ok(limit) if (1..=PAGE_LIMIT_MAX).contains(&limit) => limit,
                _ => {
                    let reason = format!("must be a whole number from 1 to {PAGE_LIMIT_MAX}");
                    return Err(Problem::invalid("query", "limit", reason));
                }
            },
        };
        Ok(Page {
            after: self.after.as_deref().map(key).transpose()?,
            limit,
        })
    }
}
