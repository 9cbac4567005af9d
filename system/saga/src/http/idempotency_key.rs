//! The header `Idempotency-Key` (an IETF draft), and the header that marks a replayed answer.

use axum::{
    extract::FromRequestParts,
    http::{HeaderName, HeaderValue, request::Parts},
    response::Response,
};

use super::{Problem, header};

/// The longest `Idempotency-Key`, in bytes.
pub const IDEMPOTENCY_KEY_BYTES_MAX: usize = 255;
/// Marks an answer that belongs to an earlier request under the same key.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// The optional header `Idempotency-Key`: 1 to 255 visible ASCII characters.
///
/// The draft wants a structured string, in quotes. Many clients send the key without them. Both are the same key: in
/// quotes, `\"` and `\\` stand for a quote and a backslash.
pub struct IdempotencyKey(pub Option<String>);

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        const NAME: &str = "Idempotency-Key";
        let Some(text) = header(parts, NAME)? else {
            return Ok(Self(None));
        };
        let key = match text.strip_prefix('"') {
            Some(quoted) => unquoted(quoted).ok_or_else(|| {
                let reason = "begins with a quote, but is no structured string: it must end with a quote, and only \\\" and \\\\ may be escaped";
                Problem::invalid("header", NAME, reason)
            })?,
            None => text.to_owned(),
        };
        let visible = key.bytes().all(|byte| byte.is_ascii_graphic());
        if key.is_empty() || key.len() > IDEMPOTENCY_KEY_BYTES_MAX || !visible {
            let reason =
                format!("must have 1 to {IDEMPOTENCY_KEY_BYTES_MAX} visible ASCII characters");
            return Err(Problem::invalid("header", NAME, reason));
        }
        Ok(Self(Some(key)))
    }
}

/// The content of a structured string (RFC 9651, section 3.3.3) after its first quote. `None` if it is not one, or if
/// something follows it.
fn unquoted(text: &str) -> Option<String> {
    let mut content = String::with_capacity(text.len());
    let mut chars = text.chars();
    loop {
        match chars.next()? {
            '"' => return chars.next().is_none().then_some(content),
            '\\' => match chars.next()? {
                escaped @ ('"' | '\\') => content.push(escaped),
                _ => return None,
            },
            plain => content.push(plain),
        }
    }
}

/// The same response. If it belongs to an earlier request under the same key, it says so.
pub fn mark_replayed(mut response: Response, is_replay: bool) -> Response {
    if is_replay {
        let value = HeaderValue::from_static("true");
        response.headers_mut().insert(REPLAYED, value);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_structured_string_is_read_to_its_end_and_no_further() {
        let read = |text| unquoted(text).unwrap_or_else(|| "none".to_owned());
        assert_eq!(read(r#"a-1""#), "a-1");
        assert_eq!(read(r#"a\"b\\c""#), r#"a"b\c"#);
        for wrong in [r#"a"#, r#"a"b"#, r#"a";x"#, r#"a\"#, r#"a\b""#, ""] {
            assert_eq!(read(wrong), "none", "{wrong}");
        }
    }
}
