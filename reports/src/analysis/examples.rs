//! Examples: the few green runs of a campaign whose records are kept, so that a reader can see each property hold.
//!
//! A campaign has thousands of green runs. One small run is kept for each [`Lesson`], and a few that together exercise every
//! property that any run exercised. Only one run per property is in memory at a time, and a run is copied only if it is smaller by
//! a quarter than the one it replaces.

use std::{collections::BTreeMap, rc::Rc};

use likewise_world::record::RunRecord;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::lesson::Lesson;

/// The maximum number of examples of one campaign: one for each lesson, and as many more for the properties.
pub const EXAMPLES_MAX: usize = 2 * Lesson::ALL.len();

/// The folders of the runs that illustrate one property.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Witnesses")]
pub struct PropertyExamples {
    /// A run that exercised the property, and in which it held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub example: Option<String>,
    /// A run that violated it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counter_example: Option<String>,
}

/// Selects examples among the green runs of a campaign. Holds at most one record per property and lesson, and one more.
#[derive(Debug, Default)]
pub struct Examples {
    /// By property, the smallest run that exercises it.
    smallest: BTreeMap<String, Rc<RunRecord>>,
    /// The run that exercises the most properties.
    widest: Option<Rc<RunRecord>>,
    /// By lesson, the smallest run that shows it.
    lessons: BTreeMap<Lesson, Rc<RunRecord>>,
}

impl Examples {
    /// Considers a run. One that violates a property is no example.
    ///
    /// Cheap for nearly every run: a record is copied only if it is kept, and in a long campaign the smallest ones
    /// are known early.
    pub fn consider(&mut self, record: &RunRecord) {
        if !record.is_green() {
            return;
        }
        // The record is copied at most once, and only if it replaces a known one.
        let mut copy: Option<Rc<RunRecord>> = None;
        let mut copied = || Rc::clone(copy.get_or_insert_with(|| Rc::new(record.clone())));
        for name in exercised(record) {
            if is_smaller(record, self.smallest.get(name)) {
                self.smallest.insert(name.to_owned(), copied());
            }
        }
        for lesson in Lesson::ALL {
            // Whether it is smaller costs nothing; whether it shows the lesson is found among its events.
            if is_smaller(record, self.lessons.get(&lesson)) && lesson.shown_at(record).is_some() {
                self.lessons.insert(lesson, copied());
            }
        }
        let width = |record: &RunRecord| exercised(record).count();
        let known = self.widest.as_ref().map_or(0, |known| width(known));
        if width(record) > known {
            self.widest = Some(copied());
        }
    }

    /// At most [`EXAMPLES_MAX`] runs that together exercise as many properties as possible. The runs of the lessons
    /// come first. Then the run that adds the most properties is taken, the smallest among equals, until none adds one.
    ///
    /// This is the greedy solution of set cover. It may take one run more than the best solution, and it is
    /// deterministic and short.
    #[must_use]
    pub fn chosen(&self) -> Vec<Rc<RunRecord>> {
        let mut chosen: Vec<Rc<RunRecord>> = Vec::new();
        for record in self.lessons.values() {
            // One run may show several lessons.
            if !chosen.iter().any(|one| one.hash == record.hash) {
                chosen.push(Rc::clone(record));
            }
        }
        let candidates: Vec<&Rc<RunRecord>> = self.smallest.values().chain(&self.widest).collect();
        while chosen.len() < EXAMPLES_MAX {
            let adds = |record: &&&Rc<RunRecord>| {
                let is_new = |name: &&str| !chosen.iter().any(|one| exercises(one, name));
                let added = exercised(record).filter(is_new).count();
                (added, std::cmp::Reverse(record.events.len()))
            };
            match candidates.iter().max_by_key(adds) {
                Some(best) if adds(&best).0 > 0 => chosen.push(Rc::clone(best)),
                _ => break,
            }
        }
        chosen
    }
}

/// The properties that a run exercised.
///
/// A property that merely held is not enough: it must have had something to judge.
pub fn exercised(record: &RunRecord) -> impl Iterator<Item = &str> {
    let tested = record.properties.iter().filter(|it| it.exercised > 0);
    tested.map(|it| it.name.as_str())
}

fn exercises(record: &RunRecord, name: &str) -> bool {
    exercised(record).any(|other| other == name)
}

/// Whether a run is smaller by at least a quarter. A smaller gain is not worth the copy.
fn is_smaller(record: &RunRecord, known: Option<&Rc<RunRecord>>) -> bool {
    known.is_none_or(|known| record.events.len() * 4 < known.events.len() * 3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::records;
    use likewise_world::record::{PropertyStatus, PropertyVerdict, Word};

    /// A green run that exercises these properties, with so many more events than usual.
    fn run(tests: &[&str], more_events: usize) -> RunRecord {
        let mut record = records::green();
        let verdict = |name: &&str| PropertyVerdict {
            name: (*name).to_owned(),
            about: Word::default(),
            kept_by: Word::default(),
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
        runs.iter().for_each(|record| examples.consider(record));
        let names = |record: &Rc<RunRecord>| exercised(record).map(str::to_owned).collect();
        examples.chosen().iter().map(names).collect()
    }

    /// Two runs suffice here, so the larger two are not kept.
    #[test]
    fn every_exercised_property_has_an_example() {
        let runs = [
            run(&["a", "b"], 0),
            run(&["a"], 9),
            run(&["c"], 500),
            run(&["b", "c"], 800),
        ];
        assert_eq!(chosen(&runs), [vec!["a", "b"], vec!["c"]]);
    }

    #[test]
    fn small_runs_are_preferred_and_red_ones_ignored() {
        assert_eq!(chosen(&[run(&["a"], 900), run(&["a"], 0)]).len(), 1);
        let mut examples = Examples::default();
        examples.consider(&run(&["a"], 900));
        examples.consider(&run(&["a"], 0));
        let small = run(&["a"], 0).events.len();
        assert_eq!(examples.smallest["a"].events.len(), small);
        assert!(chosen(&[records::red()]).is_empty());
    }

    /// Although it is much larger than the others, and adds no property.
    #[test]
    fn the_run_with_a_fault_and_a_compensation_comes_first() {
        let mut compensated = run(&["a"], 900);
        compensated.injections = records::red().injections;
        compensated.sagas.compensated = 1;
        compensated.hash = "compensated".to_owned();
        assert_eq!(chosen(&[run(&["a"], 0), compensated.clone()]).len(), 1);
        assert_eq!(chosen(&[run(&["a", "b"], 0), compensated]).len(), 2);
    }

    #[test]
    fn examples_are_bounded() {
        let names: Vec<String> = (0..30).map(|number| number.to_string()).collect();
        let runs: Vec<RunRecord> = names.iter().map(|name| run(&[name], 0)).collect();
        assert_eq!(chosen(&runs).len(), EXAMPLES_MAX);
        assert!(runs.len() > EXAMPLES_MAX);
    }
}
