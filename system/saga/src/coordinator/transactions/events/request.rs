//! What a client that wants to follow a saga asks for.

use axum::{extract::FromRequestParts, http::request::Parts};

use crate::{
    coordinator::transactions::routes::saga_id,
    http::{PathText, Problem, QueryPairs, accepts, header},
    id::SagaId,
    log::{Place, parse_id},
};

/// The content type of the answer.
const EVENT_STREAM: &str = "text/event-stream";

/// A request for the events of a saga.
pub(in crate::coordinator::transactions) struct EventsRequest {
    pub(super) saga: SagaId,
    pub(super) ticket: Option<String>,
    last_event_id: Option<String>,
    /// What else the request has, for the product.
    pub(super) parts: Parts,
}

impl<S: Send + Sync> FromRequestParts<S> for EventsRequest {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let PathText(id) = PathText::from_request_parts(parts, state).await?;
        let saga = saga_id("path", "transaction_id", &id)?;
        if !accepts(&parts.headers, EVENT_STREAM) {
            return Err(Problem::not_acceptable(EVENT_STREAM));
        }
        let query = QueryPairs::from_request_parts(parts, state).await?;
        // A browser sends an empty id only if an event had one.
        let last = header(parts, "Last-Event-ID")?.map(str::to_owned);
        Ok(Self {
            saga,
            ticket: query.one("ticket")?,
            last_event_id: last,
            parts: parts.clone(),
        })
    }
}

impl EventsRequest {
    /// The place of the last event that the client got. The inner one is `None` if the id belongs to no event of this saga.
    pub(super) fn last_event(&self) -> Option<Option<Place>> {
        let last = self.last_event_id.as_deref()?;
        Some(parse_id(self.saga, last))
    }
}
