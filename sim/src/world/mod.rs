//! One run of a plan: its machines, network, clock and disks, the faults, and the checks.
//!
//! ```text
//!  driver ──► service ──► environment ──► World ──► triggers ──► commands for the driver
//!                                           ├─────► recorder (events, hash)
//!                                           └─────► checker (invariants)
//! ```
//!
//! Where to read next: `handle.rs` is the [`World`] that all parts share, `driver.rs` moves it forward.

pub mod check;
mod driver;
mod error;
mod faults;
mod handle;
mod hosts;
mod instruments;
pub(crate) mod network;
mod parts;
pub mod plan;
pub mod planted;
pub(crate) mod process;
pub mod record;
mod rest;
mod run_output;
#[cfg(test)]
mod samples;
mod simulation;
mod state;
mod storage;
mod system;
mod traffic;

pub(crate) use driver::Driver;
pub use error::RunError;
pub use handle::World;
pub use hosts::{Hosts, balancer};
pub use instruments::Instruments;
pub use parts::{ProcessStart, SystemParts};
pub use storage::disk;
pub use system::{ServiceSpec, System, SystemUnderTest};
