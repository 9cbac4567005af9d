//! The way from the coordinator to the article and user services: steps and lookups, in batches.
//!
//! ```text
//!  executor ── step ─────┐                     ┌─ HTTP ────────► POST /v1/steps, /v1/lookups
//!                        ├─► BatchedClient ──► │  clients.rs
//!  like checks ─ lookup ─┘   (a queue each)    └─ same process ─► the services' own batchers
//! ```
//!
//! There is one way, whatever the deployment: [`Participants`] puts a request into a queue, a batch goes
//! out through a client, and its replies come back in order. Only the client differs. In one process,
//! requests are not serialised as JSON, but they pass the same batchers and the same barriers.
//!
//! `reachability.rs` knows which service is away, from the batches and from probes (`probe.rs`).

mod article_cache;
mod batched_client;
mod clients;
mod probe;
mod reachability;
mod step_sender;

pub(crate) use clients::{ArticleClients, LikeParticipantClients, UserClients};
pub(crate) use probe::Probe;
pub(super) use step_sender::Participants;
