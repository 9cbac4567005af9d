//! What remains unknown after a campaign: how often a further seed would show something new, and how often it could fail.
//!
//! Good and Turing: among `n` runs, count the things that exactly one run showed. Their number divided by `n` estimates how many new
//! things the next run shows. The things are cells of the fault matrix: a kind of fault, at a kind of place, with an outcome. Only
//! plain seeds count, because they are drawn independently; single faults and mutants are not.
//!
//! The rule of three: if none of `n` independent runs failed, then with 95 % confidence fewer than `3/n` of such runs fail.

use std::collections::{BTreeMap, BTreeSet};

use likewise_world::record::{Cell, RunRecord};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::units::grouped;

/// Fewer runs than this say nothing.
const RUNS_MIN: u64 = 30;

/// What plain seeds showed, as far as it says what further seeds would show.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Discovery {
    /// The runs of plain seeds.
    pub runs: u64,
    /// Those of them that violated a property.
    pub violated_runs: u64,
    /// The cells of the fault matrix that they covered.
    pub cells: u64,
    /// The cells that exactly one of them covered.
    pub cells_seen_once: u64,
}

impl Discovery {
    /// How many new cells the next run is expected to show; `None` after too few runs.
    #[must_use]
    pub fn new_cells_per_run(self) -> Option<f64> {
        (self.runs >= RUNS_MIN).then(|| self.cells_seen_once as f64 / self.runs as f64)
    }

    /// The share of runs that may fail although none did, with 95 % confidence; `None` if one did, or after too few runs.
    #[must_use]
    pub fn failing_share_max(self) -> Option<f64> {
        (self.violated_runs == 0 && self.runs >= RUNS_MIN).then(|| 3.0 / self.runs as f64)
    }

    /// Both in words; empty if nothing can be said.
    #[must_use]
    pub fn sentences(self) -> Vec<String> {
        let new = self.new_cells_per_run().map(|rate| match self.cells_seen_once {
            0 => format!(
                "{} plain seeds covered {} combinations of fault, place and outcome, each of them more than once: \
                 a further seed hardly shows a new one",
                grouped(self.runs),
                grouped(self.cells)
            ),
            once if rate >= 0.5 => format!(
                "a further seed shows about {rate:.1} new combinations of fault, place and outcome: {} of {} were seen once in {} seeds",
                grouped(once),
                grouped(self.cells),
                grouped(self.runs)
            ),
            once => format!(
                "about one further seed in {} shows a new combination of fault, place and outcome: {} of {} were seen once in {} seeds",
                one_in(rate),
                grouped(once),
                grouped(self.cells),
                grouped(self.runs)
            ),
        });
        let failing = self.failing_share_max().map(|share| {
            format!(
                "0 violations in {} seeds: with 95 % confidence, less than {} of such seeds fail",
                grouped(self.runs),
                percent(share)
            )
        });
        new.into_iter().chain(failing).collect()
    }
}

/// The number of runs for one new thing. Several new things in a run still take one run.
fn one_in(rate: f64) -> String {
    grouped((1.0 / rate).round().max(1.0) as u64)
}

fn percent(share: f64) -> String {
    match share * 100.0 {
        percent if percent >= 1.0 => format!("{percent:.0} %"),
        percent if percent >= 0.01 => format!("{percent:.2} %"),
        percent => format!("{percent:.4} %"),
    }
}

/// Counts what plain seeds show, one run after the other.
#[derive(Debug, Clone, Default)]
pub struct DiscoveryCounter {
    runs: u64,
    violated_runs: u64,
    /// For each cell, whether more than one run covered it.
    cells: BTreeMap<Cell, bool>,
}

impl DiscoveryCounter {
    /// Counts the run of a plain seed. A run that covers a cell twice covers it once.
    pub fn add(&mut self, record: &RunRecord) {
        self.runs += 1;
        self.violated_runs += u64::from(!record.is_green());
        let mut cells = BTreeSet::new();
        for injection in &record.injections {
            cells.extend(injection.endings.iter().map(|ending| Cell {
                kind: injection.kind,
                place: injection.place.clone(),
                ending: *ending,
            }));
        }
        for cell in cells {
            self.cells
                .entry(cell)
                .and_modify(|is_repeated| *is_repeated = true)
                .or_insert(false);
        }
    }

    /// The counts; `None` if no seed was run.
    #[must_use]
    pub fn counts(&self) -> Option<Discovery> {
        let once = self.cells.values().filter(|is_repeated| !**is_repeated);
        (self.runs > 0).then(|| Discovery {
            runs: self.runs,
            violated_runs: self.violated_runs,
            cells: self.cells.len() as u64,
            cells_seen_once: once.count() as u64,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::records;

    #[test]
    fn a_cell_that_one_run_covers_twice_was_seen_once() {
        let mut counter = DiscoveryCounter::default();
        assert_eq!(counter.counts(), None);
        let mut record = records::red();
        record.injections.push(record.injections[0].clone());
        counter.add(&record);
        let counts = counter.counts().unwrap();
        assert_eq!((counts.cells, counts.cells_seen_once), (1, 1));
        counter.add(&record);
        let counts = counter.counts().unwrap();
        assert_eq!((counts.runs, counts.violated_runs), (2, 2));
        assert_eq!((counts.cells, counts.cells_seen_once), (1, 0));
    }

    #[test]
    fn the_estimates_are_those_of_good_and_turing_and_of_the_rule_of_three() {
        let counts = Discovery {
            runs: 750,
            violated_runs: 0,
            cells: 300,
            cells_seen_once: 75,
        };
        assert_eq!(counts.new_cells_per_run(), Some(0.1));
        assert_eq!(
            counts.sentences(),
            [
                "about one further seed in 10 shows a new combination of fault, place and outcome: 75 of 300 were seen once in 750 seeds",
                "0 violations in 750 seeds: with 95 % confidence, less than 0.40 % of such seeds fail"
            ]
        );
        let early = Discovery {
            cells_seen_once: 1_500,
            ..counts
        };
        let told = &early.sentences()[0];
        assert!(
            told.starts_with("a further seed shows about 2.0 new"),
            "{told}"
        );
        let failed = Discovery {
            violated_runs: 1,
            ..counts
        };
        assert_eq!(failed.failing_share_max(), None);
        let few = Discovery { runs: 29, ..counts };
        assert!(few.sentences().is_empty());
        let all = Discovery {
            cells_seen_once: 0,
            ..counts
        };
        assert!(
            all.sentences()[0].contains("hardly"),
            "{:?}",
            all.sentences()
        );
    }
}
