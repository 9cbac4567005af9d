//! What a campaign covered, as terminal tables.
//!
//! A property that no run exercised is amber, never green: that nothing was violated proves nothing if nothing was
//! checked.

use std::{fmt::Write as _, time::Duration};

use comfy_table::{Attribute, Cell, Color};
use likewise_world::record::{Outcome, PropertyStatus, PropertyVerdict};

use super::{
    coverage,
    styling::{Styling, number},
};
use crate::{
    analysis::Summary,
    units::{count, span},
};

/// The tables of properties and faults, and the totals of all runs.
#[must_use]
pub fn details(summary: &Summary, wall: Duration, styling: Styling) -> String {
    let mut text = String::new();
    text.push_str(&properties(summary, styling));
    text.push('\n');
    if !summary.faults.is_empty() {
        text.push_str(&coverage::faults(summary, styling));
        text.push('\n');
        text.push_str(&coverage::injection_points(summary));
    }
    let _ = writeln!(text, "{}", sagas(summary));
    let _ = writeln!(text, "{}", operations(summary));
    text.push_str(&filled(summary));
    let _ = writeln!(text, "{}", times(summary, wall));
    text.push_str(&coverage::convergence(summary));
    text
}

fn properties(summary: &Summary, styling: Styling) -> String {
    let mut table = styling.table();
    table.set_header(["property", "verdict", "checked"]);
    for property in &summary.properties {
        table.add_row([
            Cell::new(&property.name),
            standing(property),
            number(property.exercised),
        ]);
    }
    table.to_string()
}

fn standing(property: &PropertyVerdict) -> Cell {
    match property.status {
        PropertyStatus::Passed => Cell::new("held").fg(Color::Green),
        PropertyStatus::NeverExercised => Cell::new("never exercised").fg(Color::Yellow),
        PropertyStatus::Violated => Cell::new("VIOLATED")
            .fg(Color::Red)
            .add_attribute(Attribute::Bold),
    }
}

/// The rarer counts are shown only if they are not 0. Open sagas are a defect, so that word must not appear in every
/// verdict.
fn sagas(summary: &Summary) -> String {
    let sagas = summary.sagas;
    let mut text = format!(
        "sagas       {} completed, {} compensated",
        sagas.completed, sagas.compensated
    );
    let more = [
        (sagas.recovered, "recovered after a crash"),
        (sagas.parked, "parked for a time"),
        (sagas.open, "left open"),
    ];
    for (number, what) in more.into_iter().filter(|(number, _)| *number > 0) {
        let _ = write!(text, ", {number} {what}");
    }
    text
}

fn operations(summary: &Summary) -> String {
    let of = |outcome| summary.operations.get(&outcome).copied().unwrap_or(0);
    format!(
        "operations  {} ok, {} refused, {} of unknown outcome",
        of(Outcome::Ok),
        of(Outcome::Fail),
        of(Outcome::Unknown)
    )
}

/// In how many runs batches and queues were full. Nothing if they never were.
fn filled(summary: &Summary) -> String {
    let filled = summary.filled.iter();
    let filled: Vec<String> = filled
        .map(|(what, runs)| format!("{what} in {}", count(*runs, "run", "runs")))
        .collect();
    match filled.is_empty() {
        true => String::new(),
        false => wrapped("full", &filled),
    }
}

/// Characters of a line at most.
const WIDTH_MAX: usize = 80;

/// Items after a title, on as many lines as they need.
fn wrapped(title: &str, items: &[String]) -> String {
    let (mut text, mut line) = (String::new(), title.to_owned());
    for (nth, item) in items.iter().enumerate() {
        let comma = if nth + 1 == items.len() { "" } else { "," };
        if nth > 0 && line.len() + item.len() + 2 > WIDTH_MAX {
            let _ = writeln!(text, "{line}");
            line.clear();
        }
        // Titles have 12 columns.
        line = format!("{line:<11} {item}{comma}");
    }
    text + &line + "\n"
}

/// The wall time is that of the campaign, not the sum over its threads. So the factor is what a person waits for.
fn times(summary: &Summary, wall: Duration) -> String {
    let simulated = Duration::from_micros(summary.simulated_micros);
    let mut text = format!(
        "runs        {}, {} simulated in {}",
        summary.runs,
        span(simulated),
        span(wall)
    );
    if !wall.is_zero() {
        let speed = simulated.as_secs_f64() / wall.as_secs_f64();
        let _ = write!(text, ": {speed:.0} times real time");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::campaign::summary;

    #[test]
    fn the_details_of_a_green_and_a_red_run() {
        insta::assert_snapshot!(details(
            &summary(),
            Duration::from_millis(5),
            Styling::Plain
        ));
    }

    #[test]
    fn what_was_full_is_listed_in_at_most_80_columns() {
        let mut summary = summary();
        for what in ["article batch", "saga log batch", "user batch", "waiters"] {
            summary.filled.insert(what.into(), 1_234);
        }
        insta::assert_snapshot!(filled(&summary), @r"
        full        article batch in 1234 runs, saga log batch in 1234 runs,
                    user batch in 1234 runs, waiters in 1234 runs
        ");
    }

    #[test]
    fn a_property_that_was_never_exercised_is_amber_and_never_green() {
        let amber = "\u{1b}[38;5;11m";
        let green = "\u{1b}[38;5;10m";
        let text = details(&summary(), Duration::ZERO, Styling::Colour);
        let line = |what: &str| {
            text.lines()
                .find(|line| line.contains(what))
                .unwrap()
                .to_owned()
        };
        assert!(line("never exercised").contains(amber), "{text}");
        assert!(!line("never exercised").contains(green), "{text}");
        assert!(line("never fired").contains(amber), "{text}");
    }

    #[test]
    fn without_colours_there_is_no_escape_sequence() {
        let text = details(&summary(), Duration::ZERO, Styling::Plain);
        assert!(!text.contains('\u{1b}'));
    }
}
