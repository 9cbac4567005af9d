//! What operators see of sagas, and what they can order.
//!
//! ```text
//!  GET  /admin/v1/sagas/{id}          log row ─┐
//!                                     progress ├─► Inspection ──► both truths, a verdict per step, an ETag
//!                                 barrier rows ┘        │
//!                                                       ▼
//!  POST /admin/v1/sagas/{id}/abort    If-Match ──► inspected again ──► allowed? ──► audit entry ──► executor
//! ```
//!
//! An order takes effect only on what was previewed: the tag covers the log row, the epochs, the orders in force and every barrier
//! row, and they are read again before the order is written. The entry in the audit *is* the order (`log/operation_log.rs`); the
//! executor is told only after its commit. No order changes a status. It gives a saga a direction, and the replies of the
//! participants decide.
//!
//! Files: `inspection.rs` (what is read), `steps.rs` (both truths of each step), `cause.rs` (why a saga is open), `summary.rs` and
//! `detail.rs` (what is shown), `ended.rs` (how it ended), `action.rs` (what may be ordered), `preview.rs` (what it would do),
//! `act.rs` and `order_write.rs` (an order is given), `tag.rs` (what it is based on), `filter.rs` and `list.rs` (lists), `batch.rs` (many at once), `pauses.rs` (kinds and
//! services), `audit.rs` (who ordered what), `incident.rs` (a saga as a file), `routes.rs` (HTTP), `console/` (the same as pages).

mod act;
mod action;
mod audit;
mod batch;
mod cause;
mod console;
mod detail;
mod ended;
mod filter;
mod incident;
mod inspection;
mod list;
mod order_write;
mod pauses;
mod preview;
mod refusal;
mod routes;
mod steps;
mod summary;
mod tag;

pub(super) use act::reason;
pub(super) use batch::Batches;
pub(crate) use console::console;
pub(super) use routes::OrderBody;
pub(crate) use routes::{operate_routes, read_routes};
pub use tag::{OrderTag, SeenSaga, order_tag};
