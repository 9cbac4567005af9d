//! Shrinks a few plans of each cause before the report shows it: the smallest plan explains best.

use std::{thread, time::Duration};

use likewise_reports::{
    analysis::{MinimalPlan, Outlook, Why},
    archive::RunRole,
};
use likewise_search::{
    futures::FUTURES,
    shrink::{NotShrunk, Shrunk},
};
use likewise_world::{plan::Plan, record::RunRecord};

use super::state::Session;
use crate::{
    arguments::Shrinking,
    exit::Exit,
    futures, interrupt,
    shrinking::{self, Bounds},
};

/// Causes that are shrunk at most. More are rare, and each takes seconds.
const CAUSES_MAX: usize = 8;
/// Plans of one cause that are shrunk, at the same time. Which of them becomes smallest is not known before.
const PLANS_OF_CAUSE: usize = 2;
/// The time in which the futures of a minimal plan are searched. On two cores, half of it is usual.
const OUTLOOK_WITHIN: Duration = Duration::from_secs(10);
/// Candidates that each shrinking runs at most.
const RUNS_MAX: u64 = 500;

/// The plans that failed for one cause: the smallest of those that are the first of their finding.
#[derive(Debug)]
pub(super) struct Failing {
    /// The first wrong change.
    cause: String,
    plans: Vec<Plan>,
}

impl Failing {
    /// Keeps a plan if it is one of the smallest.
    fn add(&mut self, plan: &Plan) {
        self.plans.push(plan.clone());
        // The sort is stable, so of equal plans the first ones stay.
        self.plans.sort_by_key(size);
        self.plans.truncate(PLANS_OF_CAUSE);
    }
}

fn size(plan: &Plan) -> usize {
    plan.faults.len() + plan.workload.len()
}

impl Session {
    /// Keeps the plan of the first run of a finding, if it is one of the smallest of its cause.
    ///
    /// Only the plan is kept. Shrinking runs it again anyway, and first checks that it fails in the same way twice.
    pub(super) fn note_failure(&mut self, record: &RunRecord, why: Option<&Why>) {
        let cause = why.map_or("", |why| why.cause.as_str());
        let known = self.failing.iter_mut().find(|it| it.cause == cause);
        if let Some(known) = known {
            return known.add(&record.plan);
        }
        if self.failing.len() < CAUSES_MAX {
            let (cause, plans) = (cause.to_owned(), vec![record.plan.clone()]);
            self.failing.push(Failing { cause, plans });
        }
    }

    /// Shrinks the kept plans, so that the report shows the smallest plan of each cause and not the first one.
    ///
    /// It runs after the campaign and not during it, so that its runs do not take time from the budget.
    pub(crate) fn shrink_failures(&mut self, arguments: &Shrinking) {
        let bounds = Bounds {
            runs_max: RUNS_MAX,
            budget: Some(arguments.shrink_budget),
        };
        for failing in std::mem::take(&mut self.failing) {
            if arguments.no_shrink || interrupt::stopped() {
                break;
            }
            if let Some((plan, shrunk)) = self.smallest_of(&failing.plans, bounds) {
                self.record_minimal(&plan, &shrunk);
                self.add_outlook(&plan, &shrunk.record);
            }
        }
    }

    /// Adds to a minimal plan when its failure was baked in. If the budget does not suffice, that is left to
    /// `cargo chaos explain`: a part of the answer would depend on the machine.
    fn add_outlook(&mut self, plan: &Plan, minimal: &RunRecord) {
        if interrupt::stopped() {
            return;
        }
        let bounds = futures::Bounds {
            each: FUTURES,
            budget: Some(OUTLOOK_WITHIN),
        };
        let found = match futures::of(self.system(), minimal, bounds, self.json) {
            Ok(found) if found.is_complete => found,
            Ok(_) => return,
            Err(reason) => {
                eprintln!("{}: {reason}", minimal.plan.name);
                return self.note(Exit::NotDeterministic);
            }
        };
        let mut findings = self.summary.findings.iter_mut();
        let finding = findings.find(|finding| finding.name == plan.name);
        if let Some(minimal_plan) = finding.and_then(|finding| finding.minimal.as_mut()) {
            minimal_plan.note_outlook(Outlook::of(minimal, &found));
        }
    }

    /// Shrinks these plans at the same time. Returns the smallest result, with the plan that it came from.
    fn smallest_of(&mut self, plans: &[Plan], bounds: Bounds) -> Option<(Plan, Shrunk)> {
        let (system, json) = (self.system(), self.json);
        let results: Vec<Result<Shrunk, NotShrunk>> = thread::scope(|scope| {
            let shrink = |(nth, plan): (usize, &Plan)| {
                let (plan, quiet) = (plan.clone(), json || nth > 0);
                scope.spawn(move || shrinking::shrink(system, &plan, bounds, quiet))
            };
            let threads: Vec<_> = plans.iter().enumerate().map(shrink).collect();
            let join = |thread: thread::ScopedJoinHandle<'_, _>| {
                let panicked = || NotShrunk::Broken("shrinking panicked".to_owned());
                thread.join().unwrap_or_else(|_| Err(panicked()))
            };
            threads.into_iter().map(join).collect()
        });
        let mut shrunk = Vec::new();
        for (plan, result) in plans.iter().zip(results) {
            match result {
                Ok(result) => shrunk.push((plan.clone(), result)),
                Err(reason) => self.note_not_shrunk(plan, &reason),
            }
        }
        let smallest = shrunk.into_iter();
        smallest.min_by_key(|(_, shrunk)| size(&shrunk.record.plan))
    }

    fn note_not_shrunk(&mut self, plan: &Plan, reason: &NotShrunk) {
        let why = shrinking::explained(self.suite, reason);
        eprintln!("{} was not shrunk: {why}", plan.name);
        if *reason == NotShrunk::NotReproducible {
            self.note(Exit::NotDeterministic);
        }
    }

    /// Adds a shrunk plan to the finding that `plan` was the first one of. Returns it if it could be written.
    pub(crate) fn record_minimal(&mut self, plan: &Plan, shrunk: &Shrunk) -> Option<MinimalPlan> {
        let nearest = shrinking::nearest_run(self.system(), shrunk);
        let written = shrinking::write(&self.archive, self.suite, plan, shrunk, nearest.as_ref());
        let minimal = self.require_written(written)?;
        let mut findings = self.summary.findings.iter_mut();
        let finding = findings.find(|finding| finding.name == plan.name)?;
        finding.minimal = Some(minimal.clone());
        let fingerprint = Some(finding.fingerprint.clone());
        let (role, folder) = (RunRole::Minimal, self.archive.names().minimal_folder(plan));
        self.add_reference(role, fingerprint.clone(), folder, &shrunk.record);
        if let Some(nearest) = &nearest {
            let folder = self.archive.names().nearest_folder(plan);
            self.add_reference(RunRole::Nearest, fingerprint, folder, nearest);
        }
        Some(minimal)
    }
}
