//! Lists the cut points of three clean sagas, and strikes each with every single fault.

use std::{collections::BTreeMap, num::NonZeroUsize, time::Duration};

use anyhow::{Result, anyhow};
use likewise_reports::ndjson::Met;
use likewise_sim::{
    campaign::Plans,
    exhaustive::{Case, bases, cases},
    plan::Plan,
    record::{InjectionPoint, RunRecord},
};

use crate::{
    progress::Progress,
    sitting::{Sitting, campaign},
};

/// Uncovered cuts that are named at most.
const MISSED_NAMED_MAX: usize = 5;

/// Strikes every cut of every base with every fault, as far as the budget reaches.
pub(in crate::command) fn strike_all(
    sitting: &mut Sitting,
    jobs: Option<NonZeroUsize>,
    budget: Option<Duration>,
) -> Result<()> {
    let mut total = Met::default();
    for base in bases() {
        let cuts = strike(sitting, &base, jobs, budget)?;
        let covered = cuts.values().filter(|cases| cases.all()).count() as u64;
        total.met += covered;
        total.of += cuts.len() as u64;
        let faults: u64 = cuts.values().map(|cases| cases.of).sum();
        eprintln!(
            "{}: {covered} of {} cuts covered by {faults} faults",
            base.name,
            cuts.len()
        );
        name_missed(&cuts);
    }
    if !total.all() {
        let missing = total.of - total.met;
        sitting.doubt(format!("{missing} of {} cuts are not covered", total.of));
    }
    sitting.course.cuts = Some(total);
    Ok(())
}

/// Strikes one base's cuts. Returns, for each cut, how many of its faults struck.
fn strike(
    sitting: &mut Sitting,
    base: &Plan,
    jobs: Option<NonZeroUsize>,
    budget: Option<Duration>,
) -> Result<BTreeMap<InjectionPoint, Met>> {
    let cases = cases(base).map_err(|error| anyhow!("{} cannot be run: {error}", base.name))?;
    let mut cuts: BTreeMap<InjectionPoint, Met> = BTreeMap::new();
    for case in &cases {
        cuts.entry(case.point.clone()).or_default().of += 1;
    }
    let plans: Vec<Plan> = cases.iter().map(|case| case.plan.clone()).collect();
    let quiet = sitting.is_for_programs();
    let mut progress = Progress::of_runs(&base.name, plans.len() as u64, quiet);
    let left = budget.map(|budget| budget.saturating_sub(sitting.elapsed()));
    let mut cases = cases.into_iter();
    sitting.campaign(
        &campaign(Plans::List(plans), jobs, left),
        &mut progress,
        |record| {
            if let Some(case) = case_of(record, &mut cases)
                && let Some(cut) = cuts.get_mut(&case.point)
            {
                cut.met += u64::from(record.injected.iter().all(|struck| *struck));
            }
        },
    );
    Ok(cuts)
}

/// Records come in the order of their cases; a case whose run broke has none and is passed over.
fn case_of(record: &RunRecord, cases: &mut impl Iterator<Item = Case>) -> Option<Case> {
    cases.find(|case| case.plan == record.plan)
}

fn name_missed(cuts: &BTreeMap<InjectionPoint, Met>) {
    let missed: Vec<_> = cuts.iter().filter(|(_, cases)| !cases.all()).collect();
    for (cut, cases) in missed.iter().take(MISSED_NAMED_MAX) {
        eprintln!(
            "  not covered: {cut} ({} of {} faults)",
            cases.met, cases.of
        );
    }
    if missed.len() > MISSED_NAMED_MAX {
        eprintln!("  … and {} more", missed.len() - MISSED_NAMED_MAX);
    }
}
