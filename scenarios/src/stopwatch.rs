//! Wall time, the one place that reads it: for budgets and reports; no run sees it.

use std::time::{Duration, Instant};

use jiff::Timestamp;

/// Measures wall time from its making.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts.
    #[allow(clippy::disallowed_methods)]
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    /// How long ago that was.
    pub(crate) fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

/// A name for what is done now: sorts by time, and two programs at once do not share one.
pub(crate) fn run_id() -> String {
    let now = Timestamp::now().strftime("%Y%m%d-%H%M%S");
    format!("{now}-{}", std::process::id())
}
