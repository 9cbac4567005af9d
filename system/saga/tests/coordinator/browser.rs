//! A browser as far as the console needs one: it keeps the cookie, and sends forms as they were received.

use std::cell::RefCell;

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Request, StatusCode, header, request::Builder},
};
use http_body_util::BodyExt;
use tower::ServiceExt;

/// A browser at the console.
pub struct Browser {
    routes: Router,
    cookie: RefCell<Option<String>>,
}

/// What was answered.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Browser {
    pub fn new(routes: Router) -> Self {
        Self {
            routes,
            cookie: RefCell::new(None),
        }
    }

    /// A browser whose owner is signed in.
    pub async fn signed_in(routes: Router, token: &str) -> Self {
        let browser = Self::new(routes);
        let answer = browser.post("/console/login", &[("token", token)]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{answer:?}");
        browser
    }

    /// The value of the cookie.
    pub fn cookie(&self) -> Option<String> {
        self.cookie.borrow().clone()
    }

    /// Has this cookie from now on.
    pub fn set_cookie(&self, cookie: Option<&str>) {
        *self.cookie.borrow_mut() = cookie.map(str::to_owned);
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path), "").await
    }

    /// Sends a form from a page of the console.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let own = [("host", "admin:9090"), ("origin", "http://admin:9090")];
        self.post_from(path, fields, &own).await
    }

    /// Sends a form with these headers.
    pub async fn post_from(
        &self,
        path: &str,
        fields: &[(&str, &str)],
        headers: &[(&str, &str)],
    ) -> Answer {
        let form = "application/x-www-form-urlencoded";
        let mut request = Request::post(path).header(header::CONTENT_TYPE, form);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(fields);
        self.send(request, &body.finish()).await
    }

    async fn send(&self, mut request: Builder, body: &str) -> Answer {
        if let Some(cookie) = self.cookie() {
            request = request.header(header::COOKIE, cookie);
        }
        let request = request.body(Body::from(body.to_owned()));
        let routes = self.routes.clone();
        let answer = routes.oneshot(request.expect("a request")).await;
        let (parts, body) = answer.expect("routes always answer").into_parts();
        let body = body.collect().await.expect("a body").to_bytes();
        if let Some(cookie) = parts.headers.get(header::SET_COOKIE) {
            let cookie = cookie.to_str().expect("text");
            let pair = cookie.split(';').next().filter(|it| !it.ends_with('='));
            self.set_cookie(pair);
        }
        Answer {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8(body.to_vec()).expect("text"),
        }
    }
}

impl Answer {
    /// The value of the first field with this name.
    pub fn field(&self, name: &str) -> String {
        let start = format!("name=\"{name}\" value=\"");
        let found = self.text.split_once(&start);
        let (_, rest) = found.unwrap_or_else(|| panic!("no {name} in {}", self.text));
        let value = rest.split('"').next().expect("a value");
        value.replace("&#34;", "\"").replace("&#38;", "&")
    }

    /// Where to go.
    pub fn place(&self) -> &str {
        let place = self.headers.get(header::LOCATION);
        place.expect("a place").to_str().expect("text")
    }

    pub fn has(&self, text: &str) -> bool {
        self.text.contains(text)
    }
}
