//! The futures of a failing run: within a budget, and with the progress shown.

use std::{sync::Mutex, time::Duration};

use likewise_search::futures::{self, Futures, NoFutures};
use likewise_world::{System, record::RunRecord};

use crate::{interrupt, progress::Progress, stopwatch::Stopwatch};

/// Runs that the futures of a minimal plan take about: the bar is for people, and need not be exact.
const RUNS_ABOUT: u64 = 800;

/// The bounds of one search.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// The futures of each event.
    pub(crate) each: u32,
    /// After this wall time no future starts.
    pub(crate) budget: Option<Duration>,
}

/// Finds the futures of a run within the bounds, and shows the progress.
///
/// # Errors
/// [`NoFutures`]: the run did not fail, or is not the same again.
pub(crate) fn of(
    system: &'static dyn System,
    record: &RunRecord,
    bounds: Bounds,
    quiet: bool,
) -> Result<Futures, NoFutures> {
    let started = Stopwatch::start();
    let progress = Mutex::new(Progress::of_runs("futures", RUNS_ABOUT, quiet));
    futures::futures(system, record, bounds.each, |runs| {
        if let Ok(mut progress) = progress.lock() {
            progress.add_run_with(format!("{runs} futures"));
        }
        interrupt::within(bounds.budget, started)
    })
}
