//! The run of one fault alone: what has to be known of it to say which other faults would change it.

use std::collections::BTreeSet;

use crate::world::{plan::InjectionPoint, record::RunRecord};

/// What is known of the run of one fault alone.
#[derive(Debug)]
pub struct SingleFaultRun {
    /// Whether it strikes.
    pub fires: bool,
    /// Whether no property is violated.
    pub green: bool,
    /// The run's hash.
    pub hash: String,
    /// The points that the run reaches.
    reached: BTreeSet<InjectionPoint>,
}

impl SingleFaultRun {
    /// Of this run; `points` are those that anybody will ask for.
    pub(super) fn of(record: &RunRecord, points: &[InjectionPoint]) -> Self {
        let asked: BTreeSet<&InjectionPoint> = points.iter().collect();
        let reached = record.reached.iter().filter(|point| asked.contains(point));
        Self {
            fires: record.injected == [true],
            green: record.is_green(),
            hash: record.hash.clone(),
            reached: reached.cloned().collect(),
        }
    }

    /// Whether a fault at this point would meet its moment.
    #[must_use]
    pub fn reaches(&self, point: &InjectionPoint) -> bool {
        self.reached.contains(point)
    }
}

#[cfg(test)]
mod tests {
    use crate::search::{
        exhaustive::{Choice, Combination, Combinations},
        guarded::run_guarded,
    };

    /// Of many pairs: whether each that is proven to be the run of one fault alone is that run.
    #[test]
    fn a_pair_that_needs_no_run_is_the_run_of_one_of_its_faults() {
        let pairs = Combinations::of(Choice::Pairs).unwrap();
        let mut compared = 0;
        for place in (0..pairs.count()).step_by(7_919) {
            let combination = pairs.get(place).unwrap();
            let Some(same) = pairs.same_as(&combination) else {
                continue;
            };
            let base = combination.base;
            let mut faults = combination.faults;
            faults.sort_by_key(|fault| *fault != same);
            let plan = pairs.plan_of(&Combination { base, faults });
            let record = run_guarded(&plan).unwrap();
            assert_eq!(record.injected, [true, false], "{}", record.plan.name);
            let alone = pairs.alone(base, same).unwrap();
            assert_eq!(record.hash, alone.hash, "{}", record.plan.name);
            compared += 1;
        }
        assert!(compared > 5, "{compared}");
    }

    #[test]
    fn a_pair_of_faults_at_one_cut_is_run() {
        let pairs = Combinations::of(Choice::Pairs).unwrap();
        let first_two = pairs.get(0).unwrap();
        assert_eq!(pairs.same_as(&first_two), None);
    }
}
