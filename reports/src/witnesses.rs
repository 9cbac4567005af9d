//! Which runs show a property: some that put it to the test and passed, and one that violated it.
//!
//! A campaign has thousands of green runs; of those a few small ones are kept so that every property has an example to
//! look at, and among them one in which a fault struck and a saga was taken back.

use std::{collections::BTreeMap, rc::Rc};

use likewise_sim::record::RunRecord;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Examples of one campaign at most.
pub const EXAMPLES_MAX: usize = 6;

/// Runs that show one property, by their folders.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Witnesses {
    /// It was put to the test and held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub example: Option<String>,
    /// It was violated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counter_example: Option<String>,
}

/// Looks for examples among the green runs of a campaign. Holds a bounded number of records: one a property, and two.
#[derive(Debug, Default)]
pub struct Examples {
    /// The smallest run that puts a property to the test.
    smallest: BTreeMap<String, Rc<RunRecord>>,
    /// The run that puts most properties to the test.
    widest: Option<Rc<RunRecord>>,
    /// The smallest run in which a fault struck and a saga was taken back.
    undone: Option<Rc<RunRecord>>,
}

impl Examples {
    /// Looks at a run; one that violates something is no example.
    pub fn look(&mut self, record: &RunRecord) {
        if !record.is_green() {
            return;
        }
        // Copied once, and only if it is better than what is known.
        let mut copy: Option<Rc<RunRecord>> = None;
        let mut copied = || Rc::clone(copy.get_or_insert_with(|| Rc::new(record.clone())));
        for name in exercised(record) {
            if is_smaller(record, self.smallest.get(name)) {
                self.smallest.insert(name.to_owned(), copied());
            }
        }
        if was_undone(record) && is_smaller(record, self.undone.as_ref()) {
            self.undone = Some(copied());
        }
        let width = |record: &RunRecord| exercised(record).count();
        let known = self.widest.as_ref().map_or(0, |known| width(known));
        if width(record) > known {
            self.widest = Some(copied());
        }
    }

    /// A few runs that together put to the test what any run did, as far as few can: the one that was taken back first,
    /// then whichever adds most, of equal ones the smallest.
    #[must_use]
    pub fn chosen(&self) -> Vec<Rc<RunRecord>> {
        let mut chosen: Vec<Rc<RunRecord>> = self.undone.iter().cloned().collect();
        let candidates: Vec<&Rc<RunRecord>> = self.smallest.values().chain(&self.widest).collect();
        while chosen.len() < EXAMPLES_MAX {
            let adds = |record: &&&Rc<RunRecord>| {
                let is_new = |name: &&str| !chosen.iter().any(|one| exercises(one, name));
                let news = exercised(record).filter(is_new).count();
                (news, std::cmp::Reverse(record.events.len()))
            };
            match candidates.iter().max_by_key(adds) {
                Some(best) if adds(&best).0 > 0 => chosen.push(Rc::clone(best)),
                _ => break,
            }
        }
        chosen
    }
}

/// The properties that a run put to the test.
pub fn exercised(record: &RunRecord) -> impl Iterator<Item = &str> {
    let tested = record.properties.iter().filter(|it| it.exercised > 0);
    tested.map(|it| it.name.as_str())
}

fn exercises(record: &RunRecord, name: &str) -> bool {
    exercised(record).any(|other| other == name)
}

fn was_undone(record: &RunRecord) -> bool {
    record.injected.contains(&true) && record.sagas.compensated > 0
}

/// Whether a run is smaller by so much that it is worth copying: by a quarter.
fn is_smaller(record: &RunRecord, known: Option<&Rc<RunRecord>>) -> bool {
    known.is_none_or(|known| record.events.len() * 4 < known.events.len() * 3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;
    use likewise_sim::record::{PropertyStatus, PropertyVerdict};

    /// A green run that tests these properties, in so many events more than usual.
    fn run(tests: &[&str], more_events: usize) -> RunRecord {
        let mut record = samples::green();
        let verdict = |name: &&str| PropertyVerdict {
            name: (*name).to_owned(),
            status: PropertyStatus::Passed,
            exercised: 1,
        };
        record.properties = tests.iter().map(verdict).collect();
        let last = record.events[0].clone();
        record.events.extend(vec![last; more_events]);
        record
    }

    fn chosen(runs: &[RunRecord]) -> Vec<Vec<String>> {
        let mut examples = Examples::default();
        runs.iter().for_each(|record| examples.look(record));
        let names = |record: &Rc<RunRecord>| exercised(record).map(str::to_owned).collect();
        examples.chosen().iter().map(names).collect()
    }

    #[test]
    fn every_property_that_was_tested_has_an_example() {
        let runs = [
            run(&["a", "b"], 0),
            run(&["a"], 9),
            run(&["c"], 500),
            run(&["b", "c"], 800),
        ];
        assert_eq!(chosen(&runs), [vec!["a", "b"], vec!["c"]]);
    }

    #[test]
    fn small_runs_are_preferred_and_red_ones_are_none() {
        assert_eq!(chosen(&[run(&["a"], 900), run(&["a"], 0)]).len(), 1);
        let mut examples = Examples::default();
        examples.look(&run(&["a"], 900));
        examples.look(&run(&["a"], 0));
        let small = run(&["a"], 0).events.len();
        assert_eq!(examples.smallest["a"].events.len(), small);
        assert!(chosen(&[samples::red()]).is_empty());
    }

    #[test]
    fn one_in_which_a_fault_struck_and_a_saga_was_taken_back_comes_first() {
        let mut undone = run(&["a"], 900);
        undone.injected = vec![true];
        undone.sagas.compensated = 1;
        assert_eq!(chosen(&[run(&["a"], 0), undone.clone()]).len(), 1);
        assert_eq!(chosen(&[run(&["a", "b"], 0), undone]).len(), 2);
    }

    #[test]
    fn examples_are_bounded() {
        let names: Vec<String> = (0..30).map(|number| number.to_string()).collect();
        let runs: Vec<RunRecord> = names.iter().map(|name| run(&[name], 0)).collect();
        assert_eq!(chosen(&runs).len(), EXAMPLES_MAX);
    }
}
