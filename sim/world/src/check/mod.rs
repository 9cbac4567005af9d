//! The checks: at every commit, at every answer, and at the end of a run. One property, one file.
//!
//! Here are the properties that any saga must keep; `any_saga.rs` lists them. Those of one system are with that system.
//! `checked_system.rs` and `system_state.rs` say what the checks ask of a system.
//!
//! Where to read next: `invariant.rs` is the interface, `checker.rs` calls it.

pub(crate) mod alerts;
pub(crate) mod algebra;
pub(crate) mod answered;
pub mod any_saga;
pub(crate) mod barrier_moves;
mod changed_rows;
mod checked_system;
mod checker;
pub(crate) mod compensated;
pub(crate) mod compensation_laws;
pub(crate) mod completed;
pub(crate) mod convergence;
pub(crate) mod damage;
pub(crate) mod deadline;
mod delta;
pub(crate) mod durable;
pub(crate) mod epochs;
mod fault_windows;
pub(crate) mod heals;
pub(crate) mod health;
mod history;
mod invariant;
pub(crate) mod kept_for_time;
mod keyed_rows;
pub(crate) mod keys;
pub(crate) mod log_watermark;
pub(crate) mod missing;
mod missing_things;
mod observed_log;
mod observed_state;
pub(crate) mod on_the_way;
pub(crate) mod one_per_lock;
mod orders;
pub(crate) mod orders_audited;
mod orders_in_force;
pub(crate) mod orders_seen;
pub(crate) mod paused;
mod probed;
mod property;
pub(crate) mod readiness;
pub(crate) mod recovers;
pub(crate) mod refused_before_deleted;
pub(crate) mod retention_watermarks;
pub(crate) mod retries;
pub(crate) mod reuse;
pub(crate) mod rising_ids;
mod saga_spec;
#[cfg(test)]
pub(crate) mod samples;
mod silent_part;
pub(crate) mod stale_steps;
pub(crate) mod status_chain;
mod system_state;
pub(crate) mod takeover;
mod timed;
pub(crate) mod told;

pub use alerts::AlertMessage;
pub use algebra::Repeated;
pub use checked_system::{CheckedSystem, Nouns};
pub use checker::Checker;
pub use compensation_laws::{Law, LawCheckResult};
pub use delta::{Delta, ObservedSaga};
pub use durable::row_difference;
pub use health::HealthCheck;
pub use history::{Attempt, ClientOp, History, Read};
pub use invariant::Invariant;
pub use keyed_rows::KeyedRows;
pub use missing_things::MissingThings;
pub use observed_state::ObservedState;
pub use orders::{AnsweredOrder, AuditRow, OrderAction, SentOrder, ShownSaga};
pub use property::{Findings, Property};
pub use readiness::{OperationAfterReady, ReadyAnswer};
pub use recovers::OperationTry;
pub use reuse::Reuse;
pub use saga_spec::SagaSpec;
pub use system_state::SystemState;
pub use told::ToldChange;
