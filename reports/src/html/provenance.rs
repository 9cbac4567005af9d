//! Where the figures come from, and what they do not cover.

use super::Fact;
use crate::{dossier::Dossier, floor::Floor, summary::Summary, terminal::count};

/// Kinds and places that are named as gaps at most.
const GAPS_MAX: usize = 12;

/// What was not covered, a sentence each.
pub(super) fn gaps(dossier: &Dossier, summary: &Summary) -> Vec<String> {
    let floor = Floor::of(summary);
    let mut gaps = dossier.report.course.inconclusive.clone();
    gaps.extend(floor.missing());
    gaps.extend(floor.unjudged());
    let places = summary.matrix.places();
    let never: Vec<_> = places.iter().filter(|place| place.struck == 0).collect();
    let shown = never.iter().take(GAPS_MAX);
    gaps.extend(shown.map(|place| {
        format!(
            "never struck: {} at {} (planned {})",
            place.kind.name(),
            place.cut,
            count(place.planned, "time", "times")
        )
    }));
    if never.len() > GAPS_MAX {
        gaps.push(format!(
            "{} more places that a fault was planned for and never struck",
            never.len() - GAPS_MAX
        ));
    }
    if gaps.is_empty() {
        gaps.push("Nothing that was planned: every fault struck somewhere, every property was put to the test.".to_owned());
    }
    gaps
}

pub(super) fn facts(_: &Dossier) -> Vec<Fact> {
    Vec::new()
}
