//! The world: one run of any system of services and sagas, deterministic and full of faults.
//!
//! It runs a system's services on simulated hosts, with real SQL on simulated disks. It injects the faults that a plan
//! lists and checks everything that is left. The same plan gives the same run, event for event, on every machine.
//!
//! ```text
//!  seed ─► plan ─► run ─► record ─► reports
//!
//!  driver ──► service ──► environment ──► World ──► triggers ──► commands for the driver
//!                                           ├─────► recorder (events, hash)
//!                                           └─────► checker (invariants)
//! ```
//!
//! It knows sagas and services, and no system. What runs is a [`System`], which a crate of its own provides.
//!
//! Where to read next: [`plan`] determines a run, [`run`](mod@run) performs it, [`check`] states what must hold, and
//! [`planted`] shows that the checks can fail. Inside, `handle.rs` is the [`World`] that all parts share, and `driver.rs` moves
//! it forward.

#[cfg(not(tokio_unstable))]
compile_error!(
    "the simulator needs `--cfg tokio_unstable`, which seeds `select!`; build inside the workspace, whose .cargo/config.toml sets it"
);

mod answer;
pub mod check;
mod clients;
mod driver;
mod error;
mod faults;
mod filled;
mod handle;
mod hosts;
mod instruments;
mod nearest;
pub(crate) mod network;
pub mod plan;
pub mod planted;
pub mod prelude;
mod probes;
pub(crate) mod process;
pub mod record;
mod redrawn;
mod rest;
pub mod run;
mod run_output;
mod simulation;
mod state;
mod storage;
mod system;
pub mod testing;
mod traffic;

pub use answer::outcome;
use driver::Driver;
pub use error::RunError;
pub use handle::World;
pub use hosts::{Hosts, balancer};
pub use instruments::Instruments;
pub use nearest::did_you_mean;
pub use storage::disk;
pub use system::{
    Contradiction, Effects, KitServices, ProcessStart, Requests, ServiceSpec, System, SystemParts,
    SystemUnderTest, Workload, contradictions, json_request, rows_route,
};
