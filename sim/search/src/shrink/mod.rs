//! Shrinking: finds the smallest plan that fails in the same way.
//!
//! ```text
//!  failing plan ─► remove ─► aim ─► workload ─► weaken ─► shorten ─┬─► minimal plan ─► nearest plan that passes
//!                    ▲         until a round finds nothing         │
//!                    └─────────────────────────────────────────────┘
//! ```
//!
//! Each pass lists smaller plans. The first one in its order that still fails in the same way replaces the plan, and the
//! pass continues from there. "In the same way" means an equal [`Failure`]. Without that condition a plan would slip from
//! one bug to a simpler one, and the result would explain the wrong thing.
//!
//! Candidates run concurrently on all cores, but only their order decides. So a plan shrinks to the same plan, in the
//! same number of runs, on every machine. `search.rs` runs the candidates; one file holds one pass.

mod nearest;
mod progress;
mod remove;
mod search;
mod shorten;
mod weaken;
mod workload;

use std::ops::ControlFlow;

pub use nearest::Nearest;
pub use progress::Progress;
use search::Search;

use crate::{
    fingerprint::Failure,
    guarded::{NoRecord, run_on_core},
};
use likewise_world::{
    System,
    plan::{Plan, problem},
    record::RunRecord,
};

/// The default limit of runs. Swarm plans take 100 to 400.
///
/// The limit is in runs, so that the result does not depend on the machine. A caller may set a time limit through
/// `watch`.
pub const RUNS_MAX: u64 = 2_000;
/// The most rounds of all passes. Three are usual; the last one finds nothing.
const ROUNDS_MAX: u32 = 20;

/// A plan that was shrunk.
#[derive(Debug, Clone)]
pub struct Shrunk {
    /// How the plan fails, before and after shrinking.
    pub failure: Failure,
    /// The run of the smallest plan. It contains the plan.
    pub record: RunRecord,
    /// The smallest change that makes the plan pass. `None` if none was found.
    pub nearest: Option<Nearest>,
    /// The number of candidates that were run.
    pub runs: u64,
    /// Whether no pass finds a smaller plan. Otherwise shrinking was stopped early, and the plan is only smaller.
    pub is_minimal: bool,
}

/// Why a plan was not shrunk.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotShrunk {
    /// The plan violates no property.
    #[error("the plan does not fail: nothing to shrink")]
    Green,
    /// The plan is invalid, or its run has no record.
    #[error("the plan cannot be run: {0}")]
    Broken(String),
    /// Two runs of the plan differ. That is a defect of the harness.
    #[error("the plan does not fail in the same way twice")]
    NotReproducible,
}

/// Shrinks a plan that fails, in at most `runs_max` runs.
///
/// Calls `watch` after every run. If it returns `Break`, or if the limit is reached, the smallest plan so far is the
/// result.
///
/// # Errors
/// [`NotShrunk`]: the plan does not fail, cannot be run, or does not fail in the same way twice.
pub fn shrink(
    system: &'static dyn System,
    plan: &Plan,
    runs_max: u64,
    mut watch: impl FnMut(Progress) -> ControlFlow<()>,
) -> Result<Shrunk, NotShrunk> {
    let failure = reproduced(system, plan)?;
    let mut search = Search::new(system, &failure, runs_max, &mut watch);
    let mut smallest = plan.clone();
    // The seed would no longer generate this plan.
    smallest.seed = None;
    let mut is_minimal = false;
    for _ in 0..ROUNDS_MAX {
        let before = smallest.clone();
        round(&mut search, &mut smallest);
        is_minimal = smallest == before && !search.is_over();
        if smallest == before || search.is_over() {
            break;
        }
    }
    let nearest = nearest::find(&mut search, &smallest);
    let runs = search.runs();
    let record = run_on_core(0, system, &smallest).map_err(broken)?;
    // The result is run once more: a plan that does not fail again is worthless as a regression.
    match Failure::of(&record) == Some(failure.clone()) {
        true => Ok(Shrunk {
            failure,
            record,
            nearest,
            runs,
            is_minimal,
        }),
        false => Err(NotShrunk::NotReproducible),
    }
}

/// Runs every pass once. The passes that remove most come first, because later candidates are then cheaper to run.
fn round(search: &mut Search<'_>, plan: &mut Plan) {
    let system = search.system();
    search.by_halves(plan, |plan| plan.faults.len(), remove::faults);
    search.sweep(plan, remove::series);
    search.sweep(plan, shorten::aims);
    search.by_halves(plan, |plan| plan.workload.len(), workload::operations);
    search.sweep(plan, |plan| workload::settings(system, plan));
    search.sweep(plan, |plan| workload::behaviours(system, plan));
    search.sweep(plan, weaken::faults);
    search.sweep(plan, shorten::times);
}

fn broken(reason: NoRecord) -> NotShrunk {
    NotShrunk::Broken(reason.message)
}

/// How a plan fails. It must do so in two equal runs.
///
/// Without this, a plan that fails by chance would be shrunk to one that does not fail at all, after hundreds of
/// runs.
fn reproduced(system: &'static dyn System, plan: &Plan) -> Result<Failure, NotShrunk> {
    if let Some(why) = problem(system, plan) {
        return Err(NotShrunk::Broken(why.to_string()));
    }
    let first = run_on_core(0, system, plan).map_err(broken)?;
    let failure = Failure::of(&first).ok_or(NotShrunk::Green)?;
    let second = run_on_core(0, system, plan).map_err(broken)?;
    match first.hash == second.hash {
        true => Ok(failure),
        false => Err(NotShrunk::NotReproducible),
    }
}
