//! `run`: a campaign. Without seeds it is the whole tour: every single fault, then seeds, then the specimens.

use std::{
    num::{NonZeroU64, NonZeroUsize},
    ops::Range,
    path::PathBuf,
    time::Duration,
};

use anyhow::Result;
use clap::Args;
use likewise_reports::{ranges::Ranges, report::Novelty};
use likewise_sim::{
    campaign::{EndReason, Finished, Plans},
    coverage::CoverageCounts,
};

use super::{exhaust, learn::Learning, shrink, specimens};
use crate::{
    arguments::{self, Common, Shard, Shrinking},
    exit::Exit,
    interrupt,
    progress::Progress,
    sitting::{Sitting, campaign},
};

pub(super) const EXAMPLES: &str = "\
Examples:
  cargo chaos run                             every single fault, seeds for the rest of 20 s, the specimens
  cargo chaos run --budget 10m                the same for ten minutes
  cargo chaos run --seeds 1000                seeds 0 to 999 and nothing else
  cargo chaos run --seeds 40..50 --jobs 1     ten seeds, one at a time
  cargo chaos run --seeds 50 --system double-undo   what catching a mistake looks like
  cargo chaos run --seeds 1000 --json | tail -n 1
  cargo chaos run --seeds 100000 --shard 0/8  the first eighth of them: other machines take 1/8 to 7/8
  cargo chaos run --until-plateau             seeds until 1000 in a row have shown nothing new
  cargo chaos run --until-plateau 5000 --budget 1h
  cargo chaos run --corpus --budget 1h        keeps plans that show something new, and mutates them
  cargo chaos run --corpus my/corpus --seeds 1000

What counts as new: a kind of fault at a kind of place with an outcome; two kinds of faults that struck in one run; a
property put to the test twice as often in one run. A plateau that the budget cuts off is exit 3.

With a corpus its plans run first. Then every seed is followed by one mutant of a plan that showed something new; those
that do join it, up to 1000. A mutant is a plan: what fails is written, shrunk and replayed as one.

The coverage floor: of 200 runs and more every property must have been put to the test, and every kind of fault that
20 plans or more had must have struck; else exit 3. A smaller campaign says that it is too small to judge.

Exit codes:
  0 every property held   1 one was violated      2 misuse      3 inconclusive, or too little was covered
  4 nothing ran           5 of its plans run again, one ran differently   70 the harness itself broke";

/// Of more seeds than this the budget tells how far a campaign is.
const COUNT_SHOWN_MAX: u64 = 10_000_000;
/// How long the tour's single faults and seeds take, unless said otherwise.
const BUDGET: Duration = Duration::from_secs(20);

/// Runs that show nothing new before a plateau is believed, unless said otherwise.
const PLATEAU_RUNS: &str = "1000";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// How many seeds, from 0, or which: FIRST..END
    #[arg(long, value_name = "N|A..B", value_parser = arguments::seeds)]
    seeds: Option<Range<u64>>,
    /// Takes one of N equal parts of the seeds, I from 0 to N-1
    #[arg(long, value_name = "I/N", value_parser = arguments::shard, requires = "seeds")]
    shard: Option<Shard>,
    /// Ends once so many runs in a row have shown nothing new
    #[arg(long, value_name = "RUNS", num_args = 0..=1, default_missing_value = PLATEAU_RUNS)]
    until_plateau: Option<NonZeroU64>,
    /// Keeps the plans that show something new in a folder, and mutates them; `corpus/` beside the reports if not named
    #[arg(long, value_name = "FOLDER", num_args = 0..=1, conflicts_with = "system")]
    corpus: Option<Option<PathBuf>>,
    /// No run begins after this time: 500ms, 60s, 2m
    #[arg(long, value_name = "TIME", value_parser = arguments::budget)]
    budget: Option<Duration>,
    /// How many runs at a time; one a core if missing
    #[arg(long, value_name = "J")]
    jobs: Option<NonZeroUsize>,
    /// Runs the seeds over this specimen instead of the product
    #[arg(long, value_name = "SPECIMEN", requires = "seeds")]
    system: Option<String>,
    #[command(flatten)]
    shrinking: Shrinking,
    #[command(flatten)]
    common: Common,
}

/// Runs a campaign.
pub(super) fn run(arguments: &Arguments) -> Result<Exit> {
    if let Some(system) = &arguments.system {
        shrink::known(system)?;
    }
    let learning = learning(arguments)?;
    let mut sitting = Sitting::begin(&arguments.common);
    sitting.course.system.clone_from(&arguments.system);
    if let Some(runs) = arguments.until_plateau {
        sitting.end_at_plateau(runs.get());
    }
    match (learning, &arguments.seeds, arguments.until_plateau) {
        (Some(learning), ..) => learning.run(&mut sitting),
        (None, None, None) => tour(&mut sitting, arguments)?,
        _ => only_seeds(&mut sitting, arguments),
    }
    if let Some(runs) = arguments.until_plateau {
        judge_plateau(&mut sitting, runs.get());
    }
    if sitting.summary.runs > 0 {
        sitting.require_coverage();
    }
    sitting.run_some_again();
    sitting.shrink_failures(&arguments.shrinking);
    sitting.end()
}

/// The campaign with a corpus, if one is asked for. Without a bound it takes as long as the tour.
fn learning(arguments: &Arguments) -> Result<Option<Learning>> {
    let Some(corpus) = &arguments.corpus else {
        return Ok(None);
    };
    let folder = corpus
        .clone()
        .unwrap_or_else(|| arguments.common.root().join("corpus"));
    let is_bounded = arguments.seeds.is_some() || arguments.until_plateau.is_some();
    let budget = arguments.budget.or((!is_bounded).then_some(BUDGET));
    Learning::new(&folder, seeds(arguments), arguments.jobs, budget).map(Some)
}

/// The seeds to run: all of them if none are named.
fn seeds(arguments: &Arguments) -> Range<u64> {
    let all = arguments.seeds.clone().unwrap_or(0..u64::MAX);
    arguments.shard.map_or(all.clone(), |shard| shard.cut(&all))
}

fn only_seeds(sitting: &mut Sitting, arguments: &Arguments) {
    let seeds = seeds(arguments);
    let plans = match &arguments.system {
        None => Plans::Seeds(seeds.clone()),
        Some(system) => Plans::SeedsOf(system.clone(), seeds.clone()),
    };
    let (count, quiet) = (plans.count(), sitting.is_for_programs());
    let mut progress = match arguments.budget {
        Some(budget) if count > COUNT_SHOWN_MAX => Progress::of_budget("seeds", budget, quiet),
        _ => Progress::of_runs("seeds", count, quiet),
    };
    let campaign = campaign(plans, arguments.jobs, arguments.budget);
    let finished = sitting.campaign(&campaign, &mut progress, |_| {});
    drop(progress);
    note_seeds(sitting, &seeds, &finished);
    if finished.ended == EndReason::BudgetUsedUp {
        eprintln!("the budget was used up after {} seeds", finished.runs);
    }
}

/// Notes which seeds were run: merging reports refuses the same ones twice.
fn note_seeds(sitting: &mut Sitting, seeds: &Range<u64>, finished: &Finished) {
    let mut ran = Ranges::default();
    ran.insert(seeds.start..seeds.start.saturating_add(finished.delivered));
    sitting.course.seeds_run = Some(ran);
}

/// Says whether the plateau was reached.
fn judge_plateau(sitting: &mut Sitting, runs: u64) {
    let novelty = sitting.novelty();
    sitting.course.seen = Some(novelty);
    match novelty.is_plateau() {
        true => sitting.say(format!("plateau     {}", seen(novelty))),
        false => sitting.doubt(format!("no plateau of {runs} runs yet: {}", seen(novelty))),
    }
}

fn seen(novelty: Novelty) -> String {
    let CoverageCounts {
        cells,
        levels,
        pairs,
    } = novelty.seen;
    format!(
        "the last {} runs showed nothing new; seen are {cells} cells of fault, place and outcome, {pairs} pairs of faults, {levels} levels of properties",
        novelty.runs_without_news
    )
}

fn tour(sitting: &mut Sitting, arguments: &Arguments) -> Result<()> {
    let budget = arguments.budget.unwrap_or(BUDGET);
    exhaust::strike_all(sitting, arguments.jobs, Some(budget))?;
    let left = budget.saturating_sub(sitting.elapsed());
    let quiet = sitting.is_for_programs();
    let mut progress = Progress::of_budget("seeds", left, quiet);
    let seeds = 0..u64::MAX;
    let campaign = campaign(Plans::Seeds(seeds.clone()), arguments.jobs, Some(left));
    let finished = sitting.campaign(&campaign, &mut progress, |_| {});
    drop(progress);
    note_seeds(sitting, &seeds, &finished);
    if !interrupt::stopped() {
        specimens::show_all(sitting);
    }
    Ok(())
}
