//! The way from a coordinator to the services: steps and lookups, in batches.
//!
//! ```text
//!  executor ── step ───┐                     ┌─ HTTP ────────► POST /v1/steps, /v1/lookups
//!                      ├─► BatchedClient ──► │
//!  a check ─ lookup ───┘   (a queue each)    └─ same process ─► the services' own batchers
//! ```
//!
//! There is one way, whatever the deployment: a request goes into a queue of its [`Participant`], a batch goes
//! out through a client, and its replies come back in order. Only the client differs. In one process,
//! requests are not serialised as JSON, but they pass the same batchers and the same barriers.
//!
//! `reachability.rs` knows which service is away, from the batches and from probes (`probe.rs`). `step_sender.rs` finds the
//! service of a step.

mod batched_client;
mod participant;
mod probe;
mod reachability;
pub(crate) mod step_counts;
mod step_sender;

pub use batched_client::BatchedClient;
pub use participant::Participant;
pub use probe::{Probe, http_probe};
pub(super) use step_sender::Participants;
