//! What failed is shrunk before it is shown: the smallest plan explains best.

use std::time::Duration;

use likewise_reports::{
    artefacts::{minimal_folder, nearest_folder},
    dossier::Role,
    minimal::Minimal,
};
use likewise_sim::{
    fingerprint::Failure,
    plan::Plan,
    record::RunRecord,
    shrink::{NotShrunk, Shrunk},
};

use super::Sitting;
use crate::{arguments::Shrinking, command::shrink, exit::Exit, interrupt};

/// Ways of failing whose first plans are shrunk.
const SHRUNK_MAX: usize = 3;
/// Runs of each of these shrinkings, and how long it may take: nobody asked for it, everybody waits for it.
const SHRINK_RUNS_MAX: u64 = 500;
const SHRINK_BUDGET: Duration = Duration::from_secs(20);

impl Sitting {
    /// Keeps the plan of the first run of a finding, if nothing has failed in this way before.
    pub(super) fn suspect(&mut self, record: &RunRecord) {
        let known = |failure: &Failure| self.failures.iter().any(|(known, _)| known == failure);
        if let Some(failure) = Failure::of(record).filter(|failure| !known(failure))
            && self.failures.len() < SHRUNK_MAX
        {
            self.failures.push((failure, record.plan.clone()));
        }
    }

    /// Shrinks what failed, so that the report shows the smallest plans and not the first.
    pub(crate) fn shrink_failures(&mut self, shrinking: &Shrinking) {
        for (_, plan) in std::mem::take(&mut self.failures) {
            if shrinking.no_shrink || interrupt::stopped() {
                break;
            }
            let shrunk = shrink::shrunk(&plan, SHRINK_RUNS_MAX, Some(SHRINK_BUDGET), self.json);
            match shrunk {
                Ok(shrunk) => {
                    self.take_minimal(&plan, &shrunk);
                }
                Err(NotShrunk::NotReproducible) => {
                    eprintln!("{}: {}", plan.name, NotShrunk::NotReproducible);
                    self.note(Exit::NotDeterministic);
                }
                Err(why) => eprintln!("{} was not shrunk: {why}", plan.name),
            }
        }
    }

    /// Takes in what the first plan of a finding was shrunk to. Returns it, if it could be written.
    pub(crate) fn take_minimal(&mut self, plan: &Plan, shrunk: &Shrunk) -> Option<Minimal> {
        let nearest = shrink::nearest_run(shrunk);
        let written = shrink::written(&self.artefacts, plan, shrunk, nearest.as_ref());
        let minimal = self.require_written(written)?;
        let mut findings = self.summary.findings.iter_mut();
        let finding = findings.find(|finding| finding.name == plan.name)?;
        finding.minimal = Some(minimal.clone());
        let title = Some(finding.fingerprint.clone());
        self.refer(
            Role::Minimal,
            title.clone(),
            minimal_folder(plan),
            &shrunk.record,
        );
        if let Some(nearest) = &nearest {
            self.refer(Role::Nearest, title, nearest_folder(plan), nearest);
        }
        Some(minimal)
    }
}
