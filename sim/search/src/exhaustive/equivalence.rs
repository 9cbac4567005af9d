//! Which combinations need no run, because they provably equal the run of one of their faults.
//!
//! Until its trigger is met, a fault changes nothing. If the run of one fault never reaches the injection points of the
//! others, adding them does not change it: it is the same run, event for event. That saves about one pair in eight. One
//! in [`COMPARED_EVERY`] of these runs all the same, and its hash is compared with the proof.

use super::combinations::{Combination, Combinations};
use likewise_world::plan::Plan;

/// Of the combinations that need no run, every n-th runs all the same.
const COMPARED_EVERY: u64 = 1_000;

/// What to do about a combination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Task {
    /// Run this plan.
    Run(Box<Plan>),
    /// Do nothing: the combination equals the run of one of its faults.
    Skip,
}

impl Combinations {
    /// The fault whose run alone equals the run of the combination. `None` if that is not known for certain.
    ///
    /// Every fault must fire when it is alone, as in any covered combination. A fault whose run violates a property
    /// proves nothing: the combinations with it run, so that their plans are reported.
    pub fn equivalent_fault(&self, combination: &Combination) -> Option<usize> {
        // Such a fault gives statements a time-out from the start of the run, which a paused process may reach.
        if self.may_hang_statements(combination) {
            return None;
        }
        let base = combination.base;
        let points = self.points(base)?;
        let alone = |fault: &usize| self.single_fault_run(base, *fault);
        let fires = |fault: &usize| alone(fault).is_some_and(|alone| alone.fires);
        if !combination.faults.iter().all(fires) {
            return None;
        }
        let reaches_no_other = |fault: &&usize| {
            let mut others = combination.faults.iter().filter(|other| other != fault);
            alone(fault).is_some_and(|alone| {
                alone.green && others.all(|other| !alone.reaches(&points[*other]))
            })
        };
        combination.faults.iter().find(reaches_no_other).copied()
    }

    /// What to do about the combination with this number. `None` past the last one.
    #[must_use]
    pub fn task(&self, number: u64) -> Option<Task> {
        let mut combination = self.get(number)?;
        let Some(same) = self.equivalent_fault(&combination) else {
            return Some(Task::Run(Box::new(self.plan_of(&combination))));
        };
        // Chosen by number and not at random, so that every machine and every resumed search compares the same ones.
        if !number.is_multiple_of(COMPARED_EVERY) {
            return Some(Task::Skip);
        }
        // Events name faults by their index in the plan. The one that fires must have the index that it has alone, or
        // the hashes would differ.
        combination.faults.sort_by_key(|fault| *fault != same);
        Some(Task::Run(Box::new(self.plan_of(&combination))))
    }
}
