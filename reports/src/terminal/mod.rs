//! The verdict as people read it in a terminal.
//!
//! A property that nothing put to the test is shown as just that, in amber: silence is not a proof. Colours are
//! left out where `NO_COLOR` is set or nobody is looking.

mod coverage;

use std::{
    env,
    fmt::Write as _,
    io::{self, IsTerminal},
    time::Duration,
};

use comfy_table::{Attribute, Cell, CellAlignment, Color, Table, presets};
use likewise_sim::record::{Outcome, PropertyStatus, PropertyVerdict};

use crate::summary::{Finding, Summary};

/// Findings that are shown at most; all are in the report.
const FINDINGS_SHOWN_MAX: usize = 5;

/// Whether to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// Yes.
    Colour,
    /// No.
    Plain,
}

impl Ink {
    /// What suits standard error, where people read.
    #[must_use]
    pub fn of_stderr() -> Self {
        let forbidden = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        match io::stderr().is_terminal() && !forbidden {
            true => Self::Colour,
            false => Self::Plain,
        }
    }
}

/// The verdict table over all runs, and what they were.
#[must_use]
pub fn verdict(summary: &Summary, wall: Duration, ink: Ink) -> String {
    let mut text = String::new();
    text.push_str(&properties(summary, ink));
    text.push('\n');
    if !summary.faults.is_empty() {
        text.push_str(&coverage::faults(summary, ink));
        text.push('\n');
        text.push_str(&coverage::places(summary));
    }
    let _ = writeln!(text, "{}", sagas(summary));
    let _ = writeln!(text, "{}", operations(summary));
    let _ = writeln!(text, "{}", times(summary, wall));
    text.push_str(&coverage::healing(summary));
    text
}

/// The failures, grouped, each with the line that replays it; nothing if there are none.
///
/// Those that were shrunk, and else those with the shortest causes, come last, where people look; of many only the
/// last are shown.
#[must_use]
pub fn findings(summary: &Summary) -> String {
    let mut findings: Vec<&Finding> = summary.findings.iter().collect();
    findings.retain(|finding| finding.minimal.is_some() || alike(summary, finding).is_none());
    findings.sort_by_key(|finding| {
        let is_shrunk = finding.minimal.is_some();
        (is_shrunk, std::cmp::Reverse(finding.fingerprint.len()))
    });
    let hidden = findings.len().saturating_sub(FINDINGS_SHOWN_MAX);
    let mut text = String::new();
    if hidden > 0 {
        let more = count(hidden as u64, "finding is", "findings are");
        let _ = writeln!(text, "{more} only in the report; the simplest:");
    }
    for finding in &findings[hidden..] {
        let _ = writeln!(text, "violated: {}", finding.fingerprint);
        text.push_str(&below_its_title(finding, also(summary, finding)));
    }
    harmless(&text)
}

/// Text that moves no cursor and changes no colour, whatever somebody put into a title: a line stays a line.
#[must_use]
pub fn harmless(text: &str) -> String {
    let shown = |c: char| match c {
        '\n' => c,
        c if c.is_control() => char::REPLACEMENT_CHARACTER,
        c => c,
    };
    text.chars().map(shown).collect()
}

/// The finding that was shrunk and fails in the same way as this one.
fn alike<'a>(summary: &'a Summary, one: &Finding) -> Option<&'a Finding> {
    let mut shrunk = summary.findings.iter().filter(|f| f.minimal.is_some());
    shrunk.find(|other| other.failure == one.failure)
}

/// How many runs of other findings one that was shrunk stands for.
fn also(summary: &Summary, shrunk: &Finding) -> u64 {
    let stands_for =
        |other: &&Finding| other.minimal.is_none() && alike(summary, other) == Some(shrunk);
    let others = summary.findings.iter().filter(stands_for);
    others.map(|other| other.runs).sum()
}

/// What there is to say of a finding. A run that was shrunk explains it better than the one it came from.
fn below_its_title(finding: &Finding, also: u64) -> String {
    let mut runs = count(finding.runs, "run", "runs");
    if also > 0 {
        let _ = write!(
            runs,
            " (and {also} more that fail in the same way after other faults)"
        );
    }
    let first = format!("  {runs}, the first: {}", finding.name);
    let mut text = String::new();
    match (&finding.minimal, &finding.replay) {
        (Some(minimal), Some(replay)) => {
            let _ = writeln!(text, "{first}: {replay}");
            text.push_str(&minimal.told());
        }
        (_, replay) => {
            for sentence in &finding.explanation {
                let _ = writeln!(text, "  {sentence}");
            }
            let _ = writeln!(text, "{first}");
            if let Some(replay) = replay {
                let _ = writeln!(text, "  replay: {replay}");
            }
        }
    }
    text
}

fn properties(summary: &Summary, ink: Ink) -> String {
    let mut table = table(ink);
    table.set_header(["property", "verdict", "put to the test"]);
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

fn sagas(summary: &Summary) -> String {
    let sagas = summary.sagas;
    let mut text = format!(
        "sagas       {} completed, {} compensated",
        sagas.completed, sagas.compensated
    );
    let more = [
        (sagas.recovered, "taken up again after a crash"),
        (sagas.parked, "parked on the way"),
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

/// A time as people say it.
#[must_use]
pub fn span(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    match time.as_secs() {
        0 => format!("{} ms", time.as_millis()),
        1..120 => format!("{seconds:.1} s"),
        120..7_200 => format!("{:.1} min", seconds / 60.0),
        _ => format!("{:.1} h", seconds / 3_600.0),
    }
}

/// A number and what it counts: `3 runs`.
#[must_use]
pub fn count(number: u64, one: &str, many: &str) -> String {
    match number {
        1 => format!("1 {one}"),
        more => format!("{more} {many}"),
    }
}

fn number(number: u64) -> Cell {
    Cell::new(number).set_alignment(CellAlignment::Right)
}

fn table(ink: Ink) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::UTF8_FULL_CONDENSED);
    match ink {
        Ink::Colour => table.enforce_styling(),
        Ink::Plain => table.force_no_tty(),
    };
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    fn summary() -> Summary {
        let mut summary = Summary::over(["likes-equal-records"]);
        summary.add(&samples::green(), Duration::from_millis(3));
        summary.add(&samples::red(), Duration::from_millis(4));
        summary
    }

    #[test]
    fn the_verdict() {
        insta::assert_snapshot!(verdict(&summary(), Duration::from_millis(5), Ink::Plain));
    }

    #[test]
    fn the_findings() {
        let mut summary = summary();
        summary.findings[0].replay = Some("cargo chaos replay plan.json".to_owned());
        insta::assert_snapshot!(findings(&summary), @r"
        violated: likes-equal-records in double-undo after lose-reply
          User 1 (who is blocked) liked article 1, in the specimen double-undo, and the first reply to undo from article to coordinator was lost.
          Then coordinator asked article to undo step 0 of saga 1 again and article committed “article 1: likes 0 → -1”.
          likes-equal-records was violated at 60 ms: article 1 has -1 likes and 0 records.
          1 run, the first: double-undo
          replay: cargo chaos replay plan.json
        ");
    }

    #[test]
    fn what_fails_as_a_shrunk_plan_does_is_counted_there() {
        let mut summary = summary();
        let red = samples::red();
        let one = summary.findings[0].clone();
        let mut shrunk = one.clone();
        shrunk.replay = Some("cargo chaos replay 7".to_owned());
        shrunk.minimal = Some(crate::minimal::sample(&red));
        let mut other = one.clone();
        other.failure = "another".to_owned();
        other.fingerprint = "another".to_owned();
        summary.findings = vec![one, shrunk, other];
        let text = findings(&summary);
        assert_eq!(text.matches("violated: ").count(), 2, "{text}");
        assert!(
            text.contains("1 run (and 1 more that fail in the same way"),
            "{text}"
        );
        assert!(text.starts_with("violated: another"), "{text}");
    }

    #[test]
    fn of_many_findings_the_simplest_are_shown_last() {
        let mut summary = summary();
        let one = summary.findings[0].clone();
        summary.findings = (1..=9)
            .map(|length| Finding {
                fingerprint: "x".repeat(length),
                ..one.clone()
            })
            .collect();
        let text = findings(&summary);
        assert!(
            text.starts_with("4 findings are only in the report"),
            "{text}"
        );
        let titles: Vec<_> = text.lines().filter(|l| l.starts_with("violated")).collect();
        assert_eq!(titles.len(), FINDINGS_SHOWN_MAX);
        assert_eq!(titles[4], "violated: x");
    }

    #[test]
    fn what_was_never_exercised_is_amber_and_never_green() {
        let amber = "\u{1b}[38;5;11m";
        let green = "\u{1b}[38;5;10m";
        let text = verdict(&summary(), Duration::ZERO, Ink::Colour);
        let line = |what: &str| {
            text.lines()
                .find(|line| line.contains(what))
                .unwrap()
                .to_owned()
        };
        assert!(line("never exercised").contains(amber), "{text}");
        assert!(!line("never exercised").contains(green), "{text}");
        assert!(line("never struck").contains(amber), "{text}");
    }

    #[test]
    fn without_colours_there_is_no_escape() {
        let text = verdict(&summary(), Duration::ZERO, Ink::Plain);
        assert!(!text.contains('\u{1b}'));
    }

    #[test]
    fn hostile_text_commands_no_terminal() {
        for hostile in samples::HOSTILE {
            let mut summary = Summary::default();
            summary.add(&samples::hostile(hostile), Duration::ZERO);
            let text = findings(&summary);
            assert!(
                text.chars().all(|c| c == '\n' || !c.is_control()),
                "{text:?}"
            );
        }
    }

    #[test]
    fn times_are_said_in_fitting_units() {
        let said =
            [900, 1_500, 150_000, 9_000_000].map(|millis| span(Duration::from_millis(millis)));
        assert_eq!(said, ["900 ms", "1.5 s", "2.5 min", "2.5 h"]);
    }
}
