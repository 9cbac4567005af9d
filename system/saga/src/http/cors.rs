//! Cross-origin requests: which pages of other origins may use the API in a browser.

use std::{str::FromStr, time::Duration};

use axum::http::{HeaderName, HeaderValue, Method, Uri, header};
use tower_http::cors::{AllowOrigin, CorsLayer};

/// How long a browser may keep the answer to a preflight.
const PREFLIGHT_KEPT: Duration = Duration::from_secs(600);

/// The origins whose pages may use the API: `*`, or a list with commas.
///
/// ```
/// use likewise_saga::http::CorsOrigins;
///
/// assert!("https://shop.example,http://localhost:3000".parse::<CorsOrigins>().is_ok());
/// let wrong = "https://shop.example/".parse::<CorsOrigins>().unwrap_err();
/// assert!(wrong.to_string().starts_with("'https://shop.example/' is no origin"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CorsOrigins(Origins);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Origins {
    Any,
    These(Vec<HeaderValue>),
}

/// A text that is no origin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{0}' is no origin: give scheme, host and port as a browser sends them, for example https://shop.example, or * for all"
)]
pub struct NotAnOrigin(String);

impl FromStr for CorsOrigins {
    type Err = NotAnOrigin;

    fn from_str(text: &str) -> Result<Self, NotAnOrigin> {
        if text == "*" {
            return Ok(Self(Origins::Any));
        }
        let origins = text.split(',').map(|origin| {
            let value = HeaderValue::from_str(origin).ok();
            let value = value.filter(|_| is_origin(origin));
            value.ok_or_else(|| NotAnOrigin(origin.to_owned()))
        });
        origins
            .collect::<Result<_, _>>()
            .map(|these| Self(Origins::These(these)))
    }
}

/// Whether the text is what a browser would send: nothing after the port, and no default port.
fn is_origin(text: &str) -> bool {
    let Ok(uri) = text.parse::<Uri>() else {
        return false;
    };
    let (Some(scheme @ ("http" | "https")), Some(authority)) = (uri.scheme_str(), uri.authority())
    else {
        return false;
    };
    let default = if scheme == "http" { 80 } else { 443 };
    let is_plain = authority.port_u16() != Some(default) && !authority.as_str().contains('@');
    is_plain && text == format!("{scheme}://{}", authority.as_str().to_lowercase())
}

impl CorsOrigins {
    /// The layer that answers preflights and adds the headers.
    pub(super) fn layer(&self) -> CorsLayer {
        let origins = match &self.0 {
            Origins::Any => AllowOrigin::any(),
            Origins::These(these) => AllowOrigin::list(these.clone()),
        };
        CorsLayer::new()
            .allow_origin(origins)
            .allow_methods([
                Method::GET,
                Method::HEAD,
                Method::POST,
                Method::PUT,
                Method::DELETE,
            ])
            .allow_headers([
                header::ACCEPT,
                header::AUTHORIZATION,
                header::CONTENT_TYPE,
                header::IF_NONE_MATCH,
                own("idempotency-key"),
                own("last-event-id"),
                own("prefer"),
                own("traceparent"),
                own("x-request-id"),
                own("x-user-id"),
            ])
            .expose_headers([
                header::ALLOW,
                header::ETAG,
                header::LOCATION,
                header::RETRY_AFTER,
                own("idempotency-replayed"),
                own("preference-applied"),
                own("ratelimit"),
                own("ratelimit-policy"),
                own("x-request-id"),
            ])
            .max_age(PREFLIGHT_KEPT)
    }
}

const fn own(name: &'static str) -> HeaderName {
    HeaderName::from_static(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_browser_would_send_is_refused() {
        let wrong = [
            "",
            "shop.example",
            "https://shop.example/",
            "https://shop.example/a",
            "https://Shop.example",
            "https://shop.example:443",
            "http://shop.example:80",
            "https://me@shop.example",
            "ftp://shop.example",
            "https://a.example, https://b.example",
            "https://a.example,",
            "*,https://a.example",
        ];
        for text in wrong {
            assert!(text.parse::<CorsOrigins>().is_err(), "{text}");
        }
        for text in [
            "*",
            "http://localhost:3000",
            "https://a.example,https://b.example:8443",
        ] {
            assert!(text.parse::<CorsOrigins>().is_ok(), "{text}");
        }
    }
}
