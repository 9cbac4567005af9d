//! What a campaign found, in at most [`LINES_MAX`] lines of any terminal: the verdict first, the command to paste last.
//!
//! Everything else is in the report, and in [`details`](super::details).

use std::time::Duration;

use anstyle::AnsiColor;
use textwrap::Options;

use super::styling::Styling;
use crate::{
    analysis::{Cause, Finding, PlanSize, Ratio, Summary},
    text::terminal,
    units::{count, counted, micros_span, span},
};

/// Lines that the verdict takes at most, on a terminal of at least 60 columns.
pub const LINES_MAX: usize = 25;

/// The width of the titles at the left.
const TITLE: usize = 12;

/// How good the verdict is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Everything is as it should be.
    Good,
    /// Nothing is wrong, but something is missing.
    Doubtful,
    /// Something is wrong.
    Bad,
}

/// Something that the reader must know besides: why the verdict is what it is, or what else the command did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// One word.
    pub title: &'static str,
    /// One sentence.
    pub text: String,
}

/// What a campaign found.
#[derive(Debug)]
pub struct Brief<'a> {
    /// The verdict in one sentence.
    pub verdict: String,
    /// How good it is.
    pub tone: Tone,
    /// What the runs showed.
    pub summary: &'a Summary,
    /// The time that the campaign took.
    pub wall: Duration,
    /// The planted bugs that were caught, if they were checked.
    pub planted_bugs: Option<Ratio>,
    /// What the reader must know besides.
    pub notes: Vec<Note>,
    /// The path of the report.
    pub report: Option<String>,
    /// The command to paste. A finding's own command takes its place.
    pub replay: Option<String>,
}

/// Lines that a row takes at most.
#[derive(Clone, Copy)]
struct Room {
    /// Each answer why a cause failed.
    sentence: usize,
    /// All notes together.
    notes: usize,
    /// Whether the rows that explain no finding are shown as well.
    rest: bool,
}

/// From comfortable to tight. The first one that fits is used.
const ROOMS: [Room; 6] = [
    Room {
        sentence: 5,
        notes: 12,
        rest: true,
    },
    Room {
        sentence: 4,
        notes: 6,
        rest: true,
    },
    Room {
        sentence: 3,
        notes: 5,
        rest: true,
    },
    Room {
        sentence: 3,
        notes: 4,
        rest: false,
    },
    Room {
        sentence: 2,
        notes: 3,
        rest: false,
    },
    Room {
        sentence: 1,
        notes: 4,
        rest: false,
    },
];

impl Brief<'_> {
    /// The text, with a line feed after each line. `width`: the columns of the terminal.
    #[must_use]
    pub fn text(&self, width: usize, styling: Styling) -> String {
        let width = width.max(40);
        let fits = |lines: &Vec<String>| rows_on_screen(lines, width) <= LINES_MAX;
        let mut tries = ROOMS.iter().map(|room| self.lines(width, *room));
        let lines = tries.find(fits);
        let mut lines = lines.unwrap_or_else(|| self.lines(width, ROOMS[ROOMS.len() - 1]));
        if let Some(first) = lines.first_mut() {
            let colour = match self.tone {
                Tone::Good => AnsiColor::Green,
                Tone::Doubtful => AnsiColor::Yellow,
                Tone::Bad => AnsiColor::Red,
            };
            *first = styling.bold(first, colour);
        }
        lines.iter().map(|line| format!("{line}\n")).collect()
    }

    fn lines(&self, width: usize, room: Room) -> Vec<String> {
        let mut lines = row("verdict", &self.verdict, width, 2);
        if self.summary.runs > 0 {
            lines.extend(row("tried", &self.tried(), width, 2));
            lines.extend(row("covered", &self.covered(), width, 2));
        }
        if room.rest {
            let caught = self
                .planted_bugs
                .map(|ratio| format!("{} of {} planted bugs", ratio.met, ratio.of));
            lines.extend(
                caught
                    .into_iter()
                    .flat_map(|text| row("caught", &text, width, 1)),
            );
            lines.extend(
                self.healed()
                    .into_iter()
                    .flat_map(|text| row("healed", &text, width, 2)),
            );
        }
        lines.extend(self.notes(width, room.notes));
        lines.extend(
            self.report
                .iter()
                .map(|path| format!("{:<TITLE$}{path}", "report")),
        );
        let causes = self.summary.causes();
        if let Some((cause, others)) = causes.split_first() {
            lines.extend(self.cause(cause, others, width, room));
        }
        let replay = causes.first().map(|cause| cause.shown);
        let replay = replay.and_then(replay_of).or(self.replay.as_deref());
        lines.extend(replay.map(|command| format!("{:<TITLE$}{command}", "replay")));
        lines.iter().map(|line| terminal(line)).collect()
    }

    /// What was tried: runs, faults, sagas, simulated time.
    fn tried(&self) -> String {
        let summary = self.summary;
        let fired = summary.faults.values().map(|tally| tally.fired).sum();
        let sagas = summary.sagas.completed + summary.sagas.compensated + summary.sagas.open;
        let simulated = Duration::from_micros(summary.simulated_micros);
        format!(
            "{}, {}, {}, {} simulated in {}",
            counted(summary.runs, "run", "runs"),
            counted(fired, "fault", "faults"),
            counted(sagas, "saga", "sagas"),
            unbroken(span(simulated)),
            unbroken(span(self.wall))
        )
    }

    fn covered(&self) -> String {
        let properties = &self.summary.properties;
        let exercised = properties.iter().filter(|it| it.exercised > 0).count();
        let faults = &self.summary.faults;
        let fired = faults.values().filter(|tally| tally.fired > 0).count();
        format!(
            "{exercised} of {} properties, {fired} of {} kinds of injected faults",
            properties.len(),
            faults.len()
        )
    }

    /// How long the system took to converge after the faults healed.
    fn healed(&self) -> Option<String> {
        let times = self.summary.convergence()?;
        Some(format!(
            "after {} (median), {} (slowest run)",
            unbroken(micros_span(times.p50_micros)),
            unbroken(micros_span(times.max_micros))
        ))
    }

    /// As many notes as fit into so many lines. Those that do not fit are counted.
    fn notes(&self, width: usize, room: usize) -> Vec<String> {
        let mut lines = Vec::new();
        for (nth, note) in self.notes.iter().enumerate() {
            let next = row(note.title, &note.text, width, 3);
            let is_last = nth + 1 == self.notes.len();
            if lines.len() + next.len() + usize::from(!is_last) > room {
                let left = self.notes.len() - nth;
                lines.push(format!("{:<TITLE$}{left} more with --verbose", ""));
                break;
            }
            lines.extend(next);
        }
        lines
    }

    /// The cause to show, with the five answers why it failed.
    fn cause(
        &self,
        cause: &Cause<'_>,
        others: &[Cause<'_>],
        width: usize,
        room: Room,
    ) -> Vec<String> {
        let runs = count(cause.runs, "run", "runs");
        let mut title = format!("{}, in {runs}", cause.title);
        if !others.is_empty() {
            let causes = count(others.len() as u64, "other cause", "other causes");
            let runs: u64 = others.iter().map(|other| other.runs).sum();
            title = format!("{title}; {causes} in {runs} more");
        }
        let mut lines = row("cause", &title, width, 2);
        let explanation = cause.explanation();
        lines.extend(row("run", &explanation[0], width, room.sentence));
        match cause.why() {
            Some(why) => {
                let is_tight = room.sentence == 1;
                for (name, text) in why.answers() {
                    // What happened and why is most of what a reader wants to know; when it was certain, the least.
                    let lines_max = match name {
                        "happened" | "reason" => room.sentence.max(2),
                        "certain" if is_tight => continue,
                        _ => room.sentence,
                    };
                    lines.extend(row(name, text, width, lines_max));
                }
            }
            None => {
                for sentence in &explanation[1..] {
                    lines.extend(row("", sentence, width, room.sentence));
                }
            }
        }
        if let Some(minimal) = &cause.shown.minimal {
            let (before, after) = (size(minimal.before), size(minimal.after));
            let text = format!("from {before} to {after}");
            lines.extend(row("shrunk", &text, width, 2));
        }
        lines
    }
}

fn replay_of(finding: &Finding) -> Option<&str> {
    let shrunk = finding.minimal.as_ref().and_then(|it| it.replay.as_deref());
    shrunk.or(finding.replay.as_deref())
}

/// Faults and operations are what shrinking removes, so they are its measure.
fn size(size: PlanSize) -> String {
    let faults = count(size.faults as u64, "fault", "faults");
    let operations = count(size.operations as u64, "operation", "operations");
    format!("{faults} and {operations}")
}

/// A space at which no line ends.
const NO_BREAK: &str = "\u{a0}";

/// A number stays on the line of its unit.
fn unbroken(text: String) -> String {
    text.replace(' ', NO_BREAK)
}

/// A title and a text, on so many lines at most.
pub(super) fn row(title: &str, text: &str, width: usize, lines_max: usize) -> Vec<String> {
    let title = format!("{title:<TITLE$}");
    let indent = " ".repeat(TITLE);
    let options = Options::new(width)
        .initial_indent(&title)
        .subsequent_indent(&indent);
    let text = terminal(text).replace('\n', " ");
    let mut lines: Vec<String> = textwrap::wrap(&text, options)
        .into_iter()
        .map(|line| line.into_owned())
        .collect();
    if lines.len() > lines_max {
        lines.truncate(lines_max);
        if let Some(last) = lines.last_mut() {
            *last = with_ellipsis(last, width);
        }
    }
    lines
        .iter()
        .map(|line| line.replace(NO_BREAK, " "))
        .collect()
}

/// The line with `…` in place of what follows, and of its own last words if there is no room.
fn with_ellipsis(line: &str, width: usize) -> String {
    let mut kept = line.trim_end();
    while kept.chars().count() + 2 > width {
        let Some((shorter, _)) = kept.rsplit_once(' ') else {
            break;
        };
        kept = shorter.trim_end();
    }
    format!("{kept} …")
}

/// The lines that a terminal shows: paths and commands are not wrapped at words, so that they can be pasted.
fn rows_on_screen(lines: &[String], width: usize) -> usize {
    let of_line = |line: &String| line.chars().count().div_ceil(width).max(1);
    lines.iter().map(of_line).sum()
}

#[cfg(test)]
mod tests;
