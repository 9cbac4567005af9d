//! How each property fared in each run: what a test report lists. Bounded: of a long campaign the first runs are in it,
//! the violating ones whatever their place, and how many are folded.

use std::collections::BTreeMap;

use likewise_sim::record::{PropertyStatus, RunRecord};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Runs in which everything held that are listed at most; with the catalogue's properties that is about ten thousand
/// cases, which every reader of test reports takes.
pub const GREEN_MAX: u64 = 400;
/// Violating runs that are listed at most.
pub const RED_MAX: u64 = 400;

/// The runs that are listed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Ledger {
    /// In the order of the campaign.
    pub runs: Vec<Entry>,
    /// Runs in which everything held and that are not listed.
    pub green_folded: u64,
    /// Violating runs that are not listed.
    pub red_folded: u64,
}

/// One run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// Its seed, if it had one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Where its files are, if it is written: what a deep link calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    /// How the report's properties fared, a letter each: `h`eld, `n`ever exercised, `v`iolated.
    pub standings: String,
    /// What was seen of each violated property.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub details: BTreeMap<String, String>,
    /// The command that runs it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replay: Option<String>,
}

impl Entry {
    /// Of this run, in the order of these properties.
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
        }
    }

    /// How the property at this place of the report fared.
    #[must_use]
    pub fn standing(&self, place: usize) -> PropertyStatus {
        match self.standings.as_bytes().get(place) {
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

impl Ledger {
    /// Lists a run, if there is a place left. Returns its entry.
    pub fn add<'a>(
        &mut self,
        record: &RunRecord,
        properties: impl Iterator<Item = &'a str>,
    ) -> Option<&mut Entry> {
        if !self.has_place(record.is_green()) {
            return None;
        }
        self.runs.push(Entry::of(record, properties));
        self.runs.last_mut()
    }

    /// Says where the run that was listed last is, and how to run it again; nothing, if it found no place.
    pub fn place(&mut self, record: &RunRecord, folder: Option<String>, replay: String) {
        let last = self.runs.last_mut();
        if let Some(entry) = last.filter(|entry| entry.name == record.plan.name) {
            entry.folder = folder;
            entry.replay = Some(replay);
        }
    }

    /// Lists another ledger's runs, as far as there are places left.
    pub fn merge(&mut self, other: &Self) {
        self.green_folded += other.green_folded;
        self.red_folded += other.red_folded;
        for entry in &other.runs {
            if self.has_place(entry.is_green()) {
                self.runs.push(entry.clone());
            }
        }
    }

    /// Whether one more can be listed; else it is counted as folded.
    fn has_place(&mut self, is_green: bool) -> bool {
        let listed = self.runs.iter().filter(|it| it.is_green() == is_green);
        let (max, folded) = match is_green {
            true => (GREEN_MAX, &mut self.green_folded),
            false => (RED_MAX, &mut self.red_folded),
        };
        let has_place = *folded == 0 && (listed.count() as u64) < max;
        *folded += u64::from(!has_place);
        has_place
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    const NAMES: [&str; 3] = ["likes-equal-records", "nobody-knows", "one-reply-per-key"];

    #[test]
    fn an_entry_says_how_each_property_fared() {
        let mut ledger = Ledger::default();
        let entry = ledger.add(&samples::red(), NAMES.into_iter()).unwrap();
        assert_eq!(entry.standings, "vnh");
        assert_eq!(entry.standing(0), PropertyStatus::Violated);
        assert_eq!(entry.standing(9), PropertyStatus::NeverExercised);
        assert_eq!(
            entry.details["likes-equal-records"],
            "article 1 has -1 likes and 0 records"
        );
    }

    #[test]
    fn of_many_runs_the_first_are_listed_and_the_violating_ones_too() {
        let mut ledger = Ledger::default();
        for _ in 0..GREEN_MAX + 7 {
            ledger.add(&samples::green(), NAMES.into_iter());
        }
        assert!(ledger.add(&samples::red(), NAMES.into_iter()).is_some());
        assert_eq!(ledger.runs.len() as u64, GREEN_MAX + 1);
        assert_eq!((ledger.green_folded, ledger.red_folded), (7, 0));
        let one = ledger.clone();
        ledger.merge(&one);
        assert_eq!(ledger.green_folded, 7 + 7 + GREEN_MAX);
        assert_eq!(
            ledger.runs.len() as u64,
            GREEN_MAX + 2,
            "of violating ones there is room"
        );
    }
}
