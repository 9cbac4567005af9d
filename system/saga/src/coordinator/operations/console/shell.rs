//! What all pages have: the frame with the navigation, the headers, and the page of a problem.

use askama::Template;
use axum::{
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};

use super::sessions::Visitor;
use crate::http::{Problem, problem_type};

/// Nothing but the files of this console. `connect-src`: a page reads itself again to refresh.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; \
                      form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
/// With `no-referrer`, a browser would send `Origin: null` with our own forms, as it does with those of a hostile sandbox.
const REFERRER: &str = "same-origin";

/// The frame around a page.
pub(super) struct Shell {
    /// The path of the entry of the navigation that is shown.
    pub(super) current: &'static str,
    pub(super) operator: String,
    pub(super) role: String,
    pub(super) may_operate: bool,
    pub(super) csrf: String,
}

/// The entries of the navigation.
const ENTRIES: [(&str, &str); 6] = [
    ("/console", "Overview"),
    ("/console/sagas", "Sagas"),
    ("/console/batches", "Batches"),
    ("/console/pauses", "Pauses"),
    ("/console/audit", "Audit"),
    ("/console/deliveries", "Deliveries"),
];

impl Shell {
    pub(super) fn new(current: &'static str, visitor: &Visitor) -> Self {
        Self {
            current,
            operator: visitor.operator.name.to_string(),
            role: visitor.operator.role.to_string(),
            may_operate: visitor.may_operate(),
            csrf: visitor.csrf.to_string(),
        }
    }

    pub(super) fn entries(&self) -> [(&'static str, &'static str); 6] {
        ENTRIES
    }
}

/// Why there is no page. The guard makes a page of it.
#[derive(Clone)]
pub(super) struct Failure(pub(super) Problem);

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = self.0.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// A page, or why there is none.
pub(super) type Page = Result<Response, Failure>;

/// Makes a page of a template.
pub(super) fn render(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(text) => (status, Html(text)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page of the console cannot be made");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage {
    shell: Option<Shell>,
    status: u16,
    title: &'static str,
    detail: String,
}

/// The page of a problem.
pub(super) fn problem_page(problem: &Problem, visitor: Option<&Visitor>) -> Response {
    let page = ProblemPage {
        shell: visitor.map(|visitor| Shell::new("", visitor)),
        status: problem.status().as_u16(),
        title: problem.title(),
        detail: problem.detail().to_owned(),
    };
    render(problem.status(), &page)
}

/// The page of a path without one.
pub(super) async fn nothing_here() -> Failure {
    let detail = "The console has no page here.";
    Failure(Problem::of(&problem_type::NOT_FOUND, detail))
}

/// Only an operator of this role sees the pages on the way to an order.
///
/// # Errors
/// A 403.
pub(super) fn require_operate(visitor: &Visitor) -> Result<(), Problem> {
    match visitor.may_operate() {
        true => Ok(()),
        false => Err(Problem::forbidden(
            "An order needs the role operate, and you have the role read.",
        )),
    }
}

/// Adds the headers that keep a page from being framed, kept or fed with anything else.
pub(super) async fn harden(mut response: Response) -> Response {
    let headers = response.headers_mut();
    let nosniff = header::X_CONTENT_TYPE_OPTIONS;
    let fixed: [(HeaderName, &'static str); 5] = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (nosniff, "nosniff"),
        (header::REFERRER_POLICY, REFERRER),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
