//! The header `Prefer: wait=N` (RFC 7240): how long a client wants to wait for the end of its request.

use std::{convert::Infallible, time::Duration};

use axum::{
    extract::FromRequestParts,
    http::{HeaderName, HeaderValue, request::Parts},
    response::Response,
};

const PREFER: HeaderName = HeaderName::from_static("prefer");
const APPLIED: HeaderName = HeaderName::from_static("preference-applied");

/// How long the client wants to wait, in whole seconds. As RFC 7240 demands, a preference that cannot be read is ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PreferWait(Option<u64>);

impl PreferWait {
    /// The time to wait, at most `longest`. Without the preference it is `longest`.
    #[must_use]
    pub fn at_most(self, longest: Duration) -> Duration {
        self.0
            .map_or(longest, |seconds| Duration::from_secs(seconds).min(longest))
    }

    /// The same response, with the preference that was applied. It is smaller than what the client asked for if that was
    /// more than `longest`.
    #[must_use]
    pub fn applied(self, longest: Duration, mut response: Response) -> Response {
        if let Some(asked) = self.0 {
            let seconds = asked.min(longest.as_secs());
            if let Ok(value) = HeaderValue::try_from(format!("wait={seconds}")) {
                response.headers_mut().insert(APPLIED, value);
            }
        }
        response
    }

    /// Reads the first `wait` of a list of preferences.
    fn of<'t>(mut values: impl Iterator<Item = &'t str>) -> Self {
        Self(values.find_map(|value| value.split([',']).find_map(wait)))
    }
}

/// The seconds of one preference, if it is `wait`. Parameters after a semicolon mean nothing to it.
fn wait(preference: &str) -> Option<u64> {
    let (name, value) = preference.split(';').next()?.split_once('=')?;
    let is_wait = name.trim().eq_ignore_ascii_case("wait");
    let digits = value.trim().trim_matches('"');
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    (is_wait && is_number).then(|| digits.parse().unwrap_or(u64::MAX))
}

impl<S: Send + Sync> FromRequestParts<S> for PreferWait {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let values = parts.headers.get_all(PREFER).iter();
        Ok(Self::of(values.filter_map(|value| value.to_str().ok())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_wait_that_can_be_read_counts() {
        let read = |values: &[&str]| PreferWait::of(values.iter().copied()).0;
        assert_eq!(read(&["wait=5"]), Some(5));
        assert_eq!(read(&["respond-async, Wait = \"7\"; x=1, wait=9"]), Some(7));
        assert_eq!(read(&["handling=lenient", "wait=0"]), Some(0));
        assert_eq!(read(&["wait=99999999999999999999999"]), Some(u64::MAX));
        for ignored in [
            "", "wait", "wait=", "wait=-1", "wait=1.5", "wait=x", "waits=1",
        ] {
            assert_eq!(read(&[ignored]), None, "{ignored}");
        }
    }

    #[test]
    fn no_client_waits_longer_than_the_longest() {
        let longest = Duration::from_secs(10);
        assert_eq!(PreferWait(Some(60)).at_most(longest), longest);
        assert_eq!(PreferWait(Some(0)).at_most(longest), Duration::ZERO);
        assert_eq!(PreferWait(None).at_most(longest), longest);
    }
}
