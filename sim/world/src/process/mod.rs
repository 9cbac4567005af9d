//! The simulated processes: one incarnation after another on each machine.

pub(crate) mod admin;
pub(super) mod coordinator_config;
pub(crate) mod environment;
pub(crate) mod incarnation;
pub(super) mod machine;
pub(super) mod restarts;
pub(super) mod service;
