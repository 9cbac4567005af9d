//! The last lines of the test command: how each stage ended, and how long it took.

use std::fmt::Write as _;
use std::time::Duration;

/// How a stage ended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum StageOutcome {
    Passed,
    LeftOut,
    Failed,
}

/// The name of a stage, its time, and how it ended.
pub(crate) type Timing = (&'static str, Duration, StageOutcome);

/// The time of every stage. The total is less than their sum if a stage ran in the background.
pub(crate) fn summary(timings: &[Timing], total: Duration) -> String {
    let mut text = String::from("\n==> timing\n");
    for (name, elapsed, outcome) in timings {
        let outcome = match outcome {
            StageOutcome::Passed => "ok",
            StageOutcome::LeftOut => "left out",
            StageOutcome::Failed => "FAILED",
        };
        let _ = writeln!(
            text,
            "    {name:<13} {:>7.1} s  {outcome}",
            elapsed.as_secs_f64()
        );
    }
    let _ = writeln!(text, "    {:<13} {:>7.1} s", "total", total.as_secs_f64());
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_tells_passed_from_failed() {
        let timings = [
            ("fmt", Duration::from_millis(400), StageOutcome::Passed),
            ("deny", Duration::ZERO, StageOutcome::LeftOut),
            ("clippy", Duration::from_secs(12), StageOutcome::Failed),
        ];
        assert_eq!(
            summary(&timings, Duration::from_secs(11)),
            "\n==> timing\n    fmt               0.4 s  ok\n    deny              0.0 s  left out\n    \
             clippy           12.0 s  FAILED\n    total            11.0 s\n"
        );
    }
}
