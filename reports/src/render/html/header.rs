//! The header of the page: the verdict in one line and the figures behind it.
//!
//! The first line is what most readers take away. It is therefore strict: the page says *held* only if nothing was
//! violated, no run broke, and the campaign covered what it planned.

use std::time::Duration;

use likewise_world::record::PropertyStatus;

use super::provenance;
use crate::{
    analysis::{Provenance, Ranges, Summary},
    archive::LoadedCampaign,
    units::{count, grouped, micros_span, seconds, span},
};

/// The verdict.
pub(super) struct Verdict {
    /// The CSS class of the page.
    pub(super) class: &'static str,
    /// A sign, for readers who do not see colours.
    pub(super) sign: &'static str,
    /// One word, for the title of the window.
    pub(super) word: &'static str,
    /// One line.
    pub(super) headline: String,
    /// The figures behind it.
    pub(super) sentence: String,
}

/// A figure with its label.
pub(super) struct Tile {
    /// The label.
    pub(super) label: &'static str,
    /// The figure.
    pub(super) value: String,
    /// An addition in small print; may be empty.
    pub(super) note: String,
}

/// A short remark.
pub(super) struct Chip {
    /// The CSS class.
    pub(super) class: &'static str,
    /// The text.
    pub(super) text: String,
}

impl Verdict {
    /// A violation outweighs everything else. A campaign that violated nothing but covered too little is never shown
    /// as held.
    pub(super) fn of(campaign: &LoadedCampaign, summary: &Summary) -> Self {
        let meta = &campaign.report.meta;
        let never = never_exercised(summary);
        if summary.violated_runs > 0 {
            return Self::violated(summary);
        }
        if !meta.inconclusive.is_empty() || meta.broken_runs > 0 {
            return Self {
                class: "is-open",
                sign: "?",
                word: "inconclusive",
                headline: "Nothing was violated, but the result is inconclusive".to_owned(),
                sentence: meta.inconclusive.join("; "),
            };
        }
        Self {
            class: "is-held",
            sign: "✓",
            word: "held",
            headline: match never {
                0 => "Every property held, and every one was exercised".to_owned(),
                1 => "Every property held; 1 was never exercised".to_owned(),
                _ => format!("Every property held; {never} were never exercised"),
            },
            sentence: format!(
                "{} fired in {}. Every saga ended.",
                count(
                    summary.faults.values().map(|tally| tally.fired).sum(),
                    "fault",
                    "faults"
                ),
                count(summary.runs, "run", "runs"),
            ),
        }
    }

    fn violated(summary: &Summary) -> Self {
        let first = summary.findings.first();
        let property = first.map_or("a property", |finding| finding.property.as_str());
        Self {
            class: "is-violated",
            sign: "✕",
            word: "violated",
            headline: format!("{property} was violated"),
            sentence: format!(
                "{} of {} failed, in {}.",
                grouped(summary.violated_runs),
                count(summary.runs, "run", "runs"),
                count(summary.findings.len() as u64, "way", "different ways"),
            ),
        }
    }
}

/// The window's title.
pub(super) fn title(summary: &Summary) -> String {
    count(summary.runs, "run", "runs")
}

/// The figures.
pub(super) fn tiles(campaign: &LoadedCampaign, summary: &Summary) -> Vec<Tile> {
    let tile = |label, value: String, note: String| Tile { label, value, note };
    let sagas = summary.sagas;
    let wall = campaign.report.wall();
    let fired: u64 = summary.faults.values().map(|tally| tally.fired).sum();
    let kinds = summary.faults.values().filter(|tally| tally.fired > 0);
    vec![
        tile(
            "Runs",
            grouped(summary.runs),
            format!("{} from seeds", grouped(summary.seeds)),
        ),
        tile(
            "Faults fired",
            grouped(fired),
            format!("of {} kinds", kinds.count()),
        ),
        tile(
            "Sagas ended",
            grouped(sagas.completed + sagas.compensated),
            format!("{} of them compensated", grouped(sagas.compensated)),
        ),
        tile(
            "Recovered",
            grouped(sagas.recovered),
            format!("after a crash; {} parked for a time", sagas.parked),
        ),
        tile(
            "Simulated",
            micros_span(summary.simulated_micros),
            speed(summary, wall),
        ),
    ]
}

/// Remarks below the figures.
///
/// What was not checked is said as well. A reader must be able to tell "deterministic" from "not asked".
pub(super) fn chips(campaign: &LoadedCampaign, summary: &Summary) -> Vec<Chip> {
    let meta = &campaign.report.meta;
    let mut chips = Vec::new();
    let mut add = |class, text: String| chips.push(Chip { class, text });
    if let Some(provenance) = &meta.provenance {
        add("", provenance::program(provenance));
    }
    match meta.deterministic {
        Some(ratio) if ratio.all() => add(
            "held",
            format!(
                "✓ deterministic: {} plans gave the same run again",
                ratio.of
            ),
        ),
        Some(ratio) => add(
            "violated",
            format!(
                "✕ not deterministic: {} of {} plans gave the same run again",
                ratio.met, ratio.of
            ),
        ),
        None => add("never", "determinism was not checked".to_owned()),
    }
    if let Some(caught) = meta.planted_bugs_caught {
        let class = if caught.all() { "held" } else { "violated" };
        add(
            class,
            format!("{} of {} planted bugs caught", caught.met, caught.of),
        );
    }
    match never_exercised(summary) {
        0 => {}
        never => {
            let never = count(never as u64, "property", "properties");
            add("never", format!("{never} never exercised"));
        }
    }
    if let Some(system) = &meta.system {
        add("never", format!("planted bug: {system}"));
    }
    chips
}

/// The replay command of the first failure; without one, of the first seed.
///
/// The minimal plan is preferred, because it is replayed in milliseconds and has only what matters.
pub(super) fn replay(campaign: &LoadedCampaign, summary: &Summary) -> String {
    let program = Provenance::program_of(campaign.report.meta.provenance.as_ref());
    let first = summary.findings.first();
    let minimal = first.and_then(|finding| finding.minimal.as_ref()?.replay.clone());
    minimal
        .or_else(|| first.and_then(|finding| finding.replay.clone()))
        .unwrap_or_else(|| {
            let seeds = campaign.report.meta.seeds_run.as_ref();
            let seed = seeds.and_then(Ranges::first).unwrap_or_default();
            format!("{program} replay {seed} --story")
        })
}

fn never_exercised(summary: &Summary) -> usize {
    let is_never = |standing| standing == PropertyStatus::NeverExercised;
    let properties = summary.properties.iter();
    properties
        .filter(|property| is_never(property.status))
        .count()
}

/// The wall time, and how much faster than real time the simulation was; empty if the wall time is unknown.
fn speed(summary: &Summary, wall: Duration) -> String {
    if wall.is_zero() {
        return String::new();
    }
    let times = seconds(summary.simulated_micros) / wall.as_secs_f64();
    format!("in {}: {times:.0} times real time", span(wall))
}
