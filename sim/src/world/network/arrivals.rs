//! When a request really reaches a service, and when its answer leaves: what a space-time diagram draws between.
//!
//! ```text
//!  Sent ────► Arrived ─ the service works ─ Answered ────► Replied
//!  sender     receiver                      receiver       sender
//! ```
//!
//! A request carries its number in a header, which the services do not know. Copies carry the number of the original.

use std::{
    convert::Infallible,
    task::{Context, Poll},
};

use axum::{Router, response::Response, routing::future::RouteFuture};
use bytes::Bytes;
use futures::{FutureExt, future::Map};
use http::{HeaderName, HeaderValue, Request};
use hyper::body::Incoming;
use tower::Service;

use crate::world::{handle::World, plan::Host, record::EventKind};

/// The header that carries a message's number.
const NUMBER: HeaderName = HeaderName::from_static("simulated-message");

/// Writes a message's number on it.
pub(super) fn mark(request: &mut Request<Bytes>, message: u64) {
    request
        .headers_mut()
        .insert(NUMBER, HeaderValue::from(message));
}

/// A service's routes, with what arrives at them and leaves them noted.
#[derive(Clone)]
pub struct Watched {
    routes: Router,
    world: World,
    host: Host,
}

impl Watched {
    /// Those of a service on this machine.
    #[must_use]
    pub fn new(routes: Router, world: World, host: Host) -> Self {
        Self {
            routes,
            world,
            host,
        }
    }
}

type Answer = Result<Response, Infallible>;

impl Service<Request<Incoming>> for Watched {
    type Response = Response;
    type Error = Infallible;
    type Future = Map<RouteFuture<Infallible>, Box<dyn FnOnce(Answer) -> Answer + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Incoming>) -> Self::Future {
        let (world, host, message) = (self.world.clone(), self.host, number(&request));
        if let Some(message) = message {
            world.note(host, EventKind::Arrived { message });
        }
        let note = move |answer: Answer| {
            if let (Some(message), Ok(response)) = (message, &answer) {
                let status = response.status().as_u16();
                world.note(host, EventKind::Answered { message, status });
            }
            answer
        };
        self.routes.call(request).map(Box::new(note))
    }
}

/// Nothing for the checks' own messages.
fn number(request: &Request<Incoming>) -> Option<u64> {
    request.headers().get(NUMBER)?.to_str().ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use crate::{
        run::run,
        world::{
            plan::{Action, single},
            record::EventKind,
        },
    };

    #[test]
    fn each_request_arrives_where_it_was_sent_and_its_answer_leaves_from_there() {
        let record = run(&single(Action::Unlike, true)).unwrap();
        let mut sent = 0;
        for (place, event) in record.events.iter().enumerate() {
            let EventKind::Sent { message, to, .. } = event.kind else {
                continue;
            };
            sent += 1;
            let mut status = None;
            let later = &record.events[place..];
            let course: Vec<&str> = later
                .iter()
                .filter_map(|event| match event.kind {
                    EventKind::Arrived { message: it } if it == message => {
                        assert_eq!(event.host, to);
                        Some("arrived")
                    }
                    EventKind::Answered {
                        message: it,
                        status: said,
                    } if it == message => {
                        assert_eq!(event.host, to);
                        status = Some(said);
                        Some("answered")
                    }
                    EventKind::Replied {
                        message: it,
                        status: read,
                        ..
                    } if it == message => {
                        assert_eq!(status, Some(read));
                        Some("replied")
                    }
                    _ => None,
                })
                .collect();
            assert_eq!(
                course,
                ["arrived", "answered", "replied"],
                "of message {message}"
            );
        }
        assert!(sent > 10, "only {sent} messages were sent");
    }
}
