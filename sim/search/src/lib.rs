//! Many runs: which plans to run, on which threads, and what their records say together.
//!
//! | question | file |
//! |---|---|
//! | How are many plans run? | `campaign/` |
//! | Which plans? | `exhaustive/` (every fault at every point), `corpus.rs` (mutants of what showed something new) |
//! | Was enough tried? | `coverage.rs`, `detection.rs` (how soon a planted bug is caught) |
//! | Which failure is this? | `fingerprint.rs` |
//! | What causes it? | `shrink/` |
//! | When was it decided? | `futures.rs` |
//! | Are runs repeatable? | `determinism.rs` |
//! | Which run shows what was seen in production? | `incident/` |

pub mod campaign;
mod cores;
pub mod corpus;
pub mod coverage;
pub mod detection;
pub mod determinism;
pub mod exhaustive;
pub mod fingerprint;
pub mod futures;
mod guarded;
pub mod incident;
pub mod shrink;
