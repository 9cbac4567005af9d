//! The base URL of a service: `http://HOST:PORT` without a path.

use axum::http::Uri;

/// Parses a base URL.
///
/// # Errors
/// The text is not a URL, or not of the form `http://HOST:PORT`.
pub(in crate::command) fn base_url(text: &str) -> Result<Uri, String> {
    let url: Uri = text.parse().map_err(|error| format!("{error}"))?;
    let is_bare = matches!(url.path(), "" | "/") && url.query().is_none();
    match url.scheme_str() == Some("http")
        && url.host().is_some_and(|host| !host.is_empty())
        && is_bare
    {
        true => Ok(url),
        false => Err("give http://HOST:PORT, without a path".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_has_a_host_and_no_path() {
        assert!(base_url("http://127.0.0.1:8081").is_ok());
        assert!(base_url("http://article:80/").is_ok());
        for wrong in [
            "127.0.0.1:8081",
            "https://a",
            "http://a/b",
            "http://a/?b",
            "",
        ] {
            assert!(base_url(wrong).is_err(), "{wrong}");
        }
    }
}
