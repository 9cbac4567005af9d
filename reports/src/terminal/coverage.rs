//! What was covered, as people read it: kinds of faults by outcomes, what never struck, and how long healing took.

use std::{fmt::Write as _, time::Duration};

use comfy_table::{Cell, Color};
use likewise_sim::record::Ending;

use super::{Ink, number, span, table};
use crate::{convergence::Bar, matrix::Place, summary::Summary};

/// Places that were planned and never struck are named at most; all are in the report.
const IDLE_SHOWN_MAX: usize = 5;
/// The longest bar of a histogram, in characters.
const BAR_MAX: u64 = 30;

/// Kinds of faults by the outcomes of the sagas that they met. An outcome that nothing had has no column.
pub(super) fn faults(summary: &Summary, ink: Ink) -> String {
    let all: Vec<_> = summary.faults.iter().collect();
    let endings = |kind| summary.matrix.endings(kind);
    let had = |ending: &Ending| {
        all.iter()
            .any(|(kind, _)| endings(**kind).contains_key(ending))
    };
    let columns: Vec<Ending> = Ending::ALL.into_iter().filter(had).collect();
    let mut table = table(ink);
    let names = columns.iter().map(|ending| ending.name());
    table.set_header(["fault", "planned", "struck"].into_iter().chain(names));
    for (kind, tally) in all {
        let endings = endings(*kind);
        let struck = match tally.struck {
            0 => Cell::new("never struck").fg(Color::Yellow),
            some => number(some),
        };
        let row = [Cell::new(kind.name()), number(tally.planned), struck];
        let outcomes = columns.iter().map(|ending| match endings.get(ending) {
            Some(count) => number(*count),
            None => Cell::new(""),
        });
        table.add_row(row.into_iter().chain(outcomes));
    }
    table.to_string()
}

/// What kinds of places are covered, and those that were planned most often and never struck.
pub(super) fn places(summary: &Summary) -> String {
    let places = summary.matrix.places();
    let mut idle: Vec<&Place> = places.iter().filter(|place| place.struck == 0).collect();
    idle.sort_by_key(|place| std::cmp::Reverse(place.planned));
    let struck = places.len() - idle.len();
    let mut text = format!(
        "coverage    {struck} of {} planned kinds of fault and place struck\n",
        places.len()
    );
    for place in idle.iter().take(IDLE_SHOWN_MAX) {
        let (kind, cut, planned) = (place.kind.name(), &place.cut, place.planned);
        let _ = writeln!(
            text,
            "            never: {kind}, {cut} (planned {planned}×)"
        );
    }
    if idle.len() > IDLE_SHOWN_MAX {
        let more = idle.len() - IDLE_SHOWN_MAX;
        let _ = writeln!(text, "            … and {more} more in the report");
    }
    text
}

/// How long everything took to become right after the healing; nothing if it never did.
pub(super) fn healing(summary: &Summary) -> String {
    let Some(convergence) = summary.convergence() else {
        return String::new();
    };
    let said = |micros| span(Duration::from_micros(micros));
    let mut text = format!(
        "healing     everything right after {} (half of {} runs), {} (90 %), {} (99 %), {} (the slowest)\n",
        said(convergence.p50_micros),
        convergence.runs,
        said(convergence.p90_micros),
        said(convergence.p99_micros),
        said(convergence.max_micros),
    );
    let bars = summary.converged.histogram();
    let longest = bars.iter().map(|bar| bar.runs).max().unwrap_or(1);
    for bar in bars {
        let _ = writeln!(text, "            {}", drawn(bar, longest));
    }
    text
}

fn drawn(bar: Bar, longest: u64) -> String {
    let until = match bar.until_millis {
        Some(millis) => format!("≤ {}", span(Duration::from_millis(millis))),
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
    use crate::samples;

    #[test]
    fn what_was_planned_and_never_struck_is_named() {
        let mut summary = Summary::default();
        summary.add(&samples::red(), Duration::ZERO);
        insta::assert_snapshot!(places(&summary), @r"
        coverage    1 of 2 planned kinds of fault and place struck
                    never: crash, at a time (planned 1×)
        ");
    }

    #[test]
    fn healing_is_a_distribution() {
        let mut summary = Summary::default();
        assert_eq!(healing(&summary), "");
        for (millis, runs) in [(5, 30), (40, 60), (90, 1), (3_000, 2)] {
            summary.converged.count(millis * 1_000, runs);
        }
        insta::assert_snapshot!(healing(&summary), @r"
        healing     everything right after 40 ms (half of 93 runs), 40 ms (90 %), 3.0 s (99 %), 3.0 s (the slowest)
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
