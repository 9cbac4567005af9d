//! Answers to reads that clients repeat: with an `ETag`, and 304 without a body if the client has the answer already.

use std::{convert::Infallible, hash::Hasher};

use axum::{
    Json,
    extract::FromRequestParts,
    http::{HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use siphasher::sip::SipHasher13;

/// The header `If-None-Match`: the tags of the answers that the client has. A tag that cannot be read matches none.
pub struct IfNoneMatch(Vec<String>);

impl<S: Send + Sync> FromRequestParts<S> for IfNoneMatch {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let values = parts.headers.get_all(header::IF_NONE_MATCH).iter();
        let values = values.filter_map(|value| value.to_str().ok());
        Ok(Self(values.map(str::to_owned).collect()))
    }
}

impl IfNoneMatch {
    /// Whether the client has the answer with this tag. The comparison is weak (RFC 9110, section 13.1.2).
    fn contains(&self, tag: &str) -> bool {
        let tags = self.0.iter().flat_map(|value| value.split(','));
        let mut tags = tags.map(str::trim);
        tags.any(|given| given == "*" || given.strip_prefix("W/").unwrap_or(given) == tag)
    }

    /// The answer with this body: 200 with its tag, or 304.
    pub fn answer<T: Serialize>(&self, body: &T) -> Response {
        let Ok(text) = serde_json::to_vec(body) else {
            return Json(body).into_response();
        };
        let tag = tag(&text);
        // A cache may keep the answer, but must ask before it uses it.
        let mut headers = vec![(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"))];
        let is_known = self.contains(&tag);
        headers.extend(HeaderValue::try_from(tag).map(|tag| (header::ETAG, tag)));
        let mut response = match is_known {
            true => StatusCode::NOT_MODIFIED.into_response(),
            false => {
                let json = HeaderValue::from_static("application/json");
                ([(header::CONTENT_TYPE, json)], text).into_response()
            }
        };
        response.headers_mut().extend(headers);
        response
    }
}

/// The tag of a body: a hash, so every process gives the same tag to the same body.
fn tag(body: &[u8]) -> String {
    let mut hasher = SipHasher13::new();
    hasher.write(body);
    format!("\"{:016x}\"", hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(sent: &[&str], body: u8) -> StatusCode {
        let known = IfNoneMatch(sent.iter().map(|&text| text.to_owned()).collect());
        known.answer(&body).status()
    }

    #[test]
    fn an_answer_that_the_client_has_is_304_and_any_other_is_200() {
        let (one, two) = (tag(b"1"), tag(b"2"));
        assert_eq!(status(&[], 1), StatusCode::OK);
        assert_eq!(status(&[&two, "nonsense", "\""], 1), StatusCode::OK);
        for known in [
            one.clone(),
            format!("W/{one}"),
            format!("{two} , {one}"),
            "*".to_owned(),
        ] {
            assert_eq!(status(&[&known], 1), StatusCode::NOT_MODIFIED, "{known}");
        }
    }
}
