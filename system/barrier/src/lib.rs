//! The barrier: one row a step, a small state machine, in the same transaction as the step's effect.
//!
//! It makes each operation of a saga safe to repeat, to arrive late and to arrive out of order.
//!
//! ```text
//!  request (saga, step, op) ──► insert the row ──► judge(stored row, op) ──► run, undo or only answer
//!                               └───────────── one transaction, together with the effect ──────────┘
//! ```
//!
//! The row is inserted first, and the result of the insert decides. Selecting first and inserting afterwards would leave a
//! window in which two copies of one request both find no row.
//!
//! - [`judge`] is the decision as a pure function. Read it first.
//! - [`postgres::apply`] and [`sqlite::apply`] apply one request inside a transaction of your own (features `postgres` and `sqlite`).
//! - [`sql`] holds the table's definition and the statements for whole batches, which the saga kit runs.

#[cfg(feature = "postgres")]
pub mod postgres;
mod rules;
pub mod sql;
#[cfg(feature = "sqlite")]
pub mod sqlite;

#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod single;
mod step;

pub use rules::{BarrierState, Judgement, inserted, judge};
#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub use single::{BarrierError, Reply, Request, Verdict};
pub use step::{Op, SagaId, StepIndex, StepKey};
