//! Likes as the system under test: clients, invariants, probes, planted bugs.
//!
//! The world below knows services, messages and sagas of any kind. What a like is, and what must be true of it, is known
//! in this folder alone.

mod checked;
pub(crate) mod clients;
pub mod invariants;
pub mod names;
pub(crate) mod observed;
pub mod planted;
pub(crate) mod probes;
#[cfg(test)]
mod samples;

mod system;
pub use system::{LIKES, Likes};
