//! Signing in and out.

use askama::Template;
use axum::{
    extract::{FromRequest, Request},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::{
    Shared,
    fields::{Fields, Query},
    guard::{COOKIE, is_same_origin, session_id},
    sessions::LoginError,
    shell::{problem_page, render},
};
use crate::http::RawBody;

/// Where everybody may post who is signed in.
pub(super) const LOGOUT: &str = "/console/logout";

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage {
    /// The page to go to afterwards.
    next: String,
    error: Option<String>,
}

/// `GET /console/login?next=`
pub(super) async fn page(Query(fields): Query) -> Response {
    let page = LoginPage {
        next: fields.text("next"),
        error: None,
    };
    render(StatusCode::OK, &page)
}

/// `POST /console/login`. There is no session yet that a CSRF token could belong to.
pub(super) async fn login(site: Shared, request: Request) -> Response {
    if let Err(problem) = is_same_origin(request.headers()) {
        return problem_page(&problem, None);
    }
    let fields = match RawBody::from_request(request, &()).await {
        Ok(RawBody(bytes)) => Fields::parse(&bytes),
        Err(problem) => return problem_page(&problem, None),
    };
    let next = fields.text("next");
    let refused = match site.sessions.begin(fields.get("token").unwrap_or_default()) {
        Ok(id) => return signed_in(&id, &next),
        Err(refused) => refused,
    };
    let (status, error) = match &refused {
        LoginError::Wrong => {
            tracing::warn!("somebody typed a wrong token at the console");
            let error = "No operator has this token.".to_owned();
            (StatusCode::FORBIDDEN, error)
        }
        LoginError::TooMany(delay) => {
            let seconds = delay.as_secs_f64().ceil();
            let error = format!("Too many wrong tokens in a row. Try again in {seconds} s.");
            (StatusCode::TOO_MANY_REQUESTS, error)
        }
    };
    let page = LoginPage {
        next,
        error: Some(error),
    };
    let mut response = render(status, &page);
    if let LoginError::TooMany(delay) = refused {
        let seconds = HeaderValue::from(delay.as_secs() + 1);
        response.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
    response
}

fn signed_in(id: &str, next: &str) -> Response {
    // Only a page of this console. A browser reads a backslash as a slash, and no path of ours has one.
    let is_own = (next == "/console" || next.starts_with("/console/")) && !next.contains('\\');
    let next = if is_own { next } else { "/console" };
    // Without `Secure`: this listener has no TLS, and a browser would then drop the cookie.
    let cookie = format!("{COOKIE}={id}; Path=/console; HttpOnly; SameSite=Strict");
    let place = HeaderValue::try_from(next);
    let place = place.unwrap_or(HeaderValue::from_static("/console"));
    with_cookie(place, &cookie)
}

/// `POST /console/logout`
pub(super) async fn logout(site: Shared, headers: HeaderMap) -> Response {
    if let Some(id) = session_id(&headers) {
        site.sessions.end(id);
    }
    let cookie = format!("{COOKIE}=; Path=/console; HttpOnly; SameSite=Strict; Max-Age=0");
    with_cookie(HeaderValue::from_static("/console/login"), &cookie)
}

fn with_cookie(place: HeaderValue, cookie: &str) -> Response {
    let mut response = (StatusCode::SEE_OTHER, [(header::LOCATION, place)]).into_response();
    if let Ok(cookie) = HeaderValue::try_from(cookie) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}
