//! The check in front of the pages: who asks, does the request come from a page of this console, and may this be done?
//!
//! An order needs three things at once: the cookie, which the browser keeps from other sites (`SameSite=Strict`); the CSRF token
//! of the session, which only its pages have; and an origin that is this one. Another port of this host is the same site, so
//! the cookie alone would not do.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{FromRequest, FromRequestParts, Request, State},
    http::{HeaderMap, HeaderValue, Method, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};

use super::{
    Site,
    fields::{Fields, Form, is_form, query},
    login::LOGOUT,
    sessions::Visitor,
    shell::{Failure, problem_page},
};
use crate::http::{Problem, RawBody, problem_type};

/// The cookie with the id of a session. A browser sends the cookies of a host to all its ports, so the path of the cookie keeps
/// it from other listeners.
pub(super) const COOKIE: &str = "saga-console";
/// The header of a page that refreshes itself.
const REFRESH: &str = "x-console-refresh";

impl<S: Send + Sync> FromRequestParts<S> for Visitor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let nobody = || Problem::forbidden("Nobody is signed in. Nothing was done.");
        parts.extensions.get().cloned().ok_or_else(nobody)
    }
}

/// Lets in who is signed in, and an order only if it comes from a form of this session and its role allows it.
pub(super) async fn guard(
    State(site): State<Arc<Site>>,
    mut request: Request,
    next: Next,
) -> Response {
    let is_refresh = request.headers().contains_key(REFRESH);
    let session = session_id(request.headers());
    let visitor = session.and_then(|id| site.sessions.find(id, !is_refresh));
    let Some(visitor) = visitor else {
        return to_login(&request);
    };
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        match checked_form(request, &visitor).await {
            Ok(checked) => request = checked,
            Err(problem) => return problem_page(&problem, Some(&visitor)),
        }
    }
    request.extensions_mut().insert(visitor.clone());
    let mut response = next.run(request).await;
    match response.extensions_mut().remove::<Failure>() {
        Some(failure) => problem_page(&failure.0, Some(&visitor)),
        None => response,
    }
}

/// The request with its fields, if it is an order that this session may give.
async fn checked_form(request: Request, visitor: &Visitor) -> Result<Request, Problem> {
    is_same_origin(request.headers())?;
    let (mut parts, body) = request.into_parts();
    if !is_form(&parts) {
        let detail = "This is not a form of the console. Nothing was done.";
        return Err(Problem::of(&problem_type::UNSUPPORTED_MEDIA_TYPE, detail));
    }
    let RawBody(bytes) = RawBody::from_request(Request::new(body), &()).await?;
    let fields = Fields::parse(&bytes);
    if !visitor.sent(fields.get("csrf").unwrap_or_default()) {
        let detail = "This form belongs to another session. Nothing was done; open the page again.";
        return Err(Problem::forbidden(detail));
    }
    if !visitor.may_operate() && parts.uri.path() != LOGOUT {
        let role = visitor.operator.role;
        let detail = format!(
            "An order needs the role operate, and you have the role {role}. Nothing was done."
        );
        return Err(Problem::forbidden(detail));
    }
    parts.extensions.insert(Form(fields));
    Ok(Request::from_parts(parts, Body::empty()))
}

/// Whether a form comes from a page of this console, as far as the browser tells. It tells `Sec-Fetch-Site` only to hosts that it
/// trusts, and `Origin` with every form. A request with neither is not from a browser of today.
///
/// # Errors
/// A 403: it comes from elsewhere.
pub(super) fn is_same_origin(headers: &HeaderMap) -> Result<(), Problem> {
    let text = |name| headers.get(name).map(HeaderValue::as_bytes);
    let is_own = match (text("sec-fetch-site"), text("origin")) {
        (Some(site), _) => site == b"same-origin",
        (None, Some(origin)) => {
            let schemes: [&[u8]; 2] = [b"http://", b"https://"];
            let host = schemes
                .iter()
                .find_map(|scheme| origin.strip_prefix(*scheme));
            host.is_some() && host == text("host")
        }
        (None, None) => true,
    };
    match is_own {
        true => Ok(()),
        false => Err(Problem::forbidden(
            "This form was sent by a page of another origin. Nothing was done.",
        )),
    }
}

/// The id in the cookie, if there is exactly one.
pub(super) fn session_id(headers: &HeaderMap) -> Option<&str> {
    let values = headers.get_all(header::COOKIE).iter();
    let pairs = values.filter_map(|value| value.to_str().ok());
    let pairs = pairs.flat_map(|value| value.split(';'));
    let mut ids = pairs.filter_map(|pair| {
        let (name, id) = pair.trim().split_once('=')?;
        (name == COOKIE).then_some(id)
    });
    let id = ids.next();
    id.filter(|_| ids.next().is_none())
}

/// Asks for the token, and comes back to the page afterwards. An order is not repeated.
fn to_login(request: &Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let detail = "You are not signed in, or your session has ended. Nothing was done.";
        let problem = Problem::of(&problem_type::UNAUTHORIZED, detail);
        return problem_page(&problem, None);
    }
    let page = request.uri().path_and_query();
    let page = page.map_or("", |page| page.as_str());
    let place = match page {
        "" | "/console" => "/console/login".to_owned(),
        page => format!("/console/login?{}", query(&[("next", page)])),
    };
    Redirect::to(&place).into_response()
}
