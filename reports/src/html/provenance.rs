//! Where the figures come from, and what they do not cover.

use super::Fact;
use crate::{
    dossier::Dossier,
    floor::Floor,
    provenance::{Provenance, UNKNOWN},
    summary::Summary,
    terminal::count,
};

/// So much of a commit tells it from the others.
const COMMIT_SHOWN: usize = 10;

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

/// Who made the report, of what, when and how.
pub(super) fn facts(dossier: &Dossier) -> Vec<Fact> {
    let Some(made) = &dossier.report.course.provenance else {
        return vec![Fact {
            label: "program",
            value: UNKNOWN.to_owned(),
        }];
    };
    let fact = |label, value: String| Fact { label, value };
    let timing = made.timing;
    vec![
        fact("program", shown(made)),
        fact("built by", format!("{}, {}", made.rustc, made.profile)),
        fact(
            "machine",
            format!(
                "{} {}, {}",
                made.os,
                made.arch,
                count(made.processors, "processor", "processors")
            ),
        ),
        fact("began", made.started_at.clone()),
        fact(
            "command",
            format!("cargo chaos {}", made.command_line.join(" ")),
        ),
        fact(
            "system",
            format!(
                "a step is given {} ms and a saga {} s before it turns back; messages take up to {} ms",
                timing.step_timeout_millis,
                timing.saga_deadline_millis / 1_000,
                timing.latency_max_millis
            ),
        ),
        fact(
            "bounds",
            format!(
                "faults for at most {} s, then {} s to come right; ticks of {} ms",
                timing.heal_after_millis / 1_000,
                timing.converge_within_millis / 1_000,
                timing.tick_millis
            ),
        ),
    ]
}

/// The version, and the commit as people name it.
pub(super) fn shown(made: &Provenance) -> String {
    let commit: String = made.commit.chars().take(COMMIT_SHOWN).collect();
    let dirty = if made.dirty { ", with changes" } else { "" };
    format!("likewise {} ({commit}{dirty})", made.version)
}
