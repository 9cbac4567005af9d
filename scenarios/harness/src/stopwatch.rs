//! Wall time. This is the only file of the harness that reads it: for budgets and reports. No run sees wall time.

use std::time::{Duration, Instant};

use jiff::Timestamp;

/// Measures wall time from the moment it is started.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts a stopwatch.
    #[allow(clippy::disallowed_methods)]
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    /// The time since the start.
    pub(crate) fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

/// A name for the campaign that starts now. Names sort by time, and two programs started in the same second get
/// different names.
pub(crate) fn run_id() -> String {
    let now = Timestamp::now().strftime("%Y%m%d-%H%M%S");
    format!("{now}-{}", std::process::id())
}

/// Today's date in UTC, as `2026-01-31`.
pub(crate) fn today() -> String {
    Timestamp::now().strftime("%Y-%m-%d").to_string()
}
