//! What a run carries besides its workload.

/// What a run carries besides its workload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Instruments {
    /// Faults, events, copies of changed rows, checks: everything.
    All,
    /// Nothing: for measuring what the rest costs.
    None,
}
