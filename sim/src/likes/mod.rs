//! Likes as the system under test: clients, invariants, probes, planted bugs.
//!
//! The world below knows services, messages and sagas of any kind. What a like is, and what must be true of it, is known
//! in this folder alone.

mod captions;
mod checked;
pub(crate) mod clients;
mod fields;
pub mod invariants;
pub mod names;
pub(crate) mod observed;
mod operation;
mod parts;
pub mod planted;
pub(crate) mod probes;
mod problem;
mod requests;
#[cfg(test)]
mod samples;
mod set_up;
mod simpler;
mod system;
mod workload;

pub use operation::{Action, LikeOperation, operation};
pub use set_up::{LikeSetUp, with_blocked};
pub use system::{LIKES, Likes};
pub use workload::single;
