//! Examines one plan: runs it in every way, and compares each run with the first one.

use std::{
    collections::BTreeSet,
    sync::{
        Barrier,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use anyhow::Result;
use likewise_search::{
    campaign::{NoRecord, run_on_core},
    determinism::compare,
};
use likewise_world::{
    System,
    plan::{FaultKind, Plan},
    record::RunRecord,
};
use serde::Serialize;

use super::{
    divergence::{self, DivergenceLine},
    fresh_process,
};
use crate::{session::Session, stopwatch::Stopwatch};

/// Threads that run other plans at the same time.
const NEIGHBOURS: usize = 2;
/// The head start of the neighbours, so that they are in the middle of a run.
const HEAD_START: Duration = Duration::from_millis(2);

/// The result for one plan, for programs.
#[derive(Debug, Serialize)]
struct Examination<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    name: &'a str,
    seed: Option<u64>,
    deterministic: bool,
    hash: &'a str,
    divergences: Vec<DivergenceLine>,
}

/// Runs a plan in every way, and adds the kinds of faults that fired to `fired`. Returns whether all runs were the
/// same, or nothing if the plan cannot be run.
///
/// The neighbours are the plans that other threads run at the same time. The first run counts like the run of a campaign.
/// A doctor that finds a violation reports it as well.
pub(super) fn examine(
    session: &mut Session,
    plan: &Plan,
    neighbours: &[Plan],
    fired: &mut BTreeSet<FaultKind>,
) -> Result<Option<bool>> {
    let watch = Stopwatch::start();
    let first = match run_on_core(0, session.system(), plan) {
        Ok(first) => first,
        Err(message) => {
            session.record_broken_run(plan, &message);
            return Ok(None);
        }
    };
    session.record_run(&first, watch.elapsed());
    fired.extend(first.faults().into_keys());
    let divergences = compare_all(session, plan, neighbours, &first)?;
    let deterministic = divergences.is_empty();
    if session.is_json() {
        session.print_json(&Examination {
            kind: "twin",
            name: &plan.name,
            seed: plan.seed,
            deterministic,
            hash: &first.hash,
            divergences,
        });
    }
    Ok(Some(deterministic))
}

fn compare_all(
    session: &mut Session,
    plan: &Plan,
    neighbours: &[Plan],
    first: &RunRecord,
) -> Result<Vec<DivergenceLine>> {
    let system = session.system();
    let mut found = Vec::new();
    let mut compare_with = |other: Result<RunRecord, NoRecord>, how: &str| -> Result<()> {
        let divergence = match other {
            Ok(other) => compare(first, &other, how).map(|found| (found, Some(other))),
            Err(reason) => Some((divergence::of_broken_run(how, reason.message), None)),
        };
        if let Some((divergence, other)) = divergence {
            divergence::report(session, first, other.as_ref(), &divergence)?;
            found.push(DivergenceLine::from(divergence));
        }
        Ok(())
    };
    compare_with(run_on_core(0, system, plan), "second in the same process")?;
    compare_with(
        run_next_to_others(system, plan, neighbours),
        "next to parallel runs",
    )?;
    // The whole record is large, so it is only fetched if the hashes differ.
    if fresh_process::hash(plan)? != first.hash {
        compare_with(Ok(fresh_process::record(plan)?), "in a fresh process")?;
    }
    Ok(found)
}

/// Runs a plan while other threads run other plans.
///
/// The barrier makes all threads begin together. The head start is time for the others to be in the middle of a run,
/// with connections and files open. Small plans are enough for that, and all threads end soon after the examined run.
fn run_next_to_others(
    system: &'static dyn System,
    plan: &Plan,
    neighbours: &[Plan],
) -> Result<RunRecord, NoRecord> {
    let done = AtomicBool::new(false);
    let started = Barrier::new(NEIGHBOURS + 1);
    thread::scope(|scope| {
        for thread in 1..=NEIGHBOURS {
            let (done, started) = (&done, &started);
            scope.spawn(move || {
                started.wait();
                let mut others = neighbours.iter().cycle().skip(thread).step_by(NEIGHBOURS);
                while !done.load(Ordering::Relaxed)
                    && let Some(other) = others.next()
                {
                    // The result is not needed: these runs are only there to disturb.
                    let _ = run_on_core(thread, system, other);
                }
            });
        }
        started.wait();
        thread::park_timeout(HEAD_START);
        let record = run_on_core(0, system, plan);
        done.store(true, Ordering::Relaxed);
        record
    })
}
