//! `run`: a campaign. Without seeds it is the full campaign: every single fault, then seeds, then the planted bugs.
//!
//! The single faults come first, because they are a fixed number of runs and show a bug with the simplest plan.
//! The planted bugs come last: a green campaign means something only if the harness still catches bugs.

use std::{
    num::{NonZeroU64, NonZeroUsize},
    ops::Range,
    path::PathBuf,
    time::Duration,
};

use anyhow::Result;
use clap::Args;
use likewise_reports::{analysis::Novelty, analysis::Ranges};
use likewise_search::{
    campaign::{EndReason, Finished, Plans},
    coverage::CoverageCounts,
};

use super::{corpus_fuzzing::CorpusFuzzing, exhaust, planted_bugs};
use crate::{
    arguments::{self, Common, Shard, Shrinking},
    exit::Exit,
    interrupt,
    progress::Progress,
    session::Session,
    suite::Suite,
};

pub(super) const EXAMPLES: &str = "\
Examples:
  cargo chaos run                             single faults, 750 seeds, planted bugs
  cargo chaos run --budget 10m                the same, with seeds for the rest of ten minutes
  cargo chaos run --seeds 1000                seeds 0 to 999 and nothing else
  cargo chaos run --seeds 40..50 --jobs 1     ten seeds, one at a time
  cargo chaos run --seeds 50 --system double-undo   shows how a planted bug is caught
  cargo chaos run --seeds 1000 --json | tail -n 1
  cargo chaos run --seeds 100000 --shard 0/8  the first eighth; other machines take 1/8 to 7/8
  cargo chaos run --until-plateau             seeds until 1000 runs in a row show nothing new
  cargo chaos run --until-plateau 5000 --budget 1h
  cargo chaos run --corpus --budget 1h        keeps plans that show something new, and mutates them
  cargo chaos run --corpus my/corpus --seeds 1000

A run shows something new if it has
  - a kind of fault at a kind of place with an outcome that no run had before,
  - two kinds of faults that fired in no run together before, or
  - a property that was exercised at least twice as often as in any run before.
If the budget ends the campaign before the plateau, the exit code is 3.

With --corpus, the plans of the corpus run first. After that, every seed is followed by one mutant of a
plan that showed something new. Mutants that show something new join the corpus, up to 1000 plans. A
mutant is a plan like any other: a failing one is written, shrunk and replayed in the same way.

Coverage gate: a campaign of at least 200 runs must exercise every property, and every kind of fault that
at least 20 plans had must have fired. Otherwise the exit code is 3. A smaller campaign is not judged, and
says so.

Exit codes:
  0  every property held
  1  a property was violated
  2  invalid command line
  3  inconclusive: stopped, or too little was covered
  4  nothing ran
  5  a plan that was run a second time gave a different run
  6  a planted bug was not caught, or a control was
  70 the harness itself failed";

/// Above this number of seeds, the progress bar shows the budget and not the number of runs.
const SEEDS_SHOWN_MAX: u64 = 10_000_000;
/// The seeds of the full campaign, unless the user sets a budget. Its bound is work and not time, so a busy machine finds the
/// same. Together with the single faults and the planted bugs it takes about 20 s on two cores.
const TOUR_SEEDS: Range<u64> = 0..750;
/// The budget of a campaign with a corpus that nothing else bounds.
const CORPUS_BUDGET: Duration = Duration::from_secs(20);

/// The headings of the options that say what runs, and for how long.
const RUNS: &str = "What runs";
const BOUNDS: &str = "How long";

/// Runs without anything new that make a plateau, unless the user sets a number.
const PLATEAU_RUNS: &str = "1000";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Run the first N seeds, or the seeds A to B-1
    #[arg(long, value_name = "N|A..B", help_heading = RUNS, value_parser = arguments::seeds)]
    seeds: Option<Range<u64>>,
    /// Run one of N equal parts of the seeds, with I from 0 to N-1
    #[arg(long, value_name = "I/N", help_heading = RUNS, value_parser = arguments::shard, requires = "seeds")]
    shard: Option<Shard>,
    /// Stop after this many runs in a row that show nothing new
    #[arg(long, value_name = "RUNS", help_heading = BOUNDS, num_args = 0..=1, default_missing_value = PLATEAU_RUNS)]
    until_plateau: Option<NonZeroU64>,
    /// Keep plans that show something new in a folder, and mutate them [default folder: `corpus/` next to the reports]
    #[arg(long, value_name = "FOLDER", help_heading = RUNS, num_args = 0..=1, conflicts_with = "system")]
    corpus: Option<Option<PathBuf>>,
    /// Start no run after this time: 500ms, 60s, 1m30s
    #[arg(long, value_name = "TIME", help_heading = BOUNDS, value_parser = likewise_cli::duration)]
    budget: Option<Duration>,
    /// Run this many plans at a time [default: one per core]
    #[arg(long, value_name = "J", help_heading = BOUNDS)]
    jobs: Option<NonZeroUsize>,
    /// Run the seeds on a system with this planted bug instead of on the product
    #[arg(long, value_name = "PLANTED-BUG", help_heading = RUNS, requires = "seeds")]
    system: Option<String>,
    #[command(flatten)]
    shrinking: Shrinking,
    #[command(flatten)]
    common: Common,
}

/// Runs a campaign.
pub(super) fn run(suite: &'static Suite, arguments: &Arguments) -> Result<Exit> {
    if let Some(system) = &arguments.system {
        suite.require_variant(system)?;
    }
    let fuzzing = corpus_fuzzing(suite, arguments)?;
    let mut session = Session::start(suite, &arguments.common)?;
    session.meta.system.clone_from(&arguments.system);
    if let Some(runs) = arguments.until_plateau {
        session.end_at_plateau(runs.get());
    }
    match (fuzzing, &arguments.seeds, arguments.until_plateau) {
        (Some(fuzzing), ..) => fuzzing.run(&mut session),
        (None, None, None) => run_full_campaign(&mut session, arguments)?,
        _ => run_seeds(&mut session, arguments),
    }
    if let Some(runs) = arguments.until_plateau {
        judge_plateau(&mut session, runs.get());
    }
    if session.summary.runs > 0 {
        session.require_coverage();
    }
    session.recheck_determinism();
    session.shrink_failures(&arguments.shrinking);
    session.finish()
}

/// The campaign with a corpus, if the user asks for one. Without another bound it gets a budget.
fn corpus_fuzzing(suite: &Suite, arguments: &Arguments) -> Result<Option<CorpusFuzzing>> {
    let Some(corpus) = &arguments.corpus else {
        return Ok(None);
    };
    let folder = corpus
        .clone()
        .unwrap_or_else(|| arguments.common.root().join("corpus"));
    let is_bounded = arguments.seeds.is_some() || arguments.until_plateau.is_some();
    let budget = arguments.budget.or((!is_bounded).then_some(CORPUS_BUDGET));
    CorpusFuzzing::new(
        suite.system,
        &folder,
        seeds(arguments),
        arguments.jobs,
        budget,
    )
    .map(Some)
}

/// The seeds to run: all of them, unless the user names some.
fn seeds(arguments: &Arguments) -> Range<u64> {
    let all = arguments.seeds.clone().unwrap_or(0..u64::MAX);
    let part = arguments.shard.map(|shard| shard.part_of(&all));
    part.unwrap_or(all)
}

fn run_seeds(session: &mut Session, arguments: &Arguments) {
    let seeds = seeds(arguments);
    let plans = match &arguments.system {
        None => Plans::Seeds(seeds.clone()),
        Some(system) => Plans::SeedsOf(system.clone(), seeds.clone()),
    };
    let (count, quiet) = (plans.count(), session.is_json());
    let mut progress = match arguments.budget {
        Some(budget) if count > SEEDS_SHOWN_MAX => Progress::of_budget("seeds", budget, quiet),
        _ => Progress::of_runs("seeds", count, quiet),
    };
    let campaign = session.campaign(plans, arguments.jobs, arguments.budget);
    let finished = session.run_seeds(&campaign, &mut progress);
    drop(progress);
    note_seeds(session, &seeds, &finished);
    if finished.ended == EndReason::BudgetUsedUp {
        let runs = finished.runs;
        session.add_note("budget", format!("it was used up after {runs} seeds"));
    }
}

/// Notes which seeds were run, because `merge` refuses reports whose seeds overlap.
fn note_seeds(session: &mut Session, seeds: &Range<u64>, finished: &Finished) {
    let mut ran = Ranges::default();
    ran.insert(seeds.start..seeds.start.saturating_add(finished.delivered));
    session.meta.seeds_run = Some(ran);
}

fn judge_plateau(session: &mut Session, runs: u64) {
    let novelty = session.novelty();
    session.meta.novelty = Some(novelty);
    let coverage = describe(novelty);
    match novelty.is_plateau() {
        true => session.add_note("plateau", coverage),
        false => session.note_inconclusive(format!("no plateau of {runs} runs yet: {coverage}")),
    }
}

fn describe(novelty: Novelty) -> String {
    let CoverageCounts {
        cells,
        levels,
        pairs,
    } = novelty.seen;
    format!(
        "the last {} runs showed nothing new; covered so far: {cells} cells of fault, place and outcome, {pairs} pairs of faults, {levels} levels of properties",
        novelty.runs_without_novelty
    )
}

/// Single faults, seeds, and the planted bugs.
fn run_full_campaign(session: &mut Session, arguments: &Arguments) -> Result<()> {
    // A budget covers the single faults and the seeds. The planted bugs are a few dozen runs and are
    // always checked.
    exhaust::inject_all(session, arguments.jobs, arguments.budget)?;
    let left = arguments
        .budget
        .map(|budget| budget.saturating_sub(session.elapsed()));
    let seeds = tour_seeds(arguments.budget);
    let quiet = session.is_json();
    let mut progress = match left {
        Some(left) => Progress::of_budget("seeds", left, quiet),
        None => Progress::of_runs("seeds", seeds.end, quiet),
    };
    let campaign = session.campaign(Plans::Seeds(seeds.clone()), arguments.jobs, left);
    let finished = session.run_seeds(&campaign, &mut progress);
    drop(progress);
    note_seeds(session, &seeds, &finished);
    if !interrupt::stopped() {
        planted_bugs::check_all(session)?;
    }
    Ok(())
}

/// The seeds of the full campaign: a fixed number, or as many as fit into the budget.
fn tour_seeds(budget: Option<Duration>) -> Range<u64> {
    match budget {
        None => TOUR_SEEDS,
        Some(_) => 0..u64::MAX,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tour_is_bounded_by_work_and_only_a_budget_bounds_it_by_time() {
        assert_eq!(tour_seeds(None), TOUR_SEEDS);
        assert_eq!(tour_seeds(Some(Duration::from_secs(1))).end, u64::MAX);
    }
}
