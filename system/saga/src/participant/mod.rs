//! A participant: a service that carries out steps of sagas, and how a coordinator reaches it.
//!
//! ```text
//!  coordinator ──► ParticipantClient ──┬─ HTTP ──► routes ──► batcher ──► barrier + effect
//!                                      └─ same process ─────► batcher ──► barrier + effect
//! ```
//!
//! [`Effect`] is what a service implements; [`SqlBarrier`] applies whole batches of steps around it.

mod barrier_batch;
mod client;
mod effect;
mod http_client;
mod lookups;
mod single_statement;
mod steps;

pub use barrier_batch::SqlBarrier;
pub use client::{ParticipantClient, ParticipantClients, Steps};
pub use effect::{Barrier, Effect, SingleStatement, Verdict};
pub use http_client::http_participant;
pub use lookups::{Answers, InProcess as InProcessLookups, routes as lookup_routes};
pub use steps::{StepsBatcher, batcher as steps_batcher, routes as step_routes};
