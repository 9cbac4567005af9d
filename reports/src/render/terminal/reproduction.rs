//! The result of a search for the plan of an incident, as terminal text.

use std::fmt::Write as _;

use likewise_search::incident::{Found, NotFound, Target};
use likewise_world::{plan::Plan, record::RunRecord};

use super::brief::row;
use crate::{
    story,
    text::terminal,
    units::{counted, micros_span},
};

/// The columns of the text.
const WIDTH: usize = 80;
/// Lines that an answer takes at most.
const LINES_MAX: usize = 6;
/// Faults that are named at most.
const FAULTS_MAX: usize = 5;

/// A plan that was found, and shrunk.
#[derive(Debug, Clone, Copy)]
pub struct Reproduced<'r> {
    /// What the search found.
    pub found: &'r Found,
    /// The run of the shrunk plan.
    pub record: &'r RunRecord,
    /// The event at which that run shows the incident, its time, and the number of the saga.
    pub moment: (usize, u64, Option<usize>),
    /// The candidates that shrinking has run.
    pub shrink_runs: u64,
    /// Whether the plan cannot be made smaller.
    pub is_minimal: bool,
}

/// The verdict, then what was found. `paste`: lines with a title.
#[must_use]
pub fn reproduced(target: &Target, it: &Reproduced<'_>, paste: &[(&str, String)]) -> String {
    let mut text = Lines::default();
    let runs = counted(it.found.runs, "run", "runs");
    text.row(
        "verdict",
        &format!("reproduced after {runs}: {}", target.title()),
    );
    text.state(target);
    let (event, at_micros, saga) = it.moment;
    let saga = saga.map_or_else(|| "a saga".to_owned(), |number| format!("saga {number}"));
    let at = micros_span(at_micros);
    text.row(
        "moment",
        &format!("event {event}, at {at}: {saga} is in this state"),
    );
    text.row("tried", it.found.phase.words());
    text.plan(&it.record.plan, &story::explain(it.record)[0]);
    let (before, after) = (size(&it.found.plan), size(&it.record.plan));
    let runs = counted(it.shrink_runs, "run", "runs");
    let cut = match it.is_minimal {
        true => "",
        false => "; cut short, a smaller plan may exist",
    };
    text.row(
        "shrunk",
        &format!("from {before} to {after} in {runs}{cut}"),
    );
    let held = match it.record.violations.first() {
        None => "every property held: faults explain the incident".to_owned(),
        Some(first) => format!("VIOLATED {}: {}", first.property, first.detail),
    };
    text.row("run", &held);
    text.row(
        "checked",
        &format!("replayed twice, hash {}", it.record.hash),
    );
    text.paste(paste);
    text.text
}

/// The verdict, then how near the search came.
#[must_use]
pub fn not_reproduced(target: &Target, it: &NotFound, paste: &[(&str, String)]) -> String {
    let mut text = Lines::default();
    let runs = counted(it.runs, "run", "runs");
    let stopped = if it.is_stopped { ", then stopped" } else { "" };
    text.row(
        "verdict",
        &format!("no plan found in {runs}{stopped}: {}", target.title()),
    );
    text.state(target);
    match &it.nearest {
        None => text.row(
            "nearest",
            &format!("no run had a saga of kind {}", target.kind),
        ),
        Some((plan, moment)) => {
            let differences = moment.differences.iter();
            let differences = differences.map(|it| it.words(target, moment));
            let differences: Vec<String> = differences.collect();
            text.row("nearest", &differences.join("; "));
            let faults = counted(plan.faults.len() as u64, "fault", "faults");
            text.plan(plan, &format!("The nearest run had {faults}."));
        }
    }
    if it.broken > 0 {
        let broken = counted(it.broken, "run", "runs");
        text.row(
            "broken",
            &format!("{broken} had no record, and showed nothing"),
        );
    }
    if target.has_contradiction {
        text.row(
            "note",
            "the log and a barrier row contradict each other. No loss and no delay explains that: a database was restored from an older copy or changed by hand, or there is a defect that no run of the search met.",
        );
    }
    text.paste(paste);
    text.text
}

#[derive(Default)]
struct Lines {
    text: String,
}

impl Lines {
    fn row(&mut self, title: &str, text: &str) {
        for line in row(title, text, WIDTH, LINES_MAX) {
            let _ = writeln!(self.text, "{}", terminal(&line));
        }
    }

    /// What was searched: the beliefs and the rows.
    fn state(&mut self, target: &Target) {
        let all = target.to_string();
        for (place, line) in all.lines().skip(1).enumerate() {
            self.row(if place == 0 { "state" } else { "" }, line);
        }
    }

    /// A plan in the words of its run, with each of its faults.
    fn plan(&mut self, plan: &Plan, run: &str) {
        let operators = match plan.operators {
            0 => String::new(),
            number => format!(" With {}.", counted(number.into(), "operator", "operators")),
        };
        self.row("plan", &format!("{run}{operators}"));
        let left = plan.faults.len().saturating_sub(FAULTS_MAX);
        for (place, planned) in plan.faults.iter().take(FAULTS_MAX).enumerate() {
            let title = if place == 0 { "faults" } else { "" };
            self.row(title, &planned.to_string());
        }
        if left > 0 {
            self.row("", &format!("and {left} more"));
        }
    }

    /// Commands are never broken into lines: they are pasted.
    fn paste(&mut self, lines: &[(&str, String)]) {
        for (title, line) in lines {
            let _ = writeln!(self.text, "{title:<12}{}", terminal(line));
        }
    }
}

fn size(plan: &Plan) -> String {
    let faults = counted(plan.faults.len() as u64, "fault", "faults");
    let operations = counted(plan.workload.len() as u64, "operation", "operations");
    format!("{faults} and {operations}")
}
