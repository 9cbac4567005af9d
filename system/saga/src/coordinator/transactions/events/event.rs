//! What a stream sends: the bodies of its events.

use axum::response::sse::Event;
use serde::Serialize;

use crate::{
    coordinator::transactions::{
        item::Item,
        view::{Entry, Progress, progress_of},
    },
    id::SagaId,
    log::{LoggedChange, change_id},
    protocol::{Outcome, Status},
    time::Timestamp,
};

/// The saga as it is now.
#[derive(Serialize)]
struct Snapshot<'a> {
    /// Whether each change and each step comes at once. If not, changes come from the log, a little later, and steps do not come.
    live: bool,
    transaction: &'a Item,
}

/// What was logged.
#[derive(Serialize)]
struct Change<'a> {
    transaction_id: SagaId,
    change: &'static str,
    status: Progress,
    saga_status: Status,
    parked: bool,
    at: Timestamp,
    outcome: Option<&'a Outcome>,
}

/// The first event: without an id, because it is no place in the log.
pub(super) fn snapshot(live: bool, transaction: &Item) -> Event {
    body(
        Event::default().event("snapshot"),
        &Snapshot { live, transaction },
    )
}

/// A logged change, with its id.
pub(super) fn change(saga: SagaId, change: &LoggedChange) -> Event {
    let name = change.kind().as_str();
    let event = Event::default().event(name);
    let event = event.id(change_id(saga, change.place));
    body(
        event,
        &Change {
            transaction_id: saga,
            change: name,
            status: progress_of(change.status),
            saga_status: change.status,
            parked: change.parked,
            at: change.at,
            outcome: change.outcome.as_ref(),
        },
    )
}

/// The progress of a step, without an id: it is not logged.
pub(super) fn step(entry: &Entry) -> Event {
    body(Event::default().event("step"), entry)
}

/// These bodies are always JSON in one line. If one were not, the event would be empty.
fn body(event: Event, body: &impl Serialize) -> Event {
    event.data(serde_json::to_string(body).unwrap_or_default())
}
