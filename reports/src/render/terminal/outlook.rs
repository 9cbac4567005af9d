//! Why a run failed and when that was decided, as terminal text: the answers, and a bar for each event that was forked.

use std::fmt::Write as _;

use likewise_world::record::RunRecord;

use super::brief::row;
use crate::{
    analysis::{ForkShare, Outlook, Why},
    story,
    text::terminal,
};

/// The columns of a bar of 100 %.
const BAR: usize = 20;
/// Lines that an answer takes at most.
const LINES_MAX: usize = 12;

/// The answers, and the share of futures that fail after each event that was forked. `width`: the columns of the terminal.
#[must_use]
pub fn outlook(record: &RunRecord, why: &Why, outlook: &Outlook, width: usize) -> String {
    let width = width.max(40);
    let run = story::explain(record)[0].clone();
    let mut lines = row("cause", &why.cause, width, LINES_MAX);
    for (name, text) in [("run", run.as_str())].into_iter().chain(why.answers()) {
        lines.extend(row(name, text, width, LINES_MAX));
    }
    lines.extend(row(
        "futures",
        "that fail, after each event that was forked:",
        width,
        2,
    ));
    let start = outlook.forks.first().map_or(0, |fork| fork.at_micros);
    lines.extend(outlook.forks.iter().map(|fork| bar(fork, start, outlook)));
    let mut text = String::new();
    for line in lines {
        let _ = writeln!(text, "{}", terminal(&line));
    }
    text
}

fn bar(fork: &ForkShare, start: u64, outlook: &Outlook) -> String {
    let percent = fork.percent();
    let full = (percent as usize * BAR).div_ceil(100);
    let (event, millis) = (fork.event, fork.at_micros.saturating_sub(start) / 1_000);
    let is =
        |turn: &Option<crate::analysis::Turn>| turn.as_ref().is_some_and(|it| it.event == event);
    let mark = match (is(&outlook.certain), is(&outlook.likely)) {
        (true, _) => "  certain",
        (_, true) => "  likely",
        _ => "",
    };
    let bar = "#".repeat(full);
    format!("{event:>11} {millis:>7} ms {percent:>3} % {bar:<BAR$}{mark}")
        .trim_end()
        .to_owned()
}
