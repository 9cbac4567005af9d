//! Coverage as terminal text: kinds of faults by outcome, injection points without a fired fault, convergence times.

use std::fmt::Write as _;

use comfy_table::{Cell, Color};
use likewise_world::record::Ending;

use super::styling::{Styling, number};
use crate::{
    analysis::{Bar, MatrixRow, Summary},
    units::{micros_span, seconds_span},
};

/// Rows of the matrix without a fired fault that are named at most; all are in the report.
const IDLE_SHOWN_MAX: usize = 5;
/// The longest bar of a histogram, in characters.
const BAR_MAX: u64 = 30;

/// Kinds of faults by the outcomes of the sagas that they affected. An outcome that did not occur has no column.
///
/// Columns without a number are left out, because a terminal is narrow. The page shows them hatched.
pub(super) fn faults(summary: &Summary, styling: Styling) -> String {
    let all: Vec<_> = summary.faults.iter().collect();
    let endings = |kind| summary.matrix.endings(kind);
    let occurred = |ending: &Ending| {
        all.iter()
            .any(|(kind, _)| endings(**kind).contains_key(ending))
    };
    let columns: Vec<Ending> = Ending::ALL.into_iter().filter(occurred).collect();
    let mut table = styling.table();
    let names = columns.iter().map(|ending| ending.name());
    table.set_header(["fault", "planned", "fired"].into_iter().chain(names));
    for (kind, tally) in all {
        let endings = endings(*kind);
        let fired = match tally.fired {
            0 => Cell::new("never fired").fg(Color::Yellow),
            some => number(some),
        };
        let row = [Cell::new(kind.name()), number(tally.planned), fired];
        let outcomes = columns.iter().map(|ending| match endings.get(ending) {
            Some(count) => number(*count),
            None => Cell::new(""),
        });
        table.add_row(row.into_iter().chain(outcomes));
    }
    table.to_string()
}

/// The share of the matrix rows that are covered, and the rows that were planned most often without a fired fault.
///
/// The rows that were planned most often come first: they had the most chances and are the most suspicious.
pub(super) fn injection_points(summary: &Summary) -> String {
    let rows = summary.matrix.rows();
    let mut idle: Vec<&MatrixRow> = rows.iter().filter(|row| row.fired == 0).collect();
    idle.sort_by_key(|row| std::cmp::Reverse(row.planned));
    let fired = rows.len() - idle.len();
    let mut text = format!(
        "coverage    {fired} of {} planned pairs of fault and injection point fired\n",
        rows.len()
    );
    for row in idle.iter().take(IDLE_SHOWN_MAX) {
        let (kind, point, planned) = (row.kind.name(), &row.injection_point, row.planned);
        let _ = writeln!(
            text,
            "            never fired: {kind}, {point} (planned {planned}×)"
        );
    }
    if idle.len() > IDLE_SHOWN_MAX {
        let more = idle.len() - IDLE_SHOWN_MAX;
        let _ = writeln!(text, "            … and {more} more in the report");
    }
    text
}

/// How long the system took to converge after the faults healed; empty if it never did.
pub(super) fn convergence(summary: &Summary) -> String {
    let Some(quantiles) = summary.convergence() else {
        return String::new();
    };
    let mut text = format!(
        "convergence {} (median of {} runs), {} (90 %), {} (99 %), {} (maximum)\n",
        micros_span(quantiles.p50_micros),
        quantiles.runs,
        micros_span(quantiles.p90_micros),
        micros_span(quantiles.p99_micros),
        micros_span(quantiles.max_micros),
    );
    let bars = summary.converged.histogram();
    let longest = bars.iter().map(|bar| bar.runs).max().unwrap_or(1);
    for bar in bars {
        let _ = writeln!(text, "            {}", drawn(bar, longest));
    }
    text
}

/// A bar is at least one block long if it has any run. Rounding down would hide rare, slow runs, which are the
/// interesting ones.
fn drawn(bar: Bar, longest: u64) -> String {
    let until = match bar.until_millis {
        Some(millis) => format!("≤ {}", seconds_span(millis as f64 / 1e3)),
        None => "longer".to_owned(),
    };
    let length = (bar.runs * BAR_MAX).div_ceil(longest.max(1));
    let blocks = "█".repeat(usize::try_from(length).unwrap_or(0));
    let gap = if blocks.is_empty() { "" } else { " " };
    format!("{until:<9} {blocks}{gap}{}", bar.runs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    use crate::samples::records;

    #[test]
    fn a_planned_fault_that_never_fired_is_named() {
        let mut summary = Summary::default();
        summary.add(&records::red(), Duration::ZERO);
        insta::assert_snapshot!(injection_points(&summary), @r"
        coverage    1 of 2 planned pairs of fault and injection point fired
                    never fired: crash, at a time (planned 1×)
        ");
    }

    #[test]
    fn convergence_is_a_distribution() {
        let mut summary = Summary::default();
        assert_eq!(convergence(&summary), "");
        for (millis, runs) in [(5, 30), (40, 60), (90, 1), (3_000, 2)] {
            summary.converged.count(millis * 1_000, runs);
        }
        insta::assert_snapshot!(convergence(&summary), @r"
        convergence 40 ms (median of 93 runs), 40 ms (90 %), 3.0 s (99 %), 3.0 s (maximum)
                    ≤ 10 ms   ███████████████ 30
                    ≤ 20 ms   0
                    ≤ 50 ms   ██████████████████████████████ 60
                    ≤ 100 ms  █ 1
                    ≤ 200 ms  0
                    ≤ 500 ms  0
                    ≤ 1.0 s   0
                    ≤ 2.0 s   0
                    ≤ 5.0 s   █ 2
        ");
    }
}
