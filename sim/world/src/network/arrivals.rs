//! When a request reaches its service, and when the answer leaves it. A sequence diagram draws its arrows between these.
//!
//! ```text
//!  Sent ────► Arrived ─ the service works ─ Answered ────► Replied
//!  sender     receiver                      receiver       sender
//! ```
//!
//! The message's number travels in a header, which the services ignore. Copies carry the number of their original.
//!
//! A process that accepts and never answers does so here: its routes are not called, or their answer is dropped.

use std::{
    convert::Infallible,
    future::{Pending, Ready, pending, ready},
    task::{Context, Poll},
};

use axum::{
    Router,
    body::{Body, to_bytes},
    response::Response,
    routing::future::RouteFuture,
};
use bytes::Bytes;
use futures::{
    FutureExt,
    future::{BoxFuture, Either, Then},
};
use http::{HeaderName, HeaderValue, Request};
use tower::Service;

use super::message;
use crate::{handle::World, plan::Host, process::admin::PREFIX, record::EventKind};

/// The header that carries a message's number.
const NUMBER: HeaderName = HeaderName::from_static("simulated-message");

/// Sets the header that carries the message's number.
///
/// A header survives the real HTTP client, connection pool and server in between. A side channel keyed by connection
/// would not: connections are reused.
pub(super) fn mark(request: &mut Request<Bytes>, message: u64) {
    request
        .headers_mut()
        .insert(NUMBER, HeaderValue::from(message));
}

/// A service's routes. Records each request that arrives and each answer that leaves.
#[derive(Clone)]
pub struct Watched {
    routes: Router,
    /// The routes for operators, if the run has any.
    admin: Option<Router>,
    world: World,
    host: Host,
}

impl Watched {
    /// The routes of the service on this host, and those for operators.
    #[must_use]
    pub fn new((routes, admin): (Router, Option<Router>), world: World, host: Host) -> Self {
        Self {
            routes,
            admin,
            world,
            host,
        }
    }
}

type Answer = Result<Response, Infallible>;
/// The answer now, or never.
type Leaving = Either<Ready<Answer>, Pending<Answer>>;
type Worked = Then<RouteFuture<Infallible>, Leaving, Box<dyn FnOnce(Answer) -> Leaving + Send>>;

impl Service<Request<Body>> for Watched {
    type Response = Response;
    type Error = Infallible;
    // A boxed closure and no boxed future: the routes' own future is stored inline. Only a request without an answer is boxed.
    type Future = Either<Worked, BoxFuture<'static, Answer>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let (world, host, message) = (self.world.clone(), self.host, number(&request));
        if let Some(message) = message {
            world.arrived(host, message);
        }
        if world.answers_nothing(host) {
            return Either::Right(never_answered(request).boxed());
        }
        let has_body = message::declares_body(&request);
        let is_operation = world
            .system()
            .is_operation(request.method(), request.uri().path());
        let open = is_operation.then(|| OpenOperation::arrived(&world, host, has_body));
        let leave = move |answer: Answer| {
            open.into_iter().for_each(OpenOperation::answered);
            if world.answers_nothing(host) {
                return Either::Right(pending());
            }
            if let (Some(message), Ok(response)) = (message, &answer) {
                let status = response.status().as_u16();
                world.note(host, EventKind::Answered { message, status });
            }
            Either::Left(ready(answer))
        };
        let routes = match &mut self.admin {
            Some(admin) if request.uri().path().starts_with(PREFIX) => admin,
            _ => &mut self.routes,
        };
        Either::Left(routes.call(request).then(Box::new(leave)))
    }
}

/// Takes the whole request and never answers. If its body stayed unread, the HTTP server would answer 408 for it.
async fn never_answered(request: Request<Body>) -> Answer {
    let _ = to_bytes(request.into_body(), usize::MAX).await;
    pending().await
}

/// An operation that has arrived and is not answered. If it is dropped, its client has left or its process has ended.
struct OpenOperation {
    world: World,
    host: Host,
    number: u64,
}

impl OpenOperation {
    fn arrived(world: &World, host: Host, has_body: bool) -> Self {
        Self {
            world: world.clone(),
            host,
            number: world.operation_arrived(host, has_body),
        }
    }

    fn answered(self) {
        self.world.operation_answered(self.host, self.number);
    }
}

impl Drop for OpenOperation {
    fn drop(&mut self) {
        self.world.operation_dropped(self.number);
    }
}

/// The number of a message. The probes' own messages have none.
fn number(request: &Request<Body>) -> Option<u64> {
    request.headers().get(NUMBER)?.to_str().ok()?.parse().ok()
}
