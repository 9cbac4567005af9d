//! The progress bar: on standard error, and only if somebody is looking.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::stopwatch::Stopwatch;

const TEMPLATE: &str = "{prefix:>12} [{bar:32}] {msg}";
/// Of what takes long: how fast it goes, and how long it still will.
const LONG_TEMPLATE: &str = "{prefix:>12} [{bar:32}] {pos} of {len}, {msg}, {per_sec}, {eta} left";

/// How far one part of a command is: by its runs, or by its budget if nobody knows how many runs there will be.
pub(crate) struct Progress {
    bar: ProgressBar,
    budget: Option<(Stopwatch, Duration)>,
    runs: u64,
}

impl Progress {
    /// Of so many runs.
    pub(crate) fn of_runs(what: &str, runs: u64, quiet: bool) -> Self {
        Self::new(what, runs, None, quiet)
    }

    /// Of so many runs that may take hours, of which some were done before.
    pub(crate) fn of_many(what: &str, runs: u64, done: u64, quiet: bool) -> Self {
        let mut progress = Self::new(what, runs, None, quiet);
        if let Ok(style) = ProgressStyle::with_template(LONG_TEMPLATE) {
            progress.bar.set_style(style.progress_chars("=> "));
        }
        // The rate is that of the runs from here on.
        progress.bar.set_position(done);
        progress.bar.reset_eta();
        progress.runs = done;
        progress
    }

    /// Of runs that go on until the budget is used up.
    pub(crate) fn of_budget(what: &str, budget: Duration, quiet: bool) -> Self {
        Self::new(
            what,
            millis(budget),
            Some((Stopwatch::start(), budget)),
            quiet,
        )
    }

    fn new(what: &str, length: u64, budget: Option<(Stopwatch, Duration)>, quiet: bool) -> Self {
        // indicatif draws nothing where standard error is not a terminal.
        let target = match quiet {
            true => ProgressDrawTarget::hidden(),
            false => ProgressDrawTarget::stderr(),
        };
        let bar = ProgressBar::with_draw_target(Some(length), target);
        if let Ok(style) = ProgressStyle::with_template(TEMPLATE) {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_prefix(what.to_owned());
        Self {
            bar,
            budget,
            runs: 0,
        }
    }

    /// One more run is done; this is how things are.
    pub(crate) fn say(&mut self, how: String) {
        self.bar.inc(1);
        self.bar.set_message(how);
    }

    /// So many of them, before the next step, needed no run.
    pub(crate) fn jump(&mut self, to: u64) {
        self.runs = self.runs.max(to.saturating_sub(1));
    }

    /// One more run is done.
    pub(crate) fn step(&mut self, violated_runs: u64) {
        self.runs += 1;
        match self.budget {
            None => self.bar.set_position(self.runs),
            Some((since, budget)) => self.bar.set_position(millis(since.elapsed().min(budget))),
        }
        self.bar
            .set_message(format!("{} runs, {violated_runs} violated", self.runs));
    }

    /// Says what is going on within a run.
    pub(crate) fn within(&self, message: String) {
        self.bar.set_message(message);
    }

    /// Prints without the bar in between.
    pub(crate) fn suspend(&self, print: impl FnOnce()) {
        self.bar.suspend(print);
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
