//! Shrinking: the smallest plan that fails in the same way.
//!
//! ```text
//!  failing plan ─► remove ─► aim ─► workload ─► weaken ─► shorten ─┬─► minimal plan ─► nearest plan that passes
//!                    ▲          until nothing helps any more       │
//!                    └─────────────────────────────────────────────┘
//! ```
//!
//! Each pass lists smaller plans; the first in its order that still fails as the whole plan did is taken, and the pass
//! goes on from there. "As the whole plan did" is [`Failure`]: without that check a plan would slip from one mistake to
//! another, simpler one, and explain the wrong thing. Candidates run at once on all cores, but what counts is their
//! order, so the same plan always shrinks to the same plan. `Search` tries none twice.

mod nearest;
mod remove;
mod search;
mod shorten;
mod weaken;
mod workload;

use std::ops::ControlFlow;

pub use nearest::Nearest;
use search::Search;

use crate::{
    search::{fingerprint::Failure, guarded::run_on_core},
    world::{
        plan::{Plan, problem},
        record::RunRecord,
    },
};

/// Runs of one shrinking at most, unless said otherwise. Swarm plans take 100 to 400.
pub const RUNS_MAX: u64 = 2_000;
/// Rounds of all passes at most. Three are usual: the last one finds nothing.
const ROUNDS_MAX: u32 = 20;

/// How far a shrinking is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Candidates that were run.
    pub runs: u64,
    /// Faults that are left.
    pub faults: usize,
    /// Operations that are left.
    pub operations: usize,
}

/// A plan that was shrunk.
#[derive(Debug, Clone)]
pub struct Shrunk {
    /// How it fails, before and after.
    pub failure: Failure,
    /// The run of the minimal plan, which holds the plan.
    pub record: RunRecord,
    /// The smallest change to it that passes; nothing if none was found.
    pub nearest: Option<Nearest>,
    /// Candidates that were run.
    pub runs: u64,
    /// Whether nothing more can be taken away; else it was cut short, and the plan is only smaller.
    pub is_minimal: bool,
}

/// Why a plan was not shrunk.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotShrunk {
    /// It violates nothing.
    #[error("the plan does not fail: nothing to shrink")]
    Green,
    /// It contradicts itself, or there is no record of its run.
    #[error("the plan cannot be run: {0}")]
    Broken(String),
    /// Two runs of it differ, so that no run proves anything.
    #[error("the plan does not fail in the same way twice: look at it with `cargo chaos doctor`")]
    NotReproducible,
}

/// Shrinks a plan that fails, in `runs_max` runs at most. `watch` hears of every step and may break it off: then
/// the smallest plan so far is the result.
///
/// # Errors
/// [`NotShrunk`].
pub fn shrink(
    plan: &Plan,
    runs_max: u64,
    mut watch: impl FnMut(Progress) -> ControlFlow<()>,
) -> Result<Shrunk, NotShrunk> {
    let failure = reproduced(plan)?;
    let mut search = Search::new(&failure, runs_max, &mut watch);
    let mut smallest = plan.clone();
    // What it was generated from says nothing about what is left of it.
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
    let record = run_on_core(0, &smallest).map_err(NotShrunk::Broken)?;
    // A plan that fails once and not again would be worthless.
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

/// Every pass once: what saves most comes first.
fn round(search: &mut Search<'_>, plan: &mut Plan) {
    search.by_halves(plan, |plan| plan.faults.len(), remove::faults);
    search.sweep(plan, remove::series);
    search.sweep(plan, shorten::aims);
    search.by_halves(plan, |plan| plan.workload.len(), workload::operations);
    search.sweep(plan, workload::settings);
    search.sweep(plan, workload::behaviours);
    search.sweep(plan, weaken::faults);
    search.sweep(plan, shorten::times);
}

/// How a plan fails, if it does so twice.
fn reproduced(plan: &Plan) -> Result<Failure, NotShrunk> {
    if let Some(why) = problem(plan) {
        return Err(NotShrunk::Broken(why.to_string()));
    }
    let first = run_on_core(0, plan).map_err(NotShrunk::Broken)?;
    let failure = Failure::of(&first).ok_or(NotShrunk::Green)?;
    let second = run_on_core(0, plan).map_err(NotShrunk::Broken)?;
    match first.hash == second.hash {
        true => Ok(failure),
        false => Err(NotShrunk::NotReproducible),
    }
}

#[cfg(test)]
mod tests;
