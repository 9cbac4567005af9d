//! What a campaign found, in at most [`LINES_MAX`] lines of any terminal: the verdict first, the command to paste last.
//!
//! Everything else is in the report, and in [`details`](super::details).

use std::time::Duration;

use anstyle::AnsiColor;
use textwrap::Options;

use super::styling::Styling;
use crate::{
    analysis::{Finding, PlanSize, Ratio, Summary},
    text::terminal,
    units::{count, grouped, micros_span, span},
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
    /// Each sentence of a finding.
    sentence: usize,
    /// All notes together.
    notes: usize,
    /// Whether the rows that explain no finding are shown as well.
    rest: bool,
}

/// From comfortable to tight. The first one that fits is used.
const ROOMS: [Room; 5] = [
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
        let finding = simplest(self.summary);
        if let Some(finding) = finding {
            lines.extend(self.finding(finding, width, room));
        }
        let replay = finding.and_then(replay).or(self.replay.as_deref());
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
            "{exercised} of {} properties, {fired} of {} kinds of faults",
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

    /// The simplest finding in three sentences.
    fn finding(&self, finding: &Finding, width: usize, room: Room) -> Vec<String> {
        let runs: u64 = self.summary.findings.iter().map(|it| it.runs).sum();
        let others = (self.summary.findings.iter())
            .filter(|it| it.failure != finding.failure)
            .map(|it| it.failure.as_str());
        let mut others: Vec<&str> = others.collect();
        others.sort_unstable();
        others.dedup();
        let of_this = self.summary.findings.iter();
        let of_this = of_this.filter(|it| it.failure == finding.failure);
        let of_this: u64 = of_this.map(|it| it.runs).sum();
        let mut title = format!("{} in {}", finding.property, count(of_this, "run", "runs"));
        if !others.is_empty() {
            let number = others.len() as u64;
            let kinds = count(number, "other kind", "other kinds");
            title = format!("{title}, and {kinds} of failure in {} more", runs - of_this);
        }
        let mut lines = row("found", &title, width, 2);
        let minimal = finding.minimal.as_ref();
        let sentences = minimal.map_or(&finding.explanation, |it| &it.explanation);
        for sentence in sentences {
            lines.extend(row("", sentence, width, room.sentence));
        }
        if let Some(minimal) = minimal {
            let (before, after) = (size(minimal.before), size(minimal.after));
            lines.extend(row(
                "shrunk",
                &format!("from {before} to {after}"),
                width,
                2,
            ));
        }
        lines
    }
}

/// The finding to show: a shrunk one, and among those the one with the fewest faults and the shortest fingerprint.
fn simplest(summary: &Summary) -> Option<&Finding> {
    summary.findings.iter().min_by_key(|it| {
        let shrunk = it.minimal.as_ref();
        let size = shrunk.map_or(usize::MAX, |it| it.after.faults + it.after.operations);
        (shrunk.is_none(), size, it.fingerprint.len())
    })
}

fn replay(finding: &Finding) -> Option<&str> {
    let shrunk = finding.minimal.as_ref().and_then(|it| it.replay.as_deref());
    shrunk.or(finding.replay.as_deref())
}

/// Faults and operations are what shrinking removes, so they are its measure.
fn size(size: PlanSize) -> String {
    let faults = count(size.faults as u64, "fault", "faults");
    let operations = count(size.operations as u64, "operation", "operations");
    format!("{faults} and {operations}")
}

fn counted(number: u64, one: &str, many: &str) -> String {
    format!(
        "{} {}",
        grouped(number),
        if number == 1 { one } else { many }
    )
}

/// A space at which no line ends.
const NO_BREAK: &str = "\u{a0}";

/// A number stays on the line of its unit.
fn unbroken(text: String) -> String {
    text.replace(' ', NO_BREAK)
}

/// A title and a text, on so many lines at most.
fn row(title: &str, text: &str, width: usize, lines_max: usize) -> Vec<String> {
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
mod tests {
    use super::*;
    use crate::{
        analysis::MinimalPlan,
        samples::{campaign, records},
    };

    fn brief(summary: &Summary) -> Brief<'_> {
        Brief {
            verdict: "VIOLATED: 1 of 2 properties, in 1 of 2 runs".to_owned(),
            tone: Tone::Bad,
            summary,
            wall: Duration::from_millis(1_500),
            planted_bugs: Some(Ratio { met: 41, of: 41 }),
            notes: Vec::new(),
            report: Some("target/likewise/20261130-154453-15862/report.html".to_owned()),
            replay: Some("cargo chaos replay SEED --story".to_owned()),
        }
    }

    fn shrunk() -> Summary {
        let mut summary = campaign::summary();
        summary.findings[0].minimal = Some(MinimalPlan {
            replay: Some("cargo chaos replay target/likewise/20261130-154453-15862/seeds/swarm-seed-37-64590dfc/min-plan.json".to_owned()),
            ..MinimalPlan::sample(&records::red())
        });
        summary.converged.count(40_000, 1);
        summary
    }

    #[test]
    fn a_red_campaign_of_80_columns() {
        let summary = shrunk();
        insta::assert_snapshot!(brief(&summary).text(80, Styling::Plain));
    }

    #[test]
    fn a_green_campaign_of_60_columns() {
        let mut summary = Summary::over(["sold-equals-orders"]);
        summary.add(&records::green(), Duration::from_millis(3));
        let mut brief = brief(&summary);
        brief.verdict = "every property held in 1 run".to_owned();
        brief.tone = Tone::Good;
        insta::assert_snapshot!(brief.text(60, Styling::Plain));
    }

    /// Whatever there is to say, and however narrow the terminal.
    #[test]
    fn it_takes_at_most_25_lines_of_60_columns_and_no_word_is_broken() {
        let mut summary = shrunk();
        let words = "a long sentence about a saga that was compensated twice ";
        let explanation = || [words.repeat(9), words.repeat(30), words.repeat(20)];
        summary.findings[0].explanation = explanation();
        if let Some(minimal) = &mut summary.findings[0].minimal {
            minimal.explanation = explanation();
        }
        let mut other = summary.findings[0].clone();
        other.failure = "another".to_owned();
        other.minimal = None;
        summary.findings.push(other);
        let mut brief = brief(&summary);
        let note = |_| Note {
            title: "because",
            text: words.repeat(5),
        };
        brief.notes = (0..9).map(note).collect();
        for width in 60..200 {
            let text = brief.text(width, Styling::Plain);
            let lines: Vec<String> = text.lines().map(ToOwned::to_owned).collect();
            assert!(
                rows_on_screen(&lines, width) <= LINES_MAX,
                "{width}:\n{text}"
            );
            for line in &lines {
                let is_pasted = line.starts_with("report ") || line.starts_with("replay ");
                assert!(
                    is_pasted || line.chars().count() <= width,
                    "{width}: {line}"
                );
            }
            assert!(text.starts_with("verdict "), "{text}");
            let last = lines.last().map(String::as_str).unwrap_or_default();
            assert!(last.ends_with("min-plan.json"), "{text}");
            assert!(text.contains("more with --verbose"), "{text}");
            let flowing = text.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(
                flowing.contains("and 1 other kind of failure in 1 more"),
                "{text}"
            );
            let is_known = |word: &str| words.split(' ').any(|it| it == word);
            let told = lines.iter().filter(|line| line.contains("long sentence"));
            let mut told = told.flat_map(|line| line.split_whitespace());
            assert!(
                told.all(|it| is_known(it) || it == "…" || it == "because"),
                "{text}"
            );
        }
    }

    #[test]
    fn only_the_verdict_has_a_colour_and_only_if_it_is_wanted() {
        let summary = campaign::summary();
        let text = brief(&summary).text(80, Styling::Colour);
        let coloured: Vec<&str> = text.lines().filter(|it| it.contains('\u{1b}')).collect();
        assert_eq!(coloured.len(), 1);
        assert!(coloured[0].contains("VIOLATED"));
        assert!(!brief(&summary).text(80, Styling::Plain).contains('\u{1b}'));
    }

    #[test]
    fn hostile_text_cannot_control_the_terminal() {
        for hostile in records::HOSTILE {
            let mut summary = Summary::default();
            summary.add(&records::hostile(hostile), Duration::ZERO);
            let text = brief(&summary).text(80, Styling::Plain);
            let is_harmless = |c: char| c == '\n' || !c.is_control();
            assert!(text.chars().all(is_harmless), "{text:?}");
        }
    }
}
