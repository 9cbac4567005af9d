//! `doctor`: proves that a run is a pure function of its plan.
//!
//! ```text
//!                 ┌─ in a fresh process ────────────┐
//!  one plan ──────┼─ here, after other runs, twice ─┼──► the same hash over every event, or the first
//!                 └─ here, beside parallel runs ────┘    event that differs is named
//! ```
//!
//! All three are needed: counters of the process survive a run, and threads share them.

use std::{
    collections::BTreeSet,
    env,
    io::Write as _,
    process::{Command, Stdio},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use anyhow::{Context, Result, bail};
use clap::Args;
use likewise_reports::ndjson::Met;
use likewise_sim::{
    campaign::run_on_core,
    determinism::{Divergence, compare},
    exhaustive::{bases, cases},
    plan::{Action, Fault, FaultKind, Host, MessageKind, MessagePoint, Plan, generate, single},
    record::RunRecord,
};
use serde::Serialize;

use crate::{
    arguments::Common, exit::Exit, interrupt, progress::Progress, sitting::Sitting,
    stopwatch::Stopwatch,
};

pub(super) const EXAMPLES: &str = "\
Examples:
  cargo chaos doctor                 twenty seeds, and every kind of fault once
  cargo chaos doctor --seeds 500     more of them";

/// Seeds that are examined unless said otherwise.
const SEEDS: u64 = 20;
/// Threads that run other plans beside the one that is examined.
const NEIGHBOURS: usize = 2;
/// The neighbours' plans are of seeds from here on, so that they are not the one that is examined.
const NEIGHBOUR_SEED: u64 = 1 << 32;
/// Characters of an event that are shown before the first that differs, and in all.
const SHOWN_BEFORE: usize = 60;
const SHOWN_MAX: usize = 200;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// How many seeds, from 0
    #[arg(long, value_name = "N", default_value_t = SEEDS)]
    seeds: u64,
    #[command(flatten)]
    common: Common,
}

/// What became of one plan.
#[derive(Debug, Serialize)]
struct Examined<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    name: &'a str,
    seed: Option<u64>,
    deterministic: bool,
    hash: &'a str,
    divergences: Vec<DivergenceLine>,
}

#[derive(Debug, Serialize)]
struct DivergenceLine {
    how: String,
    event: usize,
    left: String,
    right: String,
}

impl From<Divergence> for DivergenceLine {
    fn from(divergence: Divergence) -> Self {
        Self {
            how: divergence.how,
            event: divergence.event,
            left: divergence.left,
            right: divergence.right,
        }
    }
}

/// Examines seeds and bases.
pub(super) fn run(arguments: &Arguments) -> Result<Exit> {
    let mut sitting = Sitting::begin(&arguments.common);
    let seeds = (0..arguments.seeds).map(generate);
    let plans: Vec<Plan> = one_of_each_kind()?.into_iter().chain(seeds).collect();
    let quiet = sitting.is_for_programs();
    let mut progress = Progress::of_runs("twins", plans.len() as u64, quiet);
    let mut met = Met::default();
    let mut struck = BTreeSet::new();
    for plan in &plans {
        if interrupt::stopped() {
            sitting.doubt("it was stopped".to_owned());
            break;
        }
        if let Some(deterministic) = examine(&mut sitting, plan, &mut struck)? {
            met.count(deterministic);
        }
        progress.step(sitting.summary.violated_runs);
    }
    drop(progress);
    eprintln!(
        "deterministic: {} of {} plans, in a fresh process, a second time, and beside parallel runs",
        met.met, met.of
    );
    let never = FaultKind::ALL.iter().filter(|kind| !struck.contains(kind));
    let never: Vec<&str> = never.map(|kind| kind.name()).collect();
    eprintln!(
        "faults that struck in them: {} of {} kinds",
        FaultKind::ALL.len() - never.len(),
        FaultKind::ALL.len()
    );
    if !never.is_empty() {
        sitting.doubt(format!("never struck: {}", never.join(", ")));
    }
    sitting.course.deterministic = Some(met);
    sitting.end()
}

/// The three sagas that the exhaustive search starts from, each kind of fault in one of them, and what
/// only other plans have: users' habits, and a zombie beside its successor.
fn one_of_each_kind() -> Result<Vec<Plan>> {
    let mut plans = bases();
    let mut kinds = BTreeSet::new();
    for base in bases() {
        for case in cases(&base)? {
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
    let mut clicks = single(Action::Like, false);
    clicks.name = "a double click, and a retry without a key".to_owned();
    for operation in &mut clicks.workload {
        (operation.clicks, operation.keyed) = (2, false);
    }
    let answer = MessagePoint::reply(Host::Clients, Host::Coordinator, MessageKind::Like, 1);
    plans.push(clicks.with_fault(answer, Fault::LoseReply));
    let mut takeover = single(Action::Like, false);
    takeover.name = "a zombie".to_owned();
    takeover.topology.coordinators = 3;
    let like = MessagePoint::request(Host::Clients, Host::Coordinator, MessageKind::Like, 1);
    plans.push(takeover.with_fault(like, Fault::Zombie { millis: 10_000 }));
    Ok(plans)
}

/// Runs a plan in every way. Returns whether all were the same; nothing if it does not run at all.
fn examine(
    sitting: &mut Sitting,
    plan: &Plan,
    struck: &mut BTreeSet<FaultKind>,
) -> Result<Option<bool>> {
    let watch = Stopwatch::start();
    let first = match run_on_core(0, plan) {
        Ok(first) => first,
        Err(message) => {
            sitting.take_broken(plan, &message);
            return Ok(None);
        }
    };
    sitting.take(&first, watch.elapsed());
    struck.extend(first.faults().into_keys());
    let mut divergences = Vec::new();
    let mut hold_against = |other: Result<RunRecord, String>, how: &str| -> Result<()> {
        let divergence = match other {
            Ok(other) => compare(&first, &other, how).map(|found| (found, Some(other))),
            Err(message) => Some((broke(how, message), None)),
        };
        if let Some((divergence, other)) = divergence {
            report(sitting, &first, other.as_ref(), &divergence)?;
            divergences.push(DivergenceLine::from(divergence));
        }
        Ok(())
    };
    hold_against(run_on_core(0, plan), "second in the same process")?;
    hold_against(beside_others(plan), "beside parallel runs")?;
    if twin_hash(plan)? != first.hash {
        hold_against(Ok(twin_record(plan)?), "in a fresh process")?;
    }
    let deterministic = divergences.is_empty();
    if sitting.is_for_programs() {
        sitting.line(&Examined {
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

/// Says where two runs part, and writes both event lists.
fn report(
    sitting: &mut Sitting,
    first: &RunRecord,
    other: Option<&RunRecord>,
    divergence: &Divergence,
) -> Result<()> {
    sitting.note(Exit::NotDeterministic);
    eprintln!(
        "not deterministic: {}, {}: event {} differs\n  first: {}\n  other: {}",
        first.plan.name,
        divergence.how,
        divergence.event,
        around(&divergence.left, &divergence.right),
        around(&divergence.right, &divergence.left)
    );
    let replay = sitting.write_violation(first);
    let artefacts = sitting.artefacts();
    let here = artefacts.write_events(&first.plan, "first", &first.events)?;
    eprintln!("  events: {}", here.display());
    if let Some(other) = other {
        let name = divergence.how.replace(' ', "-");
        let there = artefacts.write_events(&first.plan, &name, &other.events)?;
        eprintln!("     and: {}", there.display());
    }
    eprintln!("  replay: {replay}");
    Ok(())
}

/// The part of an event in which it differs from the other: some are long, and both lists are in files.
fn around(event: &str, other: &str) -> String {
    let pairs = event.chars().zip(other.chars());
    let same = pairs.take_while(|(this, that)| this == that).count();
    let from = same.saturating_sub(SHOWN_BEFORE);
    let part: String = event.chars().skip(from).take(SHOWN_MAX).collect();
    let before = if from > 0 { "…" } else { "" };
    let after = if from + SHOWN_MAX < event.chars().count() {
        "…"
    } else {
        ""
    };
    format!("{before}{part}{after}")
}

fn broke(how: &str, message: String) -> Divergence {
    Divergence {
        how: how.to_owned(),
        event: 0,
        left: "a record".to_owned(),
        right: message,
    }
}

/// Runs a plan while other threads run others.
fn beside_others(plan: &Plan) -> Result<RunRecord, String> {
    let done = AtomicBool::new(false);
    let started = std::sync::Barrier::new(NEIGHBOURS + 1);
    thread::scope(|scope| {
        for neighbour in 1..=NEIGHBOURS {
            let (done, started) = (&done, &started);
            scope.spawn(move || {
                started.wait();
                let mut seed = NEIGHBOUR_SEED + neighbour as u64;
                while !done.load(Ordering::Relaxed) {
                    // Only its presence matters.
                    let _ = run_on_core(neighbour, &generate(seed));
                    seed += NEIGHBOURS as u64;
                }
            });
        }
        started.wait();
        // Lets the neighbours get into their runs.
        thread::park_timeout(Duration::from_millis(2));
        let record = run_on_core(0, plan);
        done.store(true, Ordering::Relaxed);
        record
    })
}

fn twin_hash(plan: &Plan) -> Result<String> {
    Ok(twin(plan, &[])?.trim_end().to_owned())
}

fn twin_record(plan: &Plan) -> Result<RunRecord> {
    serde_json::from_str(&twin(plan, &["--record"])?).context("the twin printed no record")
}

/// Runs a plan in a fresh process. Returns what it prints.
fn twin(plan: &Plan, options: &[&str]) -> Result<String> {
    let program = env::current_exe().context("this program does not know where it is")?;
    let mut child = Command::new(program)
        .arg("twin")
        .args(options)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("the twin cannot be started")?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(&serde_json::to_vec(plan)?)?;
    }
    let output = child.wait_with_output()?;
    if !output.status.success() {
        bail!("the twin of {} failed with {}", plan.name, output.status);
    }
    String::from_utf8(output.stdout).context("the twin printed no text")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_part_that_differs_is_shown() {
        let long = "x".repeat(300);
        let (left, right) = (format!("{long}1{long}"), format!("{long}2{long}"));
        let shown = around(&left, &right);
        assert!(shown.contains('1') && shown.chars().count() == SHOWN_MAX + 2);
        assert_eq!(around("ab", "ac"), "ab");
    }
}
