//! A deterministic simulator for Likewise.
//!
//! It runs the product's services on simulated hosts, with real SQL on simulated disks. It injects the faults that a plan
//! lists and checks everything that is left. The same plan gives the same run, event for event, on every machine.
//!
//! ```text
//!  seed ─► plan ─► run ─► record ─► reports
//!                   │
//!      world        one run: hosts, network, clocks, disks, faults, checks
//!      likes        what the world runs: clients, invariants and planted bugs of likes
//!      search       many runs: campaigns, exhaustive search, corpus, shrinking
//! ```
//!
//! `run.rs` is the only file that joins `world` and `likes`. `world` knows nothing of `likes`, and `search` reaches both
//! through [`run`] alone, so another system can be run by replacing one folder.
//!
//! Where to read next: [`plan`] determines a run, [`run`] performs it, [`check`] states what must hold, and [`planted`]
//! shows that the checks can fail.

#[cfg(not(tokio_unstable))]
compile_error!(
    "the simulator needs `--cfg tokio_unstable`, which seeds `select!`; build inside the workspace, whose .cargo/config.toml sets it"
);

pub mod likes;
pub mod run;
pub mod search;
pub mod world;

pub use likes::planted;
pub use search::{
    campaign, corpus, coverage, detection, determinism, exhaustive, fingerprint, shrink,
};
pub use world::{check, plan, record};
