//! One request of a client: from the request to its outcome.
//!
//! ```text
//!  request ─► admission ─► request lock ─► key stored? ─► checks ─► saga row committed
//!                                                                        │
//!     "completed" is logged with a later commit ◄─ outcome ◄─ the saga's steps
//! ```
//!
//! The outcome is there as soon as every step up to the pivot is done, or every step without a pivot. A saga is committed
//! exactly when the barrier rows of these steps are done (*implicit commit*), so the "completed" entry in the log may follow
//! later. After a crash recovery repeats the steps, and the barrier repeats its replies.
//!
//! Files: `saga_request.rs`, `plain.rs` and `outcome.rs` (types), `admission.rs` (limits and the request lock),
//! `execute.rs` (the flow), `unsettled.rs` (the response without an outcome).

mod admission;
mod execute;
mod outcome;
mod plain;
mod saga_request;
mod unsettled;

pub use outcome::{Execution, RequestError, RequestOutcome};
pub use plain::PlainRequest;
pub use saga_request::{NoOp, SagaRequest};
pub use unsettled::Unsettled;
