//! The table of operations under each kind of fault: outcomes and latencies.

use likewise_world::{plan::FaultKind, record::Outcome};

use crate::{
    analysis::{Summary, WindowSummary},
    units::{grouped, seconds_span},
};

/// The operations while one kind of fault was in force.
pub(super) struct WindowRow {
    pub(super) name: String,
    pub(super) numbers: Vec<Number>,
}

/// A number with the name of its column.
pub(super) struct Number {
    pub(super) label: &'static str,
    pub(super) value: String,
}

/// The columns.
const LABELS: [&str; 8] = [
    "Operations",
    "ok",
    "refused",
    "unknown",
    "p50",
    "p90",
    "p99",
    "max",
];

/// The rows by kind of fault; the first is for operations without any fault.
pub(super) fn rows(summary: &Summary) -> Vec<WindowRow> {
    let windows = summary.windows.summaries();
    let is_used = |window: &&WindowSummary| !window.operations.is_empty();
    windows.iter().filter(is_used).map(row).collect()
}

/// A dash means that no operation had an answer, so there is no latency. 0 would look fast.
fn row(window: &WindowSummary) -> WindowRow {
    let of = |outcome| window.operations.get(&outcome).copied().unwrap_or(0);
    let counts = [
        window.operations.values().sum(),
        of(Outcome::Ok),
        of(Outcome::Fail),
        of(Outcome::Unknown),
    ];
    let times = [
        window.p50_seconds,
        window.p90_seconds,
        window.p99_seconds,
        window.max_seconds,
    ];
    let counts = counts.map(grouped).into_iter();
    let times = times.map(|time| time.map_or_else(|| "–".to_owned(), seconds_span));
    WindowRow {
        name: window.kind.map_or("no fault", FaultKind::name).to_owned(),
        numbers: LABELS
            .into_iter()
            .zip(counts.chain(times))
            .map(number)
            .collect(),
    }
}

fn number((label, value): (&'static str, String)) -> Number {
    Number { label, value }
}
