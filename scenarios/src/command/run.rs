//! `run`: a campaign. Without seeds it is the whole tour: every single fault, then seeds, then the specimens.

use std::{num::NonZeroUsize, ops::Range, time::Duration};

use anyhow::Result;
use clap::Args;
use likewise_sim::campaign::{Ended, Plans};

use super::{exhaust, shrink, specimens};
use crate::{
    arguments::{self, Common, Shrinking},
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
  cargo chaos run --seeds 1000 --json | tail -n 1";

/// How long the tour's single faults and seeds take, unless said otherwise.
const BUDGET: Duration = Duration::from_secs(20);

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// How many seeds, from 0, or which: FIRST..END
    #[arg(long, value_name = "N|A..B", value_parser = arguments::seeds)]
    seeds: Option<Range<u64>>,
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
    let mut sitting = Sitting::begin(&arguments.common);
    match &arguments.seeds {
        Some(seeds) => only_seeds(&mut sitting, arguments, seeds.clone()),
        None => tour(&mut sitting, arguments)?,
    }
    if sitting.summary.runs > 0 {
        sitting.require_coverage();
    }
    sitting.shrink_failures(&arguments.shrinking);
    sitting.end()
}

fn only_seeds(sitting: &mut Sitting, arguments: &Arguments, seeds: Range<u64>) {
    let plans = match &arguments.system {
        None => Plans::Seeds(seeds),
        Some(system) => Plans::SeedsOf(system.clone(), seeds),
    };
    let (count, quiet) = (plans.count(), sitting.is_for_programs());
    let progress = Progress::of_runs("seeds", count, quiet);
    let campaign = campaign(plans, arguments.jobs, arguments.budget);
    let finished = sitting.campaign(&campaign, progress, |_| {});
    if finished.ended == Ended::BudgetUsedUp {
        eprintln!(
            "the budget was used up after {} of {count} seeds",
            finished.runs
        );
    }
}

fn tour(sitting: &mut Sitting, arguments: &Arguments) -> Result<()> {
    let budget = arguments.budget.unwrap_or(BUDGET);
    exhaust::strike_all(sitting, arguments.jobs, Some(budget))?;
    let left = budget.saturating_sub(sitting.elapsed());
    let quiet = sitting.is_for_programs();
    let progress = Progress::of_budget("seeds", left, quiet);
    let campaign = campaign(Plans::Seeds(0..u64::MAX), arguments.jobs, Some(left));
    sitting.campaign(&campaign, progress, |_| {});
    if !interrupt::stopped() {
        specimens::show_all(sitting);
    }
    Ok(())
}
