//! Alerts to people: an outbox in the saga log, and a task of the leader that delivers it to a webhook.
//!
//! ```text
//!  park, end ──► one transaction: the mark or the end, the alert, its delivery (pending)
//!                                        │
//!                                        ▼   the epoch is proved
//!  deliverer (leader) ──► due ──► POST, signed ──► delivered, another attempt later, or given up
//! ```
//!
//! **An alert cannot be lost.** It is in the same transaction as what it tells. So a saga is parked with its alert or not at all,
//! whatever crashes, and whether a webhook is configured or not.
//!
//! **It is delivered at least once.** A leader that dies between the answer of the webhook and its note in the log leaves the
//! delivery pending, and the next leader sends the same message again, with the same `webhook-id`. Messages follow
//! [Standard Webhooks 1.0](https://www.standardwebhooks.com).
//!
//! **The path of other sagas pays nothing.** Only an entry that parks, or that ends a saga which was parked, writes more.
//!
//! Files: `alert.rs` (what is told), `outbox.rs` (its transaction), `deliveries.rs` (the contract of the deliveries) and
//! `sql_deliveries.rs`, `message.rs` (body), `signature.rs` (secrets), `webhook_url.rs`, `attempt.rs` (what an answer means; no
//! I/O), `deliverer.rs` (the leader's task), `config.rs`, `metrics.rs`, `bounds.rs`.

mod alert;
mod attempt;
mod bounds;
mod config;
mod deliverer;
mod deliveries;
mod message;
pub(crate) mod metrics;
mod outbox;
mod signature;
mod sql_deliveries;
mod webhook_url;

pub use alert::{Alert, AlertId, AlertKind};
pub use attempt::shortest_pause;
pub(crate) use bounds::bounds;
pub use config::AlertsConfig;
pub(crate) use deliverer::{Dependencies, run};
pub use deliveries::{Attempt, Deliveries, Delivery, DeliveryState, Pending, Resend, Resent};
pub(crate) use message::delivery_json;
pub use message::message;
pub(crate) use metrics::AlertCounts;
pub(crate) use outbox::{NewAlert, was_parked, write};
pub use signature::{SecretFileError, SecretLineError, WebhookSecrets};
pub use webhook_url::{WebhookUrl, WebhookUrlError};
