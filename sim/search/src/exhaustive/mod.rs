//! Exhaustive search: records the clean run of three small sagas, lists its injection points, and injects every fault
//! that makes sense at each of them, alone or combined with others.
//!
//! ```text
//!  bases ─► clean run ─► injection points ─► cases (one fault each)
//!                                              └─► combinations (pairs, triples) ─► task: run, or covered by a proof
//! ```
//!
//! Other plans reach what these sagas do not: a takeover, a message between coordinators, a batch of several items,
//! an order of an operator (`focused.rs`). Their points are searched with single faults.
//!
//! The sagas are small on purpose: every step of the protocol occurs in one of them, and a search has to run them
//! hundreds of thousands of times.
//!
//! One file holds the faults of one family. Start with `cases.rs`, then `combinations.rs`; `equivalence.rs` says which
//! combinations need no run.

mod bases;
mod cases;
mod choice;
mod client;
mod clock;
mod combinations;
mod covered;
mod database;
mod disk;
mod equivalence;
mod focused;
mod message;
mod network;
mod process;
mod rank;
mod single_fault_run;

pub use bases::bases;
pub use cases::{Case, cases, faults_at};
pub use choice::Choice;
pub use combinations::{Combination, Combinations};
pub use covered::Covered;
pub use equivalence::Task;
pub use focused::{FocusedBase, focused_bases};
pub use single_fault_run::SingleFaultRun;
