//! The page about the planted bugs, generated from the data of the benchmark and the catalogue of planted bugs.
//!
//! The template is Markdown with placeholders. It holds the prose, including what the figures mean.

use super::{BugDetection, Detection, DetectionError, SearchResult};
use likewise_world::planted::PlantedBug;

use crate::suite::Suite;

/// The page of a suite, from its published data.
///
/// The template may use these placeholders: `{{bug_count}}`, `{{control_count}}`, `{{catalogue}}` (a table),
/// `{{measured_on}}`, `{{command}}` (the command that made the data) and `{{figures}}` (a table).
///
/// # Errors
/// [`DetectionError`]: there is no published data, or it is invalid.
pub fn page(suite: &Suite) -> Result<String, DetectionError> {
    let files = suite.detection.as_ref();
    let files = files.ok_or(DetectionError::Unpublished)?;
    let detection = Detection::parse(files.data)?;
    Ok(fill(suite, files.template, &detection))
}

/// The template with its placeholders filled in.
pub(crate) fn fill(suite: &Suite, template: &str, detection: &Detection) -> String {
    let bugs = suite.system.planted_bugs();
    let controls = bugs.iter().filter(|bug| bug.is_control()).count();
    let command = format!(
        "{} planted-bugs --measure --starts {} --bound {}",
        suite.command, detection.starts, detection.seeds_max
    );
    template
        .replace("{{bug_count}}", &(bugs.len() - controls).to_string())
        .replace("{{control_count}}", &controls.to_string())
        .replace("{{catalogue}}", &catalogue(bugs))
        .replace("{{measured_on}}", &detection.measured_on)
        .replace("{{command}}", &command)
        .replace("{{figures}}", &figures(detection))
}

fn catalogue(bugs: &[PlantedBug]) -> String {
    let mut lines = vec![
        "| planted bug | what is wrong | caught by |".to_owned(),
        "|---|---|---|".to_owned(),
    ];
    for bug in bugs {
        let properties = bug.caught_by.iter().map(|name| format!("`{name}`"));
        let caught_by = match bug.is_control() {
            true => "nothing".to_owned(),
            false => properties.collect::<Vec<_>>().join(", "),
        };
        lines.push(format!("| `{}` | {} | {caught_by} |", bug.name, bug.about));
    }
    lines.join("\n")
}

fn figures(detection: &Detection) -> String {
    let heading = heading(detection.single_faults, detection.seeds_max);
    let rows = detection.planted_bugs.iter();
    let rows = rows.map(|bug| row(bug, detection.starts));
    let lines: Vec<_> = [heading].into_iter().chain(rows).collect();
    lines.join("\n")
}

/// The heading of the table of figures.
pub(crate) fn heading(single_faults: u64, seeds_max: u64) -> String {
    format!(
        "| planted bug | faults in its plan | single faults that catch it, of {single_faults} | exhaustive | swarm, of {seeds_max} | fixed profile, of {seeds_max} |\n\
         |---|---|---|---|---|---|"
    )
}

/// The row of one planted bug in the table of figures.
pub(crate) fn row(bug: &BugDetection, starts: u64) -> String {
    format!(
        "| `{}` | {} | {} | {} | {} | {} |",
        bug.name,
        bug.faults,
        bug.catching_single_faults,
        cell(bug.exhaustive, starts),
        cell(bug.swarm, starts),
        cell(bug.fixed, starts),
    )
}

/// The median, the quartiles, and how many starts did not catch the planted bug.
fn cell(result: SearchResult, starts: u64) -> String {
    if result.caught == 0 {
        return "never".to_owned();
    }
    let [low, median, high] = result.quartiles.map(|plans| match plans {
        Some(plans) => plans.to_string(),
        None => "∞".to_owned(),
    });
    let missed = match starts.saturating_sub(result.caught) {
        0 => String::new(),
        missed => format!(", {missed} of {starts} never"),
    };
    format!("{median} ({low}–{high}){missed}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_has_the_median_the_quartiles_and_the_starts_that_missed() {
        let cell = |caught, quartiles| cell(SearchResult { caught, quartiles }, 4);
        assert_eq!(cell(4, [Some(1), Some(3), Some(5)]), "3 (1–5)");
        assert_eq!(cell(2, [Some(1), Some(3), None]), "3 (1–∞), 2 of 4 never");
        assert_eq!(cell(1, [Some(7), None, None]), "∞ (7–∞), 3 of 4 never");
        assert_eq!(cell(0, [None; 3]), "never");
    }

    #[test]
    fn every_placeholder_is_filled_in() {
        let detection = Detection {
            version: super::super::VERSION,
            measured_on: "2026-01-31".to_owned(),
            starts: 20,
            seeds_max: 200,
            single_faults: 3,
            planted_bugs: Vec::new(),
        };
        let template =
            "{{bug_count}} {{control_count}} {{catalogue}} {{measured_on}} {{command}} {{figures}}";
        let page = fill(Suite::empty(), template, &detection);
        assert!(!page.contains("{{"), "{page}");
        assert!(page.contains("--starts 20 --bound 200"), "{page}");
        assert!(page.contains("| `double-undo` |"), "{page}");
    }
}
