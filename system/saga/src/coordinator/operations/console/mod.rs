//! The console: what operators see of sagas and can order, as pages for a browser.
//!
//! ```text
//!  token, typed once ──► login ──► cookie ──┐
//!                                           ▼
//!  request ───────────────────► guard: session, origin, CSRF token, role ──► page ──► the functions behind `/admin/v1`
//! ```
//!
//! The pages are made here, work without a script, and are the same for every product. An order goes through a page that shows
//! what it would do, and takes effect only on what that page has shown.
//!
//! Files: `sessions.rs` and `wrong_tokens.rs` (who is signed in), `guard.rs` (the check in front of the pages), `login.rs`,
//! `fields.rs` (queries and forms), `shell.rs` (what all pages have), `words.rs` (times and states in words), `overview.rs`,
//! `sagas.rs` (the list), `saga.rs` (one saga) with `truths.rs` and `timeline.rs`, `order.rs` with `facts.rs` (an order about one
//! saga), `batches.rs`, `pauses.rs`, `audit.rs`, `deliveries.rs`; `pages/` has the templates, the style and the script.

mod audit;
mod batches;
mod deliveries;
mod facts;
mod fields;
mod guard;
mod login;
mod order;
mod overview;
mod pauses;
mod saga;
mod sagas;
mod sessions;
mod shell;
mod timeline;
mod truths;
mod words;
mod wrong_tokens;

use std::sync::Arc;

use axum::{
    Router,
    extract::State,
    http::{HeaderValue, header},
    middleware::{from_fn_with_state, map_response},
    response::{IntoResponse, Response},
    routing::{any, get, post},
};

use self::{guard::guard, sessions::Sessions};
use crate::{
    admin::{AdminTokens, Console},
    coordinator::instance::Coordinator,
};

const STYLE: &str = include_str!("pages/console.css");
const SCRIPT: &str = include_str!("pages/console.js");

/// What the pages share.
struct Site {
    coordinator: Arc<Coordinator>,
    sessions: Sessions,
}

type Shared = State<Arc<Site>>;

/// The console of a coordinator.
pub(crate) fn console(coordinator: &Arc<Coordinator>) -> Console {
    let coordinator = Arc::clone(coordinator);
    Console::new(move |tokens| routes(&coordinator, tokens))
}

fn routes(coordinator: &Arc<Coordinator>, tokens: Arc<AdminTokens>) -> Router {
    let site = Arc::new(Site {
        coordinator: Arc::clone(coordinator),
        sessions: Sessions::new(coordinator.env.clone(), tokens),
    });
    let pages = Router::new()
        .route("/console", get(overview::page))
        .route("/console/logout", post(login::logout))
        .route("/console/sagas", get(sagas::page))
        .route("/console/sagas/{id}", get(saga::page))
        .route(
            "/console/sagas/{id}/{action}",
            get(order::preview).post(order::order),
        )
        .route("/console/batches", get(batches::list).post(batches::start))
        .route("/console/batches/new", get(batches::estimate))
        .route("/console/batches/{id}", get(batches::page))
        .route("/console/batches/{id}/stop", post(batches::stop))
        .route("/console/pauses", get(pauses::page).post(pauses::order))
        .route("/console/audit", get(audit::page))
        .route("/console/deliveries", get(deliveries::page))
        .route("/console/deliveries/{id}/resend", post(deliveries::resend))
        .route("/console/{*rest}", any(shell::nothing_here))
        .route_layer(from_fn_with_state(Arc::clone(&site), guard));
    Router::new()
        .route("/console/login", get(login::page).post(login::login))
        .route("/console/console.css", get(style))
        .route("/console/console.js", get(script))
        .merge(pages)
        .route_layer(map_response(shell::harden))
        .with_state(site)
}

async fn style() -> Response {
    file("text/css; charset=utf-8", STYLE)
}

async fn script() -> Response {
    file("text/javascript; charset=utf-8", SCRIPT)
}

fn file(content_type: &'static str, text: &'static str) -> Response {
    let content_type = HeaderValue::from_static(content_type);
    ([(header::CONTENT_TYPE, content_type)], text).into_response()
}
