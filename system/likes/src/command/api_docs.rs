//! The API documentation that a process serves: the OpenAPI document, Swagger UI over it, and the page of problems.
//!
//! It belongs to the binary and not to the library, so a simulated process has none of it. Nothing is loaded from elsewhere.
//! `system/likes/swagger_ui/` holds the two files of Swagger UI 5.35.0 (npm package `swagger-ui-dist`, Apache-2.0) as they are published,
//! compressed.

use axum::{
    Router,
    http::{HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
    routing::get,
};
use likewise::http::problems_as_html;
use likewise_saga::http::PROBLEM_PAGE;

const DOCUMENT: &str = include_str!("../../../../schemas/openapi.json");
const PAGE: &str = include_str!("../../swagger_ui/page.html");
const START: &str = include_str!("../../swagger_ui/start.js");
/// As published, and compressed: every browser takes gzip, and nobody else asks for them.
const SCRIPT: &[u8] = include_bytes!("../../swagger_ui/swagger-ui-bundle.js.gz");
const STYLE: &[u8] = include_bytes!("../../swagger_ui/swagger-ui.css.gz");

/// What the page may load: files of this process, and pictures in its style.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                      connect-src 'self'; base-uri 'none'; frame-ancestors 'none'";

const HTML: &str = "text/html; charset=utf-8";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";

/// The routes of the documentation.
pub(super) fn routes() -> Router {
    Router::new()
        .route(
            "/openapi.json",
            get(|| async { text("application/json", DOCUMENT) }),
        )
        .route("/docs", get(|| async { text(HTML, PAGE) }))
        .route("/docs/start.js", get(|| async { text(JAVASCRIPT, START) }))
        .route(
            "/docs/swagger-ui-bundle.js",
            get(|| async { compressed(JAVASCRIPT, SCRIPT) }),
        )
        .route(
            "/docs/swagger-ui.css",
            get(|| async { compressed(CSS, STYLE) }),
        )
        .route(
            PROBLEM_PAGE,
            get(|| async { text(HTML, problems_as_html()) }),
        )
}

fn text(kind: &'static str, body: impl IntoResponse) -> Response {
    (headers(kind), body).into_response()
}

fn compressed(kind: &'static str, body: &'static [u8]) -> Response {
    let gzip = [(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"))];
    (headers(kind), gzip, body).into_response()
}

fn headers(kind: &'static str) -> [(HeaderName, HeaderValue); 4] {
    let value = HeaderValue::from_static;
    [
        (header::CONTENT_TYPE, value(kind)),
        (header::CONTENT_SECURITY_POLICY, value(POLICY)),
        (header::X_CONTENT_TYPE_OPTIONS, value("nosniff")),
        (header::CACHE_CONTROL, value("no-cache")),
    ]
}
