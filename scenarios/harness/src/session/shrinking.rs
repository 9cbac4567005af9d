//! Shrinks the first plan of each kind of failure before the report shows it: the smallest plan explains best.

use likewise_reports::{analysis::MinimalPlan, archive::RunRole};
use likewise_search::{
    fingerprint::Failure,
    shrink::{NotShrunk, Shrunk},
};
use likewise_world::{plan::Plan, record::RunRecord};

use super::state::Session;
use crate::{
    arguments::Shrinking,
    exit::Exit,
    interrupt,
    shrinking::{self, Bounds},
};

/// Kinds of failures that are shrunk at most.
const SHRUNK_MAX: usize = 3;
/// Candidates that each shrinking runs at most.
const RUNS_MAX: u64 = 500;

impl Session {
    /// Keeps the plan of a failing run, if it is the first one of its kind of failure.
    ///
    /// Only the plan is kept. Shrinking runs it again anyway, and first checks that it fails in the same way twice.
    pub(super) fn note_failure(&mut self, record: &RunRecord) {
        let is_known = |failure: &Failure| self.failures.iter().any(|(known, _)| known == failure);
        if let Some(failure) = Failure::of(record).filter(|failure| !is_known(failure))
            && self.failures.len() < SHRUNK_MAX
        {
            self.failures.push((failure, record.plan.clone()));
        }
    }

    /// Shrinks the kept plans, so that the report shows the smallest plan of each failure and not the first one.
    ///
    /// It runs after the campaign and not during it, so that its runs do not take time from the budget.
    pub(crate) fn shrink_failures(&mut self, arguments: &Shrinking) {
        let bounds = Bounds {
            runs_max: RUNS_MAX,
            budget: Some(arguments.shrink_budget),
        };
        for (_, plan) in std::mem::take(&mut self.failures) {
            if arguments.no_shrink || interrupt::stopped() {
                break;
            }
            match shrinking::shrink(self.system(), &plan, bounds, self.json) {
                Ok(shrunk) => {
                    self.record_minimal(&plan, &shrunk);
                }
                Err(reason) => {
                    let why = shrinking::explained(self.suite, &reason);
                    eprintln!("{} was not shrunk: {why}", plan.name);
                    if reason == NotShrunk::NotReproducible {
                        self.note(Exit::NotDeterministic);
                    }
                }
            }
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
