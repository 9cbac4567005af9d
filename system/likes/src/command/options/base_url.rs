//! The base URL of a service: `http://HOST:PORT` without a path, or `HOST:PORT`.

use axum::http::Uri;

/// Parses a base URL.
///
/// # Errors
/// The text is not a URL, or not of the form `http://HOST:PORT`.
pub(in crate::command) fn base_url(text: &str) -> Result<Uri, String> {
    let url: Uri = likewise_cli::base_url(text)
        .parse()
        .map_err(|error| format!("{error}"))?;
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
        let local = base_url("localhost:8081").unwrap();
        assert_eq!(local, "http://localhost:8081");
        assert_eq!(base_url(":8081").unwrap(), "http://127.0.0.1:8081");
        for wrong in ["https://a", "http://a/b", "http://a/?b", ""] {
            assert!(base_url(wrong).is_err(), "{wrong}");
        }
    }
}
