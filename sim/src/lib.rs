//! A world around Likewise: the same services on simulated machines, with real SQL on simulated
//! disks, under faults that are written down in a plan, and checks of everything that is left.

#[cfg(not(tokio_unstable))]
compile_error!(
    "the simulator needs `--cfg tokio_unstable`, which seeds `select!`: build inside the workspace, whose .cargo/config.toml sets it"
);

pub mod disk;
pub mod plan;
pub mod record;
