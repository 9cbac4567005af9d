//! A world around Likewise: the same services on simulated machines, with real SQL on simulated
//! disks, under faults that are written down in a plan, and checks of everything that is left.
//!
//! ```text
//!  seed ─► plan ─► run ─► record ─► reports
//!                   │
//!                   ├─ world   machines, network, clock, disks
//!                   ├─ users   the workload
//!                   └─ check   the properties
//! ```
//!
//! Where to read next: [`plan`] is what determines a run, [`run`] is its course, [`check`] is what
//! must be true, [`specimen`] shows that the checks can fail.

#[cfg(not(tokio_unstable))]
compile_error!(
    "the simulator needs `--cfg tokio_unstable`, which seeds `select!`: build inside the workspace, whose .cargo/config.toml sets it"
);

pub mod campaign;
pub mod check;
pub mod corpus;
pub mod coverage;
pub mod disk;
pub mod doctor;
mod driver;
pub mod exhaust;
pub mod fingerprint;
mod links;
mod lives;
pub mod measure;
pub mod model;
pub mod plan;
mod probe;
mod process;
pub mod record;
pub mod run;
pub mod scenario;
pub mod shrink;
pub mod specimen;
mod users;
pub mod world;
