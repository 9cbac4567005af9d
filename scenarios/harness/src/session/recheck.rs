//! The determinism recheck: a few plans of every campaign run a second time at its end, and must give the same runs.
//!
//! `cargo chaos doctor` checks determinism thoroughly. The recheck costs four runs and is therefore part of every
//! campaign.

use likewise_reports::analysis::Ratio;
use likewise_search::campaign::run_on_core;
use likewise_world::record::RunRecord;

use super::state::Session;
use crate::{exit::Exit, interrupt};

/// Plans that are run a second time at most.
const RECHECKED_MAX: usize = 4;

impl Session {
    /// Runs the kept plans a second time. Every plan must give the same run, whatever ran in between.
    ///
    /// Hashes are compared and not records: the hash is over every event, and a kept record would need megabytes.
    pub(crate) fn recheck_determinism(&mut self) {
        let mut same = Ratio::default();
        for (plan, hash) in std::mem::take(&mut self.recheck) {
            if interrupt::stopped() {
                break;
            }
            let is_same =
                run_on_core(0, self.system(), &plan).is_ok_and(|record| record.hash == hash);
            if !is_same {
                let written = self.archive.write_plan(&plan);
                let replay = self.replay_command(&plan, written);
                eprintln!(
                    "{}: the second run was different\n  replay: {replay}",
                    plan.name
                );
                self.note(Exit::NotDeterministic);
            }
            same.count(is_same);
        }
        self.meta.deterministic = (same.of > 0).then_some(same);
    }

    /// Keeps the plans of runs 1, 2, 4, 8 and so on, and of these the last few. In this way the kept plans are spread
    /// over the campaign, however long it is.
    pub(super) fn keep_for_recheck(&mut self, record: &RunRecord) {
        if self.summary.runs.is_power_of_two() {
            self.recheck
                .push_back((record.plan.clone(), record.hash.clone()));
            if self.recheck.len() > RECHECKED_MAX {
                self.recheck.pop_front();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{path::Path, time::Duration};

    use crate::{arguments::Common, suite::Suite};

    fn session(folder: &Path) -> Session {
        let common = Common {
            out: Some(folder.to_owned()),
            ..Common::default()
        };
        Session::start(Suite::empty(), &common).unwrap()
    }

    #[test]
    fn a_plan_with_a_different_second_run_is_exit_5() {
        let folder = tempfile::tempdir().unwrap();
        let mut session = session(folder.path());
        let mut record = run_on_core(0, session.system(), &Suite::clean_plan()).unwrap();
        session.record_run(&record, Duration::ZERO);
        record.hash = "another".to_owned();
        session.record_run(&record, Duration::ZERO);
        session.recheck_determinism();
        let met = Ratio { met: 1, of: 2 };
        assert_eq!(session.meta.deterministic, Some(met));
        assert_eq!(session.exit, Exit::NotDeterministic);
    }

    /// The cost of the recheck must not grow with the campaign.
    #[test]
    fn few_plans_of_many_are_rechecked() {
        let folder = tempfile::tempdir().unwrap();
        let mut session = session(folder.path());
        let record = run_on_core(0, session.system(), &Suite::clean_plan()).unwrap();
        for _ in 0..100 {
            session.record_run(&record, Duration::ZERO);
        }
        assert_eq!(session.recheck.len(), RECHECKED_MAX);
    }
}
