//! Notes which runs show something that no run showed before: for plateaus, for the coverage curve, and for a corpus.

use likewise_reports::analysis::Novelty;
use likewise_world::{plan::Plan, record::RunRecord};

use super::{explored::Explored, state::Session};

impl Session {
    /// Notes what a run shows for the first time.
    ///
    /// Runs arrive in the order of their plans, so which run is the first to show something is the same on every
    /// machine.
    pub(super) fn note_novelty(&mut self, record: &RunRecord) {
        let explored = &mut self.explored;
        match explored.coverage.add(record) {
            true => {
                explored.novelty.runs_without_novelty = 0;
                if self.keeps_new_plans {
                    self.new_plans.push(record.plan.clone());
                }
            }
            false => explored.novelty.runs_without_novelty += 1,
        }
        let seen = explored.coverage.counts();
        explored.novelty.seen = seen;
        explored.growth.record(self.summary.runs, seen);
    }

    /// Starts to keep the plans that show something new.
    pub(crate) fn keep_new_plans(&mut self) {
        self.keeps_new_plans = true;
    }

    /// Removes and returns the plans that showed something new.
    pub(crate) fn take_new_plans(&mut self) -> Vec<Plan> {
        std::mem::take(&mut self.new_plans)
    }

    /// Ends every campaign of this session after so many runs in a row without anything new.
    ///
    /// A plateau is a better end than a number of seeds: it adapts to how much the plans have to show.
    pub(crate) fn end_at_plateau(&mut self, runs: u64) {
        self.explored.novelty.plateau_runs = Some(runs);
    }

    /// What the runs showed, and for how many runs nothing was new.
    pub(crate) fn novelty(&self) -> Novelty {
        self.explored.novelty
    }

    /// A copy of everything the runs showed.
    pub(crate) fn explored(&self) -> Explored {
        self.explored.clone()
    }
}
