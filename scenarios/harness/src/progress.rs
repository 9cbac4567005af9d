//! Progress on standard error: a bar on a terminal, and a line now and then in a log.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use likewise_reports::terminal::span;

use crate::stopwatch::Stopwatch;

const TEMPLATE: &str = "{prefix:>12} [{bar:32}] {msg}";
/// For searches that may take hours: also the rate and the estimated time left.
const LONG_TEMPLATE: &str = "{prefix:>12} [{bar:32}] {pos} of {len}, {msg}, {per_sec}, {eta} left";

/// The progress of one part of a command: by the number of runs, or by the budget if that number is unknown.
pub(crate) struct Progress {
    bar: ProgressBar,
    budget: Option<(Stopwatch, Duration)>,
    runs: u64,
    /// Prints a line now and then where no bar is drawn. `None`: programs read the output.
    lines: Option<Lines>,
}

/// Progress as lines, for a log.
struct Lines {
    label: String,
    started: Stopwatch,
    printed: u64,
}

/// The time between two lines.
const LINE_EVERY: Duration = Duration::from_secs(30);

impl Progress {
    /// For a known number of runs.
    pub(crate) fn of_runs(label: &str, runs: u64, quiet: bool) -> Self {
        Self::new(label, runs, None, quiet)
    }

    /// For a known number of runs that may take hours. `done` of them were done by an earlier process.
    pub(crate) fn of_long_search(label: &str, runs: u64, done: u64, quiet: bool) -> Self {
        let mut progress = Self::new(label, runs, None, quiet);
        if let Ok(style) = ProgressStyle::with_template(LONG_TEMPLATE) {
            progress.bar.set_style(style.progress_chars("=> "));
        }
        // The rate must not count the earlier runs, which took no time in this process.
        progress.bar.set_position(done);
        progress.bar.reset_eta();
        progress.runs = done;
        progress
    }

    /// For runs that continue until the budget is used up.
    pub(crate) fn of_budget(label: &str, budget: Duration, quiet: bool) -> Self {
        let budget_used = Some((Stopwatch::start(), budget));
        Self::new(label, millis(budget), budget_used, quiet)
    }

    fn new(label: &str, length: u64, budget: Option<(Stopwatch, Duration)>, quiet: bool) -> Self {
        // indicatif draws nothing if standard error is not a terminal.
        let target = match quiet {
            true => ProgressDrawTarget::hidden(),
            false => ProgressDrawTarget::stderr(),
        };
        let bar = ProgressBar::with_draw_target(Some(length), target);
        let lines = (!quiet && bar.is_hidden()).then(|| Lines {
            label: label.to_owned(),
            started: Stopwatch::start(),
            printed: 0,
        });
        if let Ok(style) = ProgressStyle::with_template(TEMPLATE) {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_prefix(label.to_owned());
        Self {
            bar,
            budget,
            runs: 0,
            lines,
        }
    }

    /// Counts one run.
    pub(crate) fn add_run(&mut self, violated_runs: u64) {
        self.runs += 1;
        match self.budget {
            None => self.bar.set_position(self.runs),
            Some((since, budget)) => self.bar.set_position(millis(since.elapsed().min(budget))),
        }
        let message = format!("{} runs, {violated_runs} violated", self.runs);
        if let Some(lines) = &mut self.lines {
            let of = match self.budget {
                None => format!("{} runs", self.bar.length().unwrap_or_default()),
                Some((_, budget)) => span(budget),
            };
            lines.print_now_and_then(&message, &of);
        }
        self.bar.set_message(message);
    }

    /// Counts one run and shows a message instead of the counts.
    pub(crate) fn add_run_with(&mut self, message: String) {
        self.bar.inc(1);
        self.bar.set_message(message);
    }

    /// Skips runs that turned out to be unnecessary: the next run that is counted is number `to`.
    pub(crate) fn skip_to(&mut self, to: u64) {
        self.runs = self.runs.max(to.saturating_sub(1));
    }

    /// Shows what happens within a run.
    pub(crate) fn set_message(&self, message: String) {
        self.bar.set_message(message);
    }

    /// Hides the bar while `print` runs.
    pub(crate) fn suspend(&self, print: impl FnOnce()) {
        self.bar.suspend(print);
    }
}

impl Lines {
    fn print_now_and_then(&mut self, message: &str, of: &str) {
        let elapsed = self.started.elapsed();
        let due = elapsed.as_secs() / LINE_EVERY.as_secs();
        if due > self.printed {
            self.printed = due;
            eprintln!("{}: {message} in {}, of {of}", self.label, span(elapsed));
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
