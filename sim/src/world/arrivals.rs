//! When a request really reaches a service, and when its answer leaves: what a space-time diagram draws between.
//!
//! ```text
//!  Sent ────► Arrived ─ the service works ─ Answered ────► Replied
//!  sender     receiver                      receiver       sender
//! ```
//!
//! A request carries its number in a header, which the services do not know. Copies carry the number of the original.

use std::task::{Context, Poll};

use axum::{Router, extract::Request, response::Response};
use bytes::Bytes;
use futures::{FutureExt, future::Map};
use http::{HeaderName, HeaderValue};
use tower::{Service, layer::layer_fn};

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
    routes.layer(layer_fn(move |inner| Watched {
        inner,
        world: world.clone(),
        host,
    }))
}

/// A service whose requests and answers are noted.
#[derive(Clone)]
struct Watched<S> {
    inner: S,
    world: World,
    host: Host,
}

/// Notes an answer and hands it on.
type Note<E> = Box<dyn FnOnce(Result<Response, E>) -> Result<Response, E> + Send>;

impl<S: Service<Request, Response = Response>> Service<Request> for Watched<S> {
    type Response = Response;
    type Error = S::Error;
    type Future = Map<S::Future, Note<S::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let (world, host, message) = (self.world.clone(), self.host, number(&request));
        if let Some(message) = message {
            world.note(host, EventKind::Arrived { message });
        }
        let note: Note<S::Error> = Box::new(move |answer| {
            if let (Some(message), Ok(response)) = (message, &answer) {
                let status = response.status().as_u16();
                world.note(host, EventKind::Answered { message, status });
            }
            answer
        });
        self.inner.call(request).map(note)
    }
}

/// Nothing for the checks' own messages.
fn number(request: &Request) -> Option<u64> {
    request.headers().get(NUMBER)?.to_str().ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use crate::{
        plan::{Action, single},
        record::EventKind,
        run::run,
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
