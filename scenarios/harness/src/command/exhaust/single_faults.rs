//! Finds the injection points of three clean sagas, and injects every single fault at each of them. Then does the same at the
//! points that only other plans reach.

use std::{collections::BTreeMap, num::NonZeroUsize, time::Duration};

use anyhow::{Result, anyhow};
use likewise_reports::analysis::Ratio;
use likewise_search::{
    campaign::Plans,
    exhaustive::{Case, bases, cases, focused_bases},
};
use likewise_world::{
    RunError,
    plan::Plan,
    record::{InjectionPoint, RunRecord},
};

use crate::{progress::Progress, session::Session};

/// Uncovered injection points that are named at most.
const MISSED_NAMED_MAX: usize = 5;

/// How many of the faults planned for an injection point fired.
type Coverage = BTreeMap<InjectionPoint, Ratio>;

/// Injects every fault at every injection point of every base saga, as far as the budget reaches.
///
/// # Errors
/// A base saga cannot be run.
pub(in crate::command) fn inject_all(
    session: &mut Session,
    jobs: Option<NonZeroUsize>,
    budget: Option<Duration>,
) -> Result<()> {
    let mut total = Ratio::default();
    let mut all = Vec::new();
    for plan in bases(session.system()) {
        let cases = cases(session.system(), &plan).map_err(|error| cannot_run(&plan, &error))?;
        all.push((plan, cases));
    }
    for base in focused_bases(session.system()) {
        let cases = base.cases(session.system());
        let cases = cases.map_err(|error| cannot_run(&base.plan, &error))?;
        all.push((base.plan, cases));
    }
    for (base, cases) in all {
        let points = inject(session, &base, cases, (jobs, budget));
        let covered = points.values().filter(|faults| faults.all()).count() as u64;
        total.met += covered;
        total.of += points.len() as u64;
        if session.lists_parts() {
            let faults: u64 = points.values().map(|faults| faults.of).sum();
            eprintln!(
                "{}: {covered} of {} injection points covered by {faults} faults",
                base.name,
                points.len()
            );
            print_missed(&points);
        }
    }
    if !total.all() {
        let missing = total.of - total.met;
        session.note_inconclusive(format!(
            "{missing} of {} injection points are not covered",
            total.of
        ));
    }
    session.meta.injection_points = Some(total);
    Ok(())
}

/// Injects the faults of one base saga.
fn inject(
    session: &mut Session,
    base: &Plan,
    cases: Vec<Case>,
    (jobs, budget): (Option<NonZeroUsize>, Option<Duration>),
) -> Coverage {
    let mut points = Coverage::new();
    for case in &cases {
        points.entry(case.point.clone()).or_default().of += 1;
    }
    let plans: Vec<Plan> = cases.iter().map(|case| case.plan.clone()).collect();
    let quiet = session.is_json();
    let mut progress = Progress::of_runs(&base.name, plans.len() as u64, quiet);
    let left = budget.map(|budget| budget.saturating_sub(session.elapsed()));
    let campaign = session.campaign(Plans::List(plans), jobs, left);
    let mut cases = cases.into_iter();
    session.run_campaign(&campaign, &mut progress, |record| {
        if let Some(case) = case_of(record, &mut cases)
            && let Some(faults) = points.get_mut(&case.point)
        {
            faults.met += u64::from(record.injected.iter().all(|fired| *fired));
        }
    });
    points
}

fn cannot_run(base: &Plan, error: &RunError) -> anyhow::Error {
    anyhow!("{} cannot be run: {error}", base.name)
}

/// The case of a record. Records come in the order of their cases. A case whose run broke has no record and is
/// skipped.
fn case_of(record: &RunRecord, cases: &mut impl Iterator<Item = Case>) -> Option<Case> {
    cases.find(|case| case.plan == record.plan)
}

fn print_missed(points: &Coverage) {
    let missed: Vec<_> = points.iter().filter(|(_, faults)| !faults.all()).collect();
    for (point, faults) in missed.iter().take(MISSED_NAMED_MAX) {
        eprintln!(
            "  not covered: {point} ({} of {} faults fired)",
            faults.met, faults.of
        );
    }
    if missed.len() > MISSED_NAMED_MAX {
        eprintln!("  … and {} more", missed.len() - MISSED_NAMED_MAX);
    }
}
