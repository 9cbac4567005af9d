//! How far shrinking has come.

/// How far shrinking has come. It is reported after every run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// The number of candidates that were run.
    pub runs: u64,
    /// The number of faults that are left.
    pub faults: usize,
    /// The number of operations that are left.
    pub operations: usize,
}
