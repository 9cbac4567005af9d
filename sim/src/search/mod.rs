//! Many runs: which plans to run, on which threads, and what their records say together.

pub mod campaign;
mod cores;
pub mod corpus;
pub mod coverage;
pub mod detection;
pub mod determinism;
pub mod exhaustive;
pub mod fingerprint;
mod guarded;
pub mod shrink;
