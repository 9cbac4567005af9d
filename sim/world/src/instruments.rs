//! The instruments of a run: everything that it carries besides its workload.

/// The instruments of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Instruments {
    /// Faults, events, captured changes and checks.
    All,
    /// None. Benchmarks compare such a run with a full one.
    None,
}
