//! When a request really reaches a service, and when its answer leaves: what a space-time diagram draws between.
//!
//! ```text
//!  Sent ────► Arrived ─ the service works ─ Answered ────► Replied
//!  sender     receiver                      receiver       sender
//! ```
//!
//! A request carries its number in a header, which the services do not know. Copies carry the number of the original.

use axum::{
    Router,
    extract::Request,
    middleware::{self, Next},
    response::Response,
};
use bytes::Bytes;
use http::{HeaderName, HeaderValue};

use super::World;
use crate::{plan::Host, record::EventKind};

/// The header that carries a message's number.
const NUMBER: HeaderName = HeaderName::from_static("simulated-message");

/// Writes a message's number on it.
pub(super) fn mark(request: &mut http::Request<Bytes>, message: u64) {
    request
        .headers_mut()
        .insert(NUMBER, HeaderValue::from(message));
}

/// The same routes, with what arrives at them and leaves them noted.
pub fn watched(routes: Router, world: World, host: Host) -> Router {
    routes.layer(middleware::from_fn(move |request: Request, next: Next| {
        note(world.clone(), host, request, next)
    }))
}

async fn note(world: World, host: Host, request: Request, next: Next) -> Response {
    let Some(message) = number(&request) else {
        return next.run(request).await;
    };
    world.note(host, EventKind::Arrived { message });
    let response = next.run(request).await;
    let status = response.status().as_u16();
    world.note(host, EventKind::Answered { message, status });
    response
}

/// Nothing for the checks' own messages.
fn number(request: &Request) -> Option<u64> {
    request.headers().get(NUMBER)?.to_str().ok()?.parse().ok()
}
