//! The header `Accept`, as far as an answer with one content type needs it.

use axum::http::{HeaderMap, header};

/// Whether a client that sent these headers takes an answer of this content type (RFC 9110, section 12.5.1). A client that does
/// not say takes everything. Of several ranges that fit, the most specific one counts. A range that cannot be read fits nothing.
///
/// ```
/// use axum::http::HeaderMap;
/// use likewise_saga::http::accepts;
///
/// let mut headers = HeaderMap::new();
/// assert!(accepts(&headers, "text/event-stream"));
/// headers.insert("accept", "application/json, text/*;q=0.5".parse().unwrap());
/// assert!(accepts(&headers, "text/event-stream"));
/// headers.insert("accept", "*/*, text/event-stream;q=0".parse().unwrap());
/// assert!(!accepts(&headers, "text/event-stream"));
/// ```
#[must_use]
pub fn accepts(headers: &HeaderMap, content_type: &str) -> bool {
    let mut values = headers.get_all(header::ACCEPT).iter().peekable();
    if values.peek().is_none() {
        return true;
    }
    let texts = values.filter_map(|value| value.to_str().ok());
    let ranges = texts.flat_map(|text| text.split(','));
    let fitting = ranges.filter_map(|range| fits(range, content_type));
    fitting
        .max_by_key(|(specificity, _)| *specificity)
        .is_some_and(|(_, is_wanted)| is_wanted)
}

/// How specific a range is that fits, and whether it is wanted at all.
fn fits(range: &str, content_type: &str) -> Option<(u8, bool)> {
    let mut parts = range.split(';').map(str::trim);
    let name = parts.next()?.to_ascii_lowercase();
    let (major, _) = content_type.split_once('/')?;
    let specificity = match name.as_str() {
        name if name == content_type => 2,
        name if name.strip_suffix("/*") == Some(major) => 1,
        "*/*" => 0,
        _ => return None,
    };
    let quality = parts.find_map(|part| part.strip_prefix("q=").or(part.strip_prefix("Q=")));
    let is_zero = quality.is_some_and(|quality| quality.parse() == Ok(0.0_f32));
    Some((specificity, !is_zero))
}
