//! The head of the page: what came out, in one line, and what stands behind it.

use likewise_sim::record::PropertyStatus;

use super::provenance;
use crate::{dossier::Dossier, summary::Summary, terminal::count};

/// The verdict in words and signs.
pub(super) struct Verdict {
    /// How it looks.
    pub(super) class: &'static str,
    /// A sign, for those who see no colour.
    pub(super) sign: &'static str,
    /// In a word, for the window's title.
    pub(super) word: &'static str,
    /// In a line.
    pub(super) headline: String,
    /// What stands behind it.
    pub(super) sentence: String,
}

/// A figure.
pub(super) struct Tile {
    /// Of what.
    pub(super) label: &'static str,
    /// The figure.
    pub(super) value: String,
    /// What it means.
    pub(super) note: String,
}

/// A short remark.
pub(super) struct Chip {
    /// How it looks.
    pub(super) class: &'static str,
    /// What it says.
    pub(super) text: String,
}

impl Verdict {
    pub(super) fn of(dossier: &Dossier, summary: &Summary) -> Self {
        let course = &dossier.report.course;
        let never = never_exercised(summary);
        if summary.violated_runs > 0 {
            return Self::violated(summary);
        }
        if !course.inconclusive.is_empty() || course.broken_runs > 0 {
            return Self {
                class: "is-open",
                sign: "?",
                word: "inconclusive",
                headline: "Nothing broke, but this says nothing for certain".to_owned(),
                sentence: course.inconclusive.join("; "),
            };
        }
        Self {
            class: "is-held",
            sign: "✓",
            word: "held",
            headline: match never {
                0 => "Every property held, and every one was put to the test".to_owned(),
                _ => format!("Every property held; {never} were never put to the test"),
            },
            sentence: format!(
                "{} faults struck in {} runs. Every saga ended, and every count was right in the end.",
                grouped(summary.faults.values().map(|tally| tally.struck).sum()),
                grouped(summary.runs),
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
pub(super) fn tiles(dossier: &Dossier, summary: &Summary) -> Vec<Tile> {
    let tile = |label, value: String, note: String| Tile { label, value, note };
    let sagas = summary.sagas;
    let simulated = summary.simulated_micros as f64 / 1e6;
    let wall = dossier.report.wall().as_secs_f64();
    let struck: u64 = summary.faults.values().map(|tally| tally.struck).sum();
    let kinds = summary.faults.values().filter(|tally| tally.struck > 0);
    vec![
        tile(
            "Runs",
            grouped(summary.runs),
            format!("{} from seeds", grouped(summary.seeds)),
        ),
        tile(
            "Faults struck",
            grouped(struck),
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
            format!("after a crash; {} parked on the way", sagas.parked),
        ),
        tile(
            "Simulated",
            span(simulated),
            match wall > 0.0 {
                true => format!("in {}: {:.0} times real time", span(wall), simulated / wall),
                false => String::new(),
            },
        ),
    ]
}

/// What else a reader wants to know at once.
pub(super) fn chips(dossier: &Dossier, summary: &Summary) -> Vec<Chip> {
    let course = &dossier.report.course;
    let mut chips = Vec::new();
    let mut say = |class, text: String| chips.push(Chip { class, text });
    if let Some(made) = &course.provenance {
        say("", provenance::shown(made));
    }
    match course.deterministic {
        Some(met) if met.all() => say(
            "held",
            format!("✓ deterministic: {} plans ran the same again", met.of),
        ),
        Some(met) => say(
            "violated",
            format!(
                "✕ not deterministic: {} of {} plans ran the same again",
                met.met, met.of
            ),
        ),
        None => say("never", "determinism was not checked here".to_owned()),
    }
    if let Some(specimens) = course.specimens {
        let class = if specimens.all() { "held" } else { "violated" };
        say(
            class,
            format!("{} of {} specimens caught", specimens.met, specimens.of),
        );
    }
    match never_exercised(summary) {
        0 => {}
        never => say("never", format!("{never} properties never exercised")),
    }
    if let Some(system) = &course.system {
        say("never", format!("a specimen was run: {system}"));
    }
    chips
}

/// The command that shows the first failure, or any run.
pub(super) fn replay(summary: &Summary) -> String {
    let first = summary.findings.first();
    let minimal = first.and_then(|finding| finding.minimal.as_ref()?.replay.clone());
    minimal
        .or_else(|| first.and_then(|finding| finding.replay.clone()))
        .unwrap_or_else(|| "cargo chaos replay SEED --story".to_owned())
}

fn never_exercised(summary: &Summary) -> usize {
    let is_silent = |standing| standing == PropertyStatus::NeverExercised;
    let properties = summary.properties.iter();
    properties
        .filter(|property| is_silent(property.status))
        .count()
}

/// Seconds as people say them.
pub(super) fn span(seconds: f64) -> String {
    match seconds {
        s if s < 1.0 => format!("{:.0} ms", s * 1e3),
        s if s < 120.0 => format!("{s:.1} s"),
        s if s < 7_200.0 => format!("{:.1} min", s / 60.0),
        s => format!("{:.1} h", s / 3_600.0),
    }
}

/// A number with its thousands apart.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_234_567), "1,234,567");
    }

    #[test]
    fn spans_are_told_in_the_unit_that_suits() {
        assert_eq!(span(0.0123), "12 ms");
        assert_eq!(span(20.64), "20.6 s");
        assert_eq!(span(7_100.0), "118.3 min");
    }
}
