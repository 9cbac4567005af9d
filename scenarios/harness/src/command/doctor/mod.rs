//! `doctor`: checks that a run is a pure function of its plan.
//!
//! ```text
//!                 ┌─ in a fresh process ─────────────────────┐
//!  one plan ──────┼─ in this process, a second time ─────────┼──► the same hash over every event, or the first
//!                 └─ in this process, next to parallel runs ─┘    event that differs is named
//! ```
//!
//! All three are needed. Global state of the process survives a run, so the second run could differ from the first.
//! Threads share that state, so parallel runs could influence each other.

mod divergence;
mod examination;
mod fresh_process;
mod special_plans;

use std::collections::BTreeSet;

use anyhow::Result;
use clap::Args;
use likewise_reports::analysis::Ratio;
use likewise_search::exhaustive::{bases, cases};
use likewise_world::{
    System,
    plan::{FaultKind, Plan, generate},
};

use crate::{
    arguments::Common, exit::Exit, interrupt, progress::Progress, session::Session, suite::Suite,
};
use examination::examine;

pub(super) const EXAMPLES: &str = "\
Examples:
  cargo chaos doctor                 twenty seeds, and every kind of fault once
  cargo chaos doctor --seeds 500     more seeds";

/// Seeds that are examined, unless the user sets a number.
const SEEDS: u64 = 20;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Examine the first N seeds
    #[arg(long, value_name = "N", default_value_t = SEEDS)]
    seeds: u64,
    #[command(flatten)]
    common: Common,
}

/// Examines plans with every kind of fault, and seeds.
pub(super) fn run(suite: &'static Suite, arguments: &Arguments) -> Result<Exit> {
    let mut session = Session::start(suite, &arguments.common)?;
    let seeds = (0..arguments.seeds).map(|seed| generate(suite.system, seed));
    let mut neighbours = one_of_each_kind(suite.system)?;
    let plans: Vec<Plan> = neighbours.iter().cloned().chain(seeds).collect();
    let mut progress = Progress::of_runs("plans", plans.len() as u64, session.is_json());
    let mut same = Ratio::default();
    let mut fired = BTreeSet::new();
    for plan in &plans {
        if interrupt::stopped() {
            session.note_inconclusive("it was stopped".to_owned());
            break;
        }
        if let Some(is_same) = examine(&mut session, plan, &neighbours, &mut fired)? {
            same.count(is_same);
        }
        // So that plans with every kind of fault run next to others.
        neighbours.rotate_left(1);
        progress.add_run(session.summary.violated_runs);
    }
    drop(progress);
    eprintln!(
        "deterministic: {} of {} plans, in a fresh process, a second time, and next to parallel runs",
        same.met, same.of
    );
    require_every_kind(&mut session, &fired);
    session.meta.deterministic = Some(same);
    session.finish()
}

/// A check of plans without faults would prove little, so every kind of fault must have fired.
fn require_every_kind(session: &mut Session, fired: &BTreeSet<FaultKind>) {
    let missing = FaultKind::ALL.iter().filter(|kind| !fired.contains(kind));
    let missing: Vec<&str> = missing.map(|kind| kind.name()).collect();
    eprintln!(
        "faults that fired: {} of {} kinds",
        FaultKind::ALL.len() - missing.len(),
        FaultKind::ALL.len()
    );
    if !missing.is_empty() {
        session.note_inconclusive(format!("never fired: {}", missing.join(", ")));
    }
}

/// The sagas that the exhaustive search starts from, each kind of fault in one of them, and the plans with
/// features that no single fault brings.
///
/// A seed may have any faults, so a few seeds may miss a kind. These plans make sure that each one is examined.
fn one_of_each_kind(system: &'static dyn System) -> Result<Vec<Plan>> {
    let mut plans = bases(system);
    let mut kinds = BTreeSet::new();
    for base in bases(system) {
        for case in cases(system, &base)? {
            if case
                .plan
                .faults
                .iter()
                .all(|planned| kinds.insert(planned.fault.kind()))
            {
                plans.push(case.plan);
            }
        }
    }
    plans.extend(special_plans::special_plans(system));
    Ok(plans)
}
