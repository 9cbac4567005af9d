//! Reading requests. Each part is parsed into its type, or the request is refused with a 422 that names the field and the
//! reason.

use axum::{
    Json, RequestExt,
    body::{Bytes, HttpBody},
    extract::{
        FromRequest, FromRequestParts, Path, Query, Request,
        rejection::{BytesRejection, JsonRejection, QueryRejection},
    },
    http::{HeaderMap, StatusCode, header, request::Parts},
};
use serde::de::DeserializeOwned;

use super::{CLIENT_BODY_BYTES_MAX, Problem};
use crate::store::Page;

/// The reason if a body ends early. The cause is an error of the connection, which says nothing to a client.
const UNREADABLE: &str = "could not be read to its end";
/// The items of a page, if the request has no `limit`.
pub const PAGE_LIMIT_DEFAULT: u32 = 50;
/// The largest `limit` of a page.
pub const PAGE_LIMIT_MAX: u32 = 500;

/// Parses an id: a whole number from 1.
///
/// # Errors
/// A 422 that names `location` and `name`.
pub fn positive(location: &'static str, name: &str, text: &str) -> Result<i64, Problem> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse::<i64>() {
        Ok(number) if number >= 1 && digits => Ok(number),
        _ => Err(Problem::invalid(
            location,
            name,
            format!("must be a whole number from 1 to {}", i64::MAX),
        )),
    }
}

/// The only parameter of the path, as text.
pub struct PathText(pub String);

impl<S: Send + Sync> FromRequestParts<S> for PathText {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Path::<String>::from_request_parts(parts, state).await {
            Ok(Path(text)) => Ok(Self(text)),
            Err(rejection) => Err(Problem::invalid("path", "id", rejection.body_text())),
        }
    }
}

/// The value of a header that may occur at most once.
///
/// # Errors
/// A 422: the header occurs more than once, or is not text.
pub fn header<'p>(parts: &'p Parts, name: &str) -> Result<Option<&'p str>, Problem> {
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

/// A JSON request body.
pub struct Body<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let read = match is_plain_json(request.headers()) {
            true => {
                let RawBody(bytes) = RawBody::from_request(request, state).await?;
                if let Ok(value) = serde_json::from_slice(&bytes) {
                    return Ok(Self(value));
                }
                // Parse again with a parser that tracks the path of the error. It takes three times as long.
                Json::<T>::from_bytes(&bytes)
            }
            false => Json::<T>::from_request(refuse_declared_length(request)?, state).await,
        };
        read.map(|Json(value)| Self(value))
            .map_err(|rejection| body_problem(&rejection))
    }
}

/// Whether the content type is exactly `application/json`. Content types with parameters take the slower path.
fn is_plain_json(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE);
    content_type.is_some_and(|value| value == "application/json")
}

fn body_problem(rejection: &JsonRejection) -> Problem {
    match rejection {
        rejection if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => too_large(),
        JsonRejection::JsonDataError(error) => field_problem(&cause(error)),
        JsonRejection::JsonSyntaxError(error) => Problem::invalid("body", "json", cause(error)),
        JsonRejection::MissingJsonContentType(_) => Problem::not_json(),
        _ => Problem::invalid("body", "json", UNREADABLE),
    }
}

fn too_large() -> Problem {
    Problem::too_large(CLIENT_BODY_BYTES_MAX)
}

/// The parser's message. It begins with the path of the field.
fn cause(error: &dyn std::error::Error) -> String {
    error
        .source()
        .map_or_else(|| error.to_string(), ToString::to_string)
}

/// A 422 that names the field of a parser message. The message is `title: invalid type …`, with the path in front, or
/// ``missing field `title` ``.
fn field_problem(message: &str) -> Problem {
    let (path, reason) = message.split_once(": ").unwrap_or(("", message));
    let is_path = !path.is_empty() && !path.contains(' ');
    let reason = if is_path { reason } else { message };
    let quoted = reason
        .strip_prefix("missing field `")
        .and_then(|rest| rest.split_once('`'));
    let name = match (quoted, is_path) {
        (Some((field, _)), _) => field,
        (None, true) => path,
        (None, false) => "json",
    };
    Problem::invalid("body", name, reason)
}

/// A body of any content type, read up to the limit.
pub struct RawBody(pub Bytes);

impl<S: Send + Sync> FromRequest<S> for RawBody {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let request = refuse_declared_length(request)?;
        match Bytes::from_request(request, state).await {
            Ok(bytes) => Ok(Self(bytes)),
            Err(rejection) => Err(raw_body_problem(&rejection)),
        }
    }
}

/// Refuses a body whose declared length is too large, before it arrives.
///
/// Most bodies are smaller than every limit. The others get the limit of their route here already, which takes an allocation.
fn refuse_declared_length(request: Request) -> Result<Request, Problem> {
    let declared = request.body().size_hint().lower();
    if declared <= CLIENT_BODY_BYTES_MAX as u64 {
        return Ok(request);
    }
    let request = request.with_limited_body();
    match request.body().size_hint().upper() {
        Some(limit) if declared > limit => Err(too_large()),
        _ => Ok(request),
    }
}

fn raw_body_problem(rejection: &BytesRejection) -> Problem {
    match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => too_large(),
        _ => Problem::invalid("body", "bytes", UNREADABLE),
    }
}

/// The body of a request that needs none. It is read up to the limit and ignored.
pub struct NoBody;

impl<S: Send + Sync> FromRequest<S> for NoBody {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        RawBody::from_request(request, state).await.map(|_| Self)
    }
}

/// The parameters of the query, in their order.
pub struct QueryPairs(Vec<(String, String)>);

impl<S: Send + Sync> FromRequestParts<S> for QueryPairs {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let read = Query::<Vec<(String, String)>>::from_request_parts(parts, state).await;
        let invalid =
            |reason: QueryRejection| Problem::invalid("query", "string", reason.body_text());
        read.map(|Query(pairs)| Self(pairs)).map_err(invalid)
    }
}

impl QueryPairs {
    /// The value of a parameter that may occur at most once.
    ///
    /// # Errors
    /// A 422: it occurs more than once.
    pub fn one(&self, name: &str) -> Result<Option<String>, Problem> {
        let mut values = self.0.iter().filter(|pair| pair.0 == name);
        match (values.next(), values.next()) {
            (_, Some(_)) => Err(Problem::invalid("query", name, "is given more than once")),
            (value, None) => Ok(value.map(|pair| pair.1.clone())),
        }
    }
}

/// The query parameters of a list: `after`, `limit` and `status`.
pub struct PageQuery {
    after: Option<String>,
    limit: Option<String>,
    status: Option<String>,
    order: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for PageQuery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let pairs = QueryPairs::from_request_parts(parts, state).await?;
        Ok(Self {
            after: pairs.one("after")?,
            limit: pairs.one("limit")?,
            status: pairs.one("status")?,
            order: pairs.one("order")?,
        })
    }
}

impl PageQuery {
    /// The parameter `status`.
    pub fn status(&self) -> Option<&str> {
        self.status.as_deref()
    }

    /// The parameter `order`.
    pub fn order(&self) -> Option<&str> {
        self.order.as_deref()
    }

    /// The page. `key` parses the parameter `after`.
    ///
    /// # Errors
    /// A 422: `limit` or `after` is invalid.
    pub fn page<K>(&self, key: impl Fn(&str) -> Result<K, Problem>) -> Result<Page<K>, Problem> {
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
