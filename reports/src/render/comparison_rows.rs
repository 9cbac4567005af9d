//! The parts of a comparison that every renderer shows alike: the numbers side by side, and verdicts and cells in words.

use likewise_world::record::{Cell, PropertyStatus};

use crate::{
    analysis::{Comparison, PropertyChange, Side},
    units::{count, grouped, seconds_span},
};

/// A row of the numbers that stand side by side.
pub(super) struct Row {
    /// What is compared.
    pub(super) what: &'static str,
    /// The value in the earlier campaign.
    pub(super) before: String,
    /// The value in the later campaign.
    pub(super) after: String,
}

/// The numbers of both campaigns side by side.
///
/// The numbers are not judged. Two campaigns differ in seeds and length, so that one ran more or converged later says
/// nothing by itself.
pub(super) fn rows(comparison: &Comparison) -> Vec<Row> {
    let time = |seconds: Option<f64>| seconds.map_or_else(|| "–".to_owned(), seconds_span);
    let number =
        |number: Option<f64>| number.map_or_else(|| "–".to_owned(), |it| format!("{it:.0}"));
    let of = |what, value: &dyn Fn(&Side) -> String| Row {
        what,
        before: value(&comparison.before),
        after: value(&comparison.after),
    };
    vec![
        of("system", &|side| match &side.system {
            Some(planted_bug) => format!("planted bug {planted_bug}"),
            None => "the product".to_owned(),
        }),
        of("exit code", &|side| side.exit.to_string()),
        of("runs", &|side| side.runs.to_string()),
        of("runs that violated a property", &|side| {
            side.violated_runs.to_string()
        }),
        of("convergence p50", &|side| time(side.converged_p50_seconds)),
        of("convergence p90", &|side| time(side.converged_p90_seconds)),
        of("convergence p99", &|side| time(side.converged_p99_seconds)),
        of("convergence max", &|side| time(side.converged_max_seconds)),
        of("runs per second", &|side| number(side.runs_per_second)),
        of("times real time", &|side| number(side.times_real_time)),
    ]
}

/// The verdict of a property in words.
pub(super) fn verdict(standing: Option<PropertyStatus>) -> &'static str {
    match standing {
        Some(PropertyStatus::Passed) => "held",
        Some(PropertyStatus::NeverExercised) => "never exercised",
        Some(PropertyStatus::Violated) => "violated",
        None => "unknown",
    }
}

/// The properties whose verdict differs, without those that only one campaign exercised.
pub(super) fn properties(comparison: &Comparison) -> impl Iterator<Item = &PropertyChange> {
    comparison.properties.iter().filter(|it| !it.is_of_size())
}

/// The properties that only one campaign exercised.
pub(super) fn properties_of_size(comparison: &Comparison) -> Vec<&PropertyChange> {
    let changes = comparison.properties.iter();
    changes.filter(|it| it.is_of_size()).collect()
}

/// The coverage of both in one line. Which cells differ depends on the seeds and the length, so they are not listed by default.
pub(super) fn cells(comparison: &Comparison) -> String {
    format!(
        "exercised in only one campaign: {}; cells of the fault matrix: {} covered by both, {} only after, {} only before",
        count(
            properties_of_size(comparison).len() as u64,
            "property",
            "properties"
        ),
        grouped(comparison.cells_kept),
        grouped(comparison.cells_gained.len() as u64),
        grouped(comparison.cells_lost.len() as u64)
    )
}

/// A cell of the fault matrix in words.
pub(super) fn cell(cell: &Cell) -> String {
    format!(
        "{} at {}: {}",
        cell.kind.name(),
        cell.place,
        cell.ending.name()
    )
}
