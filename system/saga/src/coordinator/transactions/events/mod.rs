//! `GET /v1/transactions/{transaction_id}/events`: the live status of a saga, as server-sent events.
//!
//! ```text
//!  saga log ──► history ──► logged changes, each with an id ─┐
//!  executor ──► progress ─► steps, without an id ────────────┴──► follower ──► client, at its own pace
//! ```
//!
//! **Logged changes come from the log alone.** Every coordinator finds the same changes at the same places, so a client resumes
//! with `Last-Event-ID` at any of them, misses none and is told none twice. Nothing is called ended before its end is durable.
//!
//! **Steps are live only.** They come from the memory of the leader, which a crash loses. The next snapshot makes up for it. A
//! standby does not have them, reads the log now and then, and says so: `"live": false`.
//!
//! **A slow client slows nobody.** A follower has no queue. When its client takes the next event, it compares what the saga is
//! now with what it told last. Steps in between are left out, logged changes never.
//!
//! Files: `request.rs` (what a client asks for), `follower.rs` (what comes next), `event.rs` (what is sent), `streams.rs` (how
//! many there may be), `ticket.rs` (who may read without a header), `config.rs` (the bounds).

mod config;
mod event;
mod follower;
mod request;
mod streams;
mod ticket;

use std::{sync::Arc, time::Duration};

use axum::{
    extract::State,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{
        IntoResponse, Response,
        sse::{KeepAlive, Sse},
    },
};
use futures::StreamExt;

pub use config::EventsConfig;
use config::LOG_READ;
pub(in crate::coordinator) use config::bounds;
use follower::{Follower, Opening};
use request::EventsRequest;
pub(in crate::coordinator) use streams::Streams;
pub use ticket::{InvalidKey, TICKET_KEY_BYTES_MIN, TicketKey};

use super::super::instance::Coordinator;
use crate::{
    bound::within,
    http::{Problem, live},
    id::SagaId,
    log::LoggedChange,
};

/// Tells nginx to pass on each event when it comes.
const ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// `GET /v1/transactions/{transaction_id}/events`
///
/// 204 tells a browser not to come back: the saga has ended, and the client knows it.
pub(super) async fn events(
    State(coordinator): State<Arc<Coordinator>>,
    request: EventsRequest,
) -> Result<Response, Problem> {
    let EventsRequest { saga, .. } = request;
    let user = coordinator.allowed(&request)?;
    let permit = coordinator
        .streams
        .enter(user, &coordinator.config.events)?;
    // Followed before the log is read: what happens in between wakes the follower.
    let watched = coordinator.follow(saga);
    let stored = coordinator.stored(saga, watched.is_some()).await?;
    let sent = match request.last_event() {
        None => None,
        Some(named) => {
            let history = coordinator.history(saga).await?;
            let known = history.iter().find(|change| named == Some(change.place));
            let Some(known) = known else {
                return Err(unknown_event());
            };
            if known.is_end() {
                return Ok(no_more_events());
            }
            Some(known.place)
        }
    };
    let opening = Opening {
        saga,
        stored,
        sent,
        watched,
        retry: coordinator.streams.retry(&coordinator.config.events),
    };
    let heartbeat = coordinator.config.events.heartbeat;
    let follower = Follower::new(coordinator, opening, permit);
    Ok(stream(follower, heartbeat))
}

/// The answer that goes on for as long as the follower has something to tell.
fn stream(follower: Follower, heartbeat: Duration) -> Response {
    let events = futures::stream::unfold(follower, |mut follower| async move {
        let event = follower.next().await?;
        Some((event, follower))
    });
    let sse = Sse::new(events.map(Ok::<_, std::convert::Infallible>));
    let mut response = sse
        .keep_alive(KeepAlive::new().interval(heartbeat))
        .into_response();
    never_kept(&mut response);
    live(response)
}

fn no_more_events() -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    never_kept(&mut response);
    response
}

/// No cache and no gateway may keep it, or hold it back.
fn never_kept(response: &mut Response) {
    let headers = response.headers_mut();
    let no_store = HeaderValue::from_static("no-store");
    headers.insert(header::CACHE_CONTROL, no_store);
    headers.insert(ACCEL_BUFFERING, HeaderValue::from_static("no"));
}

fn unknown_event() -> Problem {
    let reason = "must be the id of an event of this transaction";
    Problem::invalid("header", "Last-Event-ID", reason)
}

impl Coordinator {
    /// What the log has of a saga, for a request.
    async fn history(&self, saga: SagaId) -> Result<Vec<LoggedChange>, Problem> {
        let read = within(LOG_READ, self.log.history(saga)).await;
        match read {
            Ok(read) => Ok(read?),
            Err(overdue) => Err(Problem::unavailable(format!("{overdue}; try again."))),
        }
    }

    /// Where a client follows the saga. With a ticket, if the coordinator has a key for it: browsers' `EventSource` sends no headers.
    pub(in crate::coordinator) fn events_url(&self, saga: SagaId, user: Option<&str>) -> String {
        let path = format!("/v1/transactions/{saga}/events");
        let Some(key) = &self.config.events.ticket_key else {
            return path;
        };
        let expires = self.config.events.ticket_expiry(self.env.clock.now());
        format!("{path}?ticket={}", key.sign(saga, user, expires))
    }

    /// Who asks, if that is known: the user of the ticket, or of the request.
    ///
    /// # Errors
    /// The ticket is wrong, has expired, or is not for this.
    fn allowed(&self, request: &EventsRequest) -> Result<Option<String>, Problem> {
        let named = (self.product.client)(&request.parts)?;
        let Some(ticket) = &request.ticket else {
            return Ok(named);
        };
        let no_key = || Problem::ticket_refused("This coordinator gives no tickets.");
        let key = self.config.events.ticket_key.as_ref().ok_or_else(no_key)?;
        let of_ticket = key.verify(ticket, request.saga, self.env.clock.now())?;
        match (named, of_ticket) {
            (Some(named), Some(user)) if named != user => Err(Problem::ticket_refused(
                "The ticket belongs to another user.",
            )),
            (named, of_ticket) => Ok(of_ticket.or(named)),
        }
    }
}
