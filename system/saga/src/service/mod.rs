//! Opens the services of a product: from their databases to their routes.
//!
//! ```text
//!  database + effect ──► participant ───────────────┐
//!                                                   ├──► Service ──► routes, readiness, end
//!  open_log ──► OpenedLog::start ──► coordinator ───┘
//! ```
//!
//! A process serves one [`Service`] or several on one [`listener`]. The binary and the simulator open the same services;
//! they differ only in the [`Env`](crate::env::Env) that they pass.
//!
//! Files: `participant.rs` and `coordinator.rs` (the wiring), `opened.rs` (an opened service), `health.rs` and `check_run.rs`
//! (`/livez` and `/readyz`), `parts.rs` (the parts of the kit that a test may replace), `retained_watermarks.rs` (what a coordinator with
//! retention checks before it starts).

mod check_run;
mod coordinator;
mod health;
mod opened;
mod participant;
mod parts;
mod retained_watermarks;

pub use check_run::CheckRun;
pub use coordinator::{OpenedLog, coordinator, open_log};
pub use health::{Fields, ReadinessCheck};
pub use opened::{Close, Service, TakenOver, behind, listener, listener_measured};
pub use participant::{InProcess, participant};
pub use parts::KitParts;
