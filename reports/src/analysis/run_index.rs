//! The run index: the verdict of each property in each run, which a test report (JUnit) lists.
//!
//! It is bounded. Of a long campaign it holds the first green runs and the first violating ones, and counts the rest.
//! A run's verdicts are one letter for each property.

use std::collections::BTreeMap;

use likewise_search::fingerprint::fingerprint;
use likewise_world::record::{PropertyStatus, RunRecord};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Green runs that are listed at most. With all properties these are about ten thousand test cases, which every reader
/// of JUnit files can handle.
pub const GREEN_MAX: u64 = 400;
/// Violating runs that are listed at most.
pub const RED_MAX: u64 = 400;

/// The listed runs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Ledger")]
pub struct RunIndex {
    /// In the order of the campaign.
    pub runs: Vec<RunOutcome>,
    /// Green runs that are not listed.
    pub green_folded: u64,
    /// Violating runs that are not listed.
    pub red_folded: u64,
}

/// The verdicts of one run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Entry")]
pub struct RunOutcome {
    /// The run's name.
    pub name: String,
    /// The run's seed, if it had one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// The run's folder, if its files were written. Links into the HTML report name the run by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    /// The verdicts in the order of the report's properties, one letter each: `h`eld, `n`ever exercised, `v`iolated.
    pub standings: String,
    /// The observed values for each violated property.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub details: BTreeMap<String, String>,
    /// The command that replays the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replay: Option<String>,
    /// The fingerprint of its finding, if it violated a property. Missing in older reports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finding: Option<String>,
}

impl RunOutcome {
    /// The outcome of this run, with the verdicts in the order of these properties.
    fn of<'a>(record: &RunRecord, properties: impl Iterator<Item = &'a str>) -> Self {
        let letter = |name: &str| {
            let known = record.properties.iter().find(|it| it.name == name);
            letter(known.map_or(PropertyStatus::NeverExercised, |it| it.status))
        };
        let mut details = BTreeMap::new();
        for violation in &record.violations {
            let name = violation.property.clone();
            details
                .entry(name)
                .or_insert_with(|| violation.detail.clone());
        }
        Self {
            name: record.plan.name.clone(),
            seed: record.plan.seed,
            folder: None,
            standings: properties.map(letter).collect(),
            details,
            replay: None,
            finding: fingerprint(record),
        }
    }

    /// The verdict of the property at this index of the report.
    ///
    /// An index or a letter that is unknown counts as never exercised: a report must not claim more than it knows.
    #[must_use]
    pub fn standing(&self, index: usize) -> PropertyStatus {
        match self.standings.as_bytes().get(index) {
            Some(b'h') => PropertyStatus::Passed,
            Some(b'v') => PropertyStatus::Violated,
            _ => PropertyStatus::NeverExercised,
        }
    }

    fn is_green(&self) -> bool {
        self.details.is_empty()
    }
}

fn letter(standing: PropertyStatus) -> char {
    match standing {
        PropertyStatus::Passed => 'h',
        PropertyStatus::NeverExercised => 'n',
        PropertyStatus::Violated => 'v',
    }
}

impl RunIndex {
    /// Lists a run, or counts it as folded if the index is full. Returns the listed outcome.
    pub fn add<'a>(
        &mut self,
        record: &RunRecord,
        properties: impl Iterator<Item = &'a str>,
    ) -> Option<&mut RunOutcome> {
        if !self.has_room(record.is_green()) {
            return None;
        }
        self.runs.push(RunOutcome::of(record, properties));
        self.runs.last_mut()
    }

    /// Adds the folder and the replay command to the run that was listed last; does nothing if it was folded.
    ///
    /// The files of a run are written after it was listed, and only for some runs. So the folder is added afterwards.
    pub fn locate(&mut self, record: &RunRecord, folder: Option<String>, replay: String) {
        let last = self.runs.last_mut();
        if let Some(outcome) = last.filter(|outcome| outcome.name == record.plan.name) {
            outcome.folder = folder;
            outcome.replay = Some(replay);
        }
    }

    /// Lists the runs of another index as far as there is room, and counts the rest.
    pub fn merge(&mut self, other: &Self) {
        self.green_folded += other.green_folded;
        self.red_folded += other.red_folded;
        for outcome in &other.runs {
            if self.has_room(outcome.is_green()) {
                self.runs.push(outcome.clone());
            }
        }
    }

    /// Whether one more run can be listed; if not, counts it as folded.
    ///
    /// Once a run was folded, all later ones of its colour are folded too. So the listed runs are always the first
    /// ones, also after a merge.
    fn has_room(&mut self, is_green: bool) -> bool {
        let listed = self.runs.iter().filter(|it| it.is_green() == is_green);
        let (max, folded) = match is_green {
            true => (GREEN_MAX, &mut self.green_folded),
            false => (RED_MAX, &mut self.red_folded),
        };
        let has_room = *folded == 0 && (listed.count() as u64) < max;
        *folded += u64::from(!has_room);
        has_room
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::records;

    const NAMES: [&str; 3] = [
        "sold-equals-orders",
        "unknown-property",
        "one-reply-per-key",
    ];

    #[test]
    fn an_outcome_has_the_verdict_of_each_property() {
        let mut index = RunIndex::default();
        let outcome = index.add(&records::red(), NAMES.into_iter()).unwrap();
        assert_eq!(outcome.standings, "vnh");
        assert_eq!(outcome.standing(0), PropertyStatus::Violated);
        assert_eq!(outcome.standing(9), PropertyStatus::NeverExercised);
        assert_eq!(
            outcome.details["sold-equals-orders"],
            "item 1 is sold -1 times and has 0 orders"
        );
    }

    /// Green runs must not use up the room of the violating ones.
    #[test]
    fn the_first_green_runs_are_listed_and_violating_ones_after_them() {
        let mut index = RunIndex::default();
        for _ in 0..GREEN_MAX + 7 {
            index.add(&records::green(), NAMES.into_iter());
        }
        assert!(index.add(&records::red(), NAMES.into_iter()).is_some());
        assert_eq!(index.runs.len() as u64, GREEN_MAX + 1);
        assert_eq!((index.green_folded, index.red_folded), (7, 0));
        let one = index.clone();
        index.merge(&one);
        assert_eq!(index.green_folded, 7 + 7 + GREEN_MAX);
        assert_eq!(
            index.runs.len() as u64,
            GREEN_MAX + 2,
            "there is room for violating runs"
        );
    }
}
