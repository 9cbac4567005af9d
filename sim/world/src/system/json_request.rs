//! A request with a JSON body.

use bytes::Bytes;
use http::{Method, Request, header};
use serde::Serialize;

/// A request with a JSON body, to a URL of hosts and plain paths, and with this `Idempotency-Key` if there is one.
///
/// # Panics
/// The URL or the key is not plain ASCII.
#[must_use]
pub fn json_request<T: Serialize + ?Sized>(
    method: Method,
    url: &str,
    body: &T,
    key: Option<&str>,
) -> Request<Bytes> {
    let request = Request::builder().method(method).uri(url);
    let request = request.header(header::CONTENT_TYPE, "application/json");
    let request = match key {
        Some(key) => request.header("Idempotency-Key", key),
        None => request,
    };
    let body = serde_json::to_vec(body).unwrap_or_default();
    let request = request.body(body.into());
    request.expect("a request of plain ASCII parts is valid")
}
