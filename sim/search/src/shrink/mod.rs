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
    let failure = Failure::of(&reproduced(system, plan)?).ok_or(NotShrunk::Green)?;
    let is_same = |record: &RunRecord| Failure::of(record).as_ref() == Some(&failure);
    let mut search = Search::new(system, &is_same, runs_max, &mut watch);
    let (smallest, is_minimal) = rounds(&mut search, plan);
    let nearest = nearest::find(&mut search, &smallest);
    let runs = search.runs();
    let record = run_on_core(0, system, &smallest).map_err(broken)?;
    // The result is run once more: a plan that does not fail again is worthless as a regression.
    match is_same(&record) {
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

/// A plan that was shrunk and still shows what it showed before.
#[derive(Debug, Clone)]
pub struct Kept {
    /// The run of the smallest plan. It contains the plan.
    pub record: RunRecord,
    /// The number of candidates that were run.
    pub runs: u64,
    /// Whether no pass finds a smaller plan.
    pub is_minimal: bool,
}

/// Shrinks a plan whose run shows something, in at most `runs_max` runs. `is_same` says whether a run still shows it.
///
/// Calls `watch` as [`shrink`] does.
///
/// # Errors
/// [`NotShrunk`]: the plan cannot be run, or two runs of it differ, or do not show it.
pub fn shrink_while(
    system: &'static dyn System,
    plan: &Plan,
    runs_max: u64,
    is_same: &dyn Fn(&RunRecord) -> bool,
    mut watch: impl FnMut(Progress) -> ControlFlow<()>,
) -> Result<Kept, NotShrunk> {
    if !is_same(&reproduced(system, plan)?) {
        return Err(NotShrunk::NotReproducible);
    }
    let mut search = Search::new(system, is_same, runs_max, &mut watch);
    let (smallest, is_minimal) = rounds(&mut search, plan);
    let runs = search.runs();
    let record = reproduced(system, &smallest)?;
    match is_same(&record) {
        true => Ok(Kept {
            record,
            runs,
            is_minimal,
        }),
        false => Err(NotShrunk::NotReproducible),
    }
}

/// Runs the passes until a round finds nothing. Returns the smallest plan, and whether no pass finds a smaller one.
fn rounds(search: &mut Search<'_>, plan: &Plan) -> (Plan, bool) {
    let mut smallest = plan.clone();
    // The seed would no longer generate this plan.
    smallest.seed = None;
    for _ in 0..ROUNDS_MAX {
        let before = smallest.clone();
        round(search, &mut smallest);
        if smallest == before || search.is_over() {
            let is_minimal = smallest == before && !search.is_over();
            return (smallest, is_minimal);
        }
    }
    (smallest, false)
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

/// The run of a plan. Two runs of it must be equal.
///
/// Without this, a plan that fails by chance would be shrunk to one that does not fail at all, after hundreds of
/// runs.
fn reproduced(system: &'static dyn System, plan: &Plan) -> Result<RunRecord, NotShrunk> {
    if let Some(why) = problem(system, plan) {
        return Err(NotShrunk::Broken(why.to_string()));
    }
    let first = run_on_core(0, system, plan).map_err(broken)?;
    let second = run_on_core(0, system, plan).map_err(broken)?;
    match first.hash == second.hash {
        true => Ok(first),
        false => Err(NotShrunk::NotReproducible),
    }
}
