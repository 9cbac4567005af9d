//! Shrinks a failing plan, and writes the result with the commands to replay and to keep it.
//!
//! `cargo chaos shrink` calls this for one plan, a session for a few plans of each cause.

use std::{io, time::Duration};

use likewise_reports::{analysis::MinimalPlan, archive::CampaignArchive};
use likewise_search::{
    campaign::run_on_core,
    fingerprint::fingerprint,
    shrink::{self, NotShrunk, Shrunk},
};
use likewise_world::{
    System,
    plan::{PRODUCT, Plan},
    record::RunRecord,
};

use crate::{interrupt, paths, progress::Progress, shell, stopwatch::Stopwatch, suite::Suite};

/// The bounds of one shrinking.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// Candidates that are run at most.
    pub(crate) runs_max: u64,
    /// After this wall time no candidate starts. The smallest plan so far is the result.
    pub(crate) budget: Option<Duration>,
}

/// Shrinks a plan within the bounds and shows the progress. The resulting plan is named after the failure it shows.
///
/// # Errors
/// [`NotShrunk`]: the plan does not fail, cannot be run, or does not fail twice in the same way.
pub(crate) fn shrink(
    system: &'static dyn System,
    plan: &Plan,
    bounds: Bounds,
    quiet: bool,
) -> Result<Shrunk, NotShrunk> {
    let started = Stopwatch::start();
    let mut progress = Progress::of_runs("shrinking", bounds.runs_max, quiet);
    let mut shrunk = shrink::shrink(system, plan, bounds.runs_max, |so_far| {
        progress.add_run_with(format!(
            "{} runs, {} faults and {} operations left",
            so_far.runs, so_far.faults, so_far.operations
        ));
        interrupt::within(bounds.budget, started)
    })?;
    name_after_failure(&mut shrunk);
    Ok(shrunk)
}

fn name_after_failure(shrunk: &mut Shrunk) {
    if let Some(failure) = fingerprint(&shrunk.record) {
        if let Some(nearest) = &mut shrunk.nearest {
            nearest.plan.name = format!("{failure}, but passing");
        }
        shrunk.record.plan.name = failure;
    }
}

/// The run of the nearest passing plan. Shrinking keeps only the plan, so it is run again here.
pub(crate) fn nearest_run(system: &'static dyn System, shrunk: &Shrunk) -> Option<RunRecord> {
    let nearest = shrunk.nearest.as_ref()?;
    run_on_core(0, system, &nearest.plan).ok()
}

/// Whether the product passes a plan of a planted bug. `None` if it is the product's own plan.
fn passes_in_product(system: &'static dyn System, plan: &Plan) -> Option<bool> {
    if plan.system == PRODUCT {
        return None;
    }
    let mut plan = plan.clone();
    plan.system = PRODUCT.to_owned();
    let record = run_on_core(0, system, &plan).ok()?;
    Some(record.is_green())
}

/// Why a plan was not shrunk, and the command of the suite that looks into it.
pub(crate) fn explained(suite: &Suite, reason: &NotShrunk) -> String {
    match reason {
        NotShrunk::NotReproducible => {
            format!("{reason}: look at it with `{} doctor`", suite.command)
        }
        NotShrunk::Green | NotShrunk::Broken(_) => reason.to_string(),
    }
}

/// Writes a shrunk plan, and returns it with the commands to replay and to keep it.
///
/// # Errors
/// A file cannot be written.
pub(crate) fn write(
    archive: &CampaignArchive,
    suite: &Suite,
    before: &Plan,
    shrunk: &Shrunk,
    nearest: Option<&RunRecord>,
) -> io::Result<MinimalPlan> {
    let path = archive.write_shrunk(before, &shrunk.record, nearest)?;
    let path = paths::relative(&path);
    let mut minimal = MinimalPlan::of(before, shrunk);
    minimal.note_product(passes_in_product(suite.system, &shrunk.record.plan));
    minimal.replay = Some(shell::replay_file(suite, &path));
    minimal.keep = Some(shell::keep(suite, &path, &minimal.fingerprint));
    Ok(minimal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_that_fails_by_chance_is_for_the_doctor_of_this_suite() {
        let explained = explained(Suite::empty(), &NotShrunk::NotReproducible);
        let doctor = "twice: look at it with `cargo run -p likewise-transfers -- doctor`";
        assert!(explained.ends_with(doctor), "{explained}");
    }
}
