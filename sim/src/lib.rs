//! A deterministic simulator around Likewise: the same services on simulated machines, with real SQL on simulated
//! disks, under faults that a plan lists, and with checks of everything that is left.
//!
//! ```text
//!  seed ─► plan ─► run ─► record ─► reports
//!                   │
//!      world        one run: machines, network, clock, disks, faults, checks
//!      likes        what the world runs: clients, invariants and planted bugs of likes
//!      search       many runs: campaigns, exhaustive search, corpus, shrinking
//!      model        every interleaving of the pure rules; no simulator
//! ```
//!
//! `run.rs` is the one place that puts `world` and `likes` together; `world` knows nothing of `likes`, and `search`
//! knows it through [`run`] alone.
//!
//! Where to read next: [`plan`] is what determines a run, [`run`] performs it, [`check`] states what must be true, and
//! [`planted`] shows that the checks can fail.

#[cfg(not(tokio_unstable))]
compile_error!(
    "the simulator needs `--cfg tokio_unstable`, which seeds `select!`: build inside the workspace, whose .cargo/config.toml sets it"
);

pub mod likes;
pub mod model;
mod rule_variants;
pub mod run;
pub mod search;
pub mod world;

pub use likes::planted;
pub use search::{
    campaign, corpus, coverage, detection, determinism, exhaustive, fingerprint, shrink,
};
pub use world::{check, plan, record};
