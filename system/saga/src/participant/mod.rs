//! A participant is a service that executes steps of sagas. This module has both sides: the service and the coordinator's
//! client.
//!
//! ```text
//!  coordinator ──► ParticipantClient ──┬─ HTTP ──► routes ──► batcher ──► barrier + effect
//!                                      └─ same process ─────► batcher ──► barrier + effect
//! ```
//!
//! A service implements [`Effect`], or [`SingleEffect`] for one step at a time; [`SqlBarrier`] applies whole batches of steps around it. `steps.rs` is the route and the
//! batcher in front of the service's database, `applier.rs` applies its batches, `step_notes.rs` tells about their steps. `watermark/` refuses and collects what is old,
//! `rows/` shows what is stored.

mod applier;
mod barrier_batch;
mod barrier_rows;
mod client;
mod derived;
mod effect;
mod http_client;
mod lookups;
pub(crate) mod metrics;
mod one_by_one;
mod rows;
mod single_statement;
mod step_notes;
mod steps;
pub(crate) mod verdict_counts;
mod watermark;

pub use barrier_batch::SqlBarrier;
pub use client::{ParticipantClient, ParticipantClients, StepsClient};
pub use effect::{ActionColumns, Barrier, Effect, SingleStatement, Verdict};
pub use http_client::http_participant;
pub use lookups::{InProcessLookups, LookupHandler, routes as lookup_routes};
pub(crate) use metrics::{ParticipantMetrics, began_at, retention};
pub use one_by_one::{OneByOne, SingleEffect};
pub use rows::{
    BarrierRow, BarrierRows, BarrierRowsClient, RowState, routes as barrier_rows_routes,
};
pub use steps::{StepsBatcher, batcher as steps_batcher, routes as step_routes};
pub use watermark::{
    COLLECT_ROWS_MAX, Collected, RaiseError, Raised, SqlWatermarkStore, Watermark, WatermarkClient,
    WatermarkStore, Watermarks, routes as watermark_routes,
};
