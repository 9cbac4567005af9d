//! The transaction log: the public, read-only view of the saga log.
//!
//! Every coordinator serves it, because all of them can read the log. The leader shows the sagas that it
//! drives as they are now. A standby may show a finished saga as pending for a few milliseconds, until its
//! last status change is logged.
//!
//! Files: `routes.rs` (HTTP), `item.rs` (a transaction, or a row that cannot be read), `events/` (the live status of one transaction), `view.rs` (which saga
//! state is shown as what).

mod events;
mod item;
mod routes;
mod view;

pub use events::{EventsConfig, InvalidKey, TICKET_KEY_BYTES_MIN, TicketKey};
pub(super) use events::{Streams, bounds};
pub(super) use routes::routes;
