//! From an incident to a plan: searches a run in which a saga has the state that a production coordinator exported.
//!
//! ```text
//!  incident.json ─► read ─► target ─► plans: clean, one fault, a second fault, swarm ─► a run that shows it ─► shrink
//!                                       ▲                                     │
//!                                       └── the nearest runs so far ◄─────────┘
//! ```
//!
//! The same state is the same status, mark, order and end of a saga of the same kind, with the same belief and the same barrier row
//! of each step. Identities, times, numbers of attempts, pauses and retries are left out.
//!
//! `file.rs` has the format, `read.rs` the messages about a wrong file, `target.rs` what is compared, `follow.rs` the states of a
//! run, `compare.rs` the nearest moment of a run, `plans.rs` what is tried, `search.rs` the order and the bounds.

mod compare;
pub mod file;
mod follow;
mod plans;
mod read;
#[cfg(test)]
mod samples;
mod search;
mod target;

pub use compare::{Difference, Moment, nearest_moment};
pub use follow::{Followed, Follower};
pub use read::{IncidentError, read};
pub use search::{Bounds, Found, NotFound, Phase, SearchProgress, Searched, search};
pub use target::{Known, Problem, SagaState, StepState, Stored, Target};
