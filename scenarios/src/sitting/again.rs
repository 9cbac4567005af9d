//! A few plans of every campaign are run again at its end: the same plan must give the same run.

use likewise_reports::report::Met;
use likewise_sim::{campaign::run_on_core, record::RunRecord};

use super::Sitting;
use crate::{exit::Exit, interrupt};

/// Runs that are run again at the end, if there are so many.
const RUN_AGAIN_MAX: usize = 4;

impl Sitting {
    /// Runs a few plans of the campaign again: the same plan must give the same run, whatever ran in between.
    pub(crate) fn run_some_again(&mut self) {
        let mut same = Met::default();
        for (plan, hash) in std::mem::take(&mut self.again) {
            if interrupt::stopped() {
                break;
            }
            let is_same = run_on_core(0, &plan).is_ok_and(|record| record.hash == hash);
            if !is_same {
                let written = self.artefacts.write_plan(&plan);
                let replay = self.replay(&plan, written);
                eprintln!(
                    "{} ran differently the second time\n  replay: {replay}",
                    plan.name
                );
                self.note(Exit::NotDeterministic);
            }
            same.count(is_same);
        }
        self.course.deterministic = (same.of > 0).then_some(same);
    }

    /// Keeps plans to run again: fewer, the longer the campaign takes, so that they are spread over it.
    pub(super) fn keep_for_later(&mut self, record: &RunRecord) {
        if self.summary.runs.is_power_of_two() {
            self.again
                .push_back((record.plan.clone(), record.hash.clone()));
            if self.again.len() > RUN_AGAIN_MAX {
                self.again.pop_front();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{path::Path, time::Duration};

    use crate::arguments::Common;
    use likewise_sim::plan::{Action, single};

    fn sitting(folder: &Path) -> Sitting {
        Sitting::begin(&Common {
            json: false,
            out: Some(folder.to_owned()),
        })
    }

    #[test]
    fn a_plan_that_runs_differently_the_second_time_is_exit_5() {
        let folder = tempfile::tempdir().unwrap();
        let mut sitting = sitting(folder.path());
        let mut record = run_on_core(0, &single(Action::Like, false)).unwrap();
        sitting.take(&record, Duration::ZERO);
        record.hash = "another".to_owned();
        sitting.take(&record, Duration::ZERO);
        sitting.run_some_again();
        let met = Met { met: 1, of: 2 };
        assert_eq!(sitting.course.deterministic, Some(met));
        assert_eq!(sitting.exit, Exit::NotDeterministic);
    }

    #[test]
    fn few_plans_of_many_are_run_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut sitting = sitting(folder.path());
        let record = run_on_core(0, &single(Action::Like, false)).unwrap();
        for _ in 0..100 {
            sitting.take(&record, Duration::ZERO);
        }
        assert_eq!(sitting.again.len(), RUN_AGAIN_MAX);
    }
}
