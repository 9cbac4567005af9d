//! Queries in the paths of the admin API: written for a request, and read from the path of the next page.

use std::time::Duration;

/// A path with a query of these pairs. A pair without a value is left out.
pub(super) fn with_query(path: &str, pairs: &[(&str, Option<String>)]) -> String {
    let given = pairs
        .iter()
        .filter_map(|(name, value)| Some((name, value.as_ref()?)));
    let pairs: Vec<String> = given
        .map(|(name, value)| format!("{name}={}", encoded(value)))
        .collect();
    match pairs.is_empty() {
        true => path.to_owned(),
        false => format!("{path}?{}", pairs.join("&")),
    }
}

/// A text inside a query. All but the unreserved characters of RFC 3986 is encoded.
fn encoded(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

/// The value of a parameter in the query of a path that the API has sent, such as `next`. It is decoded.
pub(super) fn parameter(path: &str, name: &str) -> Option<String> {
    let (_, query) = path.split_once('?')?;
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(key, _)| *key == name)?;
    Some(decoded(value))
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let digits = after
            .get(..2)
            .and_then(|digits| std::str::from_utf8(digits).ok());
        let coded = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        let byte;
        (byte, rest) = match (first, coded) {
            (b'%', Some(coded)) => (coded, &after[2..]),
            (b'+', _) => (b' ', after),
            _ => (first, after),
        };
        bytes.push(byte);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The whole seconds of a filter, rounded up.
pub(super) fn seconds(duration: Duration) -> String {
    let partial = u64::from(duration.subsec_nanos() > 0);
    (duration.as_secs() + partial).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_survives_a_query() {
        let name = "a user/1 & ä%2F".to_owned();
        let path = with_query("/sagas", &[("step", None), ("service", Some(name.clone()))]);
        assert_eq!(path, "/sagas?service=a%20user%2F1%20%26%20%C3%A4%252F");
        assert_eq!(parameter(&path, "service"), Some(name));
        assert_eq!(
            parameter("/sagas?a=1+2&after=3", "after"),
            Some("3".to_owned())
        );
        assert_eq!(parameter("/sagas?a=1+2", "a"), Some("1 2".to_owned()));
        assert_eq!(parameter("/sagas", "after"), None);
        // Not encoded at all.
        assert_eq!(
            parameter("/sagas?after=%zz%", "after"),
            Some("%zz%".to_owned())
        );
        assert_eq!(with_query("/sagas", &[("step", None)]), "/sagas");
    }

    #[test]
    fn a_filter_counts_whole_seconds_up() {
        assert_eq!(seconds(Duration::from_millis(1_001)), "2");
        assert_eq!(seconds(Duration::from_secs(60)), "60");
    }
}
