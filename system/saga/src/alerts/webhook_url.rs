//! The address of the webhook. It may contain a secret, so it is shown without its path.

use std::{fmt, net::IpAddr, str::FromStr};

use http::{Uri, uri::Scheme};

/// The address that alerts are sent to: `https://`, or `http://` on this machine.
///
/// ```
/// use likewise_saga::alerts::WebhookUrl;
///
/// assert!("https://alerts.example/hook/4711".parse::<WebhookUrl>().is_ok());
/// assert!("http://127.0.0.1:9000/hook".parse::<WebhookUrl>().is_ok());
/// assert!("http://alerts.example/hook".parse::<WebhookUrl>().is_err());
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookUrl(Uri);

/// An address that is refused. The message does not repeat it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WebhookUrlError {
    /// It is no URL with a host.
    #[error("must be a URL such as https://alerts.example/hook")]
    Invalid,
    /// It would be sent through a network in the clear.
    #[error(
        "must begin with https://: alerts are sent without encryption to a loopback address only, such as http://127.0.0.1:9000"
    )]
    NotEncrypted,
    /// It has a name or a password of a user.
    #[error("must not contain a user or a password: messages are signed with the secret instead")]
    UserInfo,
}

impl WebhookUrl {
    /// An address in a network whose encryption is not this program's concern: it may be `http://`.
    ///
    /// # Errors
    /// As when it is parsed, but never [`NotEncrypted`](WebhookUrlError::NotEncrypted).
    pub fn in_trusted_network(text: &str) -> Result<Self, WebhookUrlError> {
        address(text).map(Self)
    }

    /// The address.
    #[must_use]
    pub fn uri(&self) -> &Uri {
        &self.0
    }

    /// Whether it is encrypted.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.0.scheme() == Some(&Scheme::HTTPS)
    }
}

impl FromStr for WebhookUrl {
    type Err = WebhookUrlError;

    fn from_str(text: &str) -> Result<Self, WebhookUrlError> {
        let uri = address(text)?;
        match uri.scheme() == Some(&Scheme::HTTPS) || uri.host().is_some_and(is_loopback) {
            true => Ok(Self(uri)),
            false => Err(WebhookUrlError::NotEncrypted),
        }
    }
}

/// An address over HTTP, encrypted or not.
fn address(text: &str) -> Result<Uri, WebhookUrlError> {
    let uri: Uri = text.parse().map_err(|_| WebhookUrlError::Invalid)?;
    let (Some(scheme), Some(authority)) = (uri.scheme(), uri.authority()) else {
        return Err(WebhookUrlError::Invalid);
    };
    if authority.as_str().contains('@') {
        return Err(WebhookUrlError::UserInfo);
    }
    let is_http = *scheme == Scheme::HTTPS || *scheme == Scheme::HTTP;
    match is_http && !authority.host().is_empty() {
        true => Ok(uri),
        false => Err(WebhookUrlError::Invalid),
    }
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    let address = address.parse::<IpAddr>();
    address.is_ok_and(|address| address.is_loopback()) || host.eq_ignore_ascii_case("localhost")
}

impl fmt::Display for WebhookUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = self.0.scheme_str().unwrap_or_default();
        let authority = self
            .0
            .authority()
            .map_or("", |authority| authority.as_str());
        write!(f, "{scheme}://{authority}/…")
    }
}

impl fmt::Debug for WebhookUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r15_only_a_loopback_address_may_be_reached_without_encryption() {
        for good in [
            "https://alerts.example/hook?token=4711",
            "HTTPS://alerts.example",
            "http://localhost:9000/",
            "http://127.8.9.1/hook",
            "http://[::1]:9000/hook",
        ] {
            assert!(good.parse::<WebhookUrl>().is_ok(), "{good}");
        }
        for (bad, reason) in [
            ("http://alerts.example/hook", WebhookUrlError::NotEncrypted),
            ("http://127.0.0.1.example/", WebhookUrlError::NotEncrypted),
            ("http://localhost.example/", WebhookUrlError::NotEncrypted),
            ("http://10.0.0.1:9000/", WebhookUrlError::NotEncrypted),
            (
                "https://ann:secret@alerts.example/",
                WebhookUrlError::UserInfo,
            ),
            ("ftp://alerts.example/", WebhookUrlError::Invalid),
            ("alerts.example", WebhookUrlError::Invalid),
            ("/hook", WebhookUrlError::Invalid),
            ("", WebhookUrlError::Invalid),
        ] {
            assert_eq!(bad.parse::<WebhookUrl>(), Err(reason), "{bad}");
            let trusted = WebhookUrl::in_trusted_network(bad);
            let is_refused = reason != WebhookUrlError::NotEncrypted;
            assert_eq!(trusted.is_err(), is_refused, "{bad}");
        }
    }

    #[test]
    fn r15_the_path_of_the_webhook_does_not_get_into_a_log() {
        let url: WebhookUrl = "https://alerts.example:444/hook?token=4711"
            .parse()
            .unwrap();
        assert_eq!(
            format!("{url} {url:?}"),
            "https://alerts.example:444/… https://alerts.example:444/…"
        );
    }
}
