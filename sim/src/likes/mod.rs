//! The likes as the system under test: their clients, invariants, probes, planted bugs and catalogue of scenarios.

pub(crate) mod clients;
pub mod invariants;
pub mod planted;
pub(crate) mod probes;
