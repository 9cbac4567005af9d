//! The barrier: one row per saga step, written in the same transaction as the step's effect.
//!
//! The row makes each operation of a saga safe to repeat, to arrive late and to arrive out of order.
//!
//! ```text
//!  request (saga, step, op) ──► insert the row ──► judge(stored row, op) ──► run, undo or only reply
//!                               └───────────── one transaction, together with the effect ──────────┘
//! ```
//!
//! The row is inserted first, and the result of the insert decides. A select followed by an insert would leave a window in
//! which two copies of one request both find no row.
//!
//! - [`judge`] is the decision as a pure function. Read it first.
//! - `postgres::apply` and `sqlite::apply` apply one request inside your own transaction (features `postgres` and `sqlite`).
//!   They need no runtime, no connection pool and no HTTP of this project.
//! - [`sql`] holds the table definition and the batch statements, which the saga kit runs.

#[cfg(feature = "postgres")]
pub mod postgres;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod request;
mod rules;
pub mod sql;
#[cfg(feature = "sqlite")]
pub mod sqlite;
mod step;

#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub use request::{BarrierError, Reply, Request, Verdict};
pub use rules::{BarrierState, Judgement, initial_state, is_stale, judge};
pub use step::{Op, SagaId, StepIndex, StepKey};
