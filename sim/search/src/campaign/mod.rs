//! Campaigns: many runs on many threads, handed over one at a time and in order.
//!
//! ```text
//!  plans ─► Queue ─┬─► worker on core 0 ─┐
//!                  └─► worker on core 1 ─┴─► in the order of the plans ─► callback
//! ```
//!
//! Plans are taken in order, and every plan that was taken is finished. So what a campaign ran is always a prefix of its
//! list, and a fixed range of seeds gives the same summary however the threads were scheduled.
//!
//! `runner.rs` runs a [`Campaign`], `queue.rs` is what its workers share, `plans.rs` names the plans.

mod config;
mod outcome;
mod plans;
mod queue;
mod runner;

pub use crate::guarded::{NoRecord, run_guarded, run_on_core};
pub use config::Campaign;
pub use outcome::{Breakdown, Done, EndReason, Finished};
pub use plans::Plans;
pub use runner::{run, run_each};
