//! Coverage: what the runs of a campaign have shown. A run is worth its time if it adds something, and a campaign is
//! complete when no run adds anything.
//!
//! Three kinds of things are counted, each once:
//! - a cell of the matrix: a kind of fault, at a kind of place, with an ending;
//! - a level of a property: how often one run exercised it, by powers of two; a batch or a queue that is full has levels, too;
//! - a pair of fault kinds that were injected in one run.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use likewise_world::{
    plan::FaultKind,
    record::{Cell, Ending, Injection, RunRecord},
};

/// What was covered so far.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Coverage {
    cells: BTreeSet<Cell>,
    levels: BTreeSet<(String, u32)>,
    pairs: BTreeSet<(FaultKind, FaultKind)>,
}

/// How much was covered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CoverageCounts {
    /// Cells of the matrix.
    pub cells: u64,
    /// Levels of properties, by powers of two.
    pub levels: u64,
    /// Pairs of fault kinds.
    pub pairs: u64,
}

impl Coverage {
    /// Adds a run. Returns whether it covered something new.
    pub fn add(&mut self, record: &RunRecord) -> bool {
        let before = self.counts();
        for injection in &record.injections {
            self.cells
                .extend(injection.endings.iter().map(|e| cell(injection, *e)));
        }
        for verdict in record.properties.iter().filter(|p| p.exercised > 0) {
            let level = verdict.exercised.ilog2();
            self.levels.insert((verdict.name.clone(), level));
        }
        for (what, count) in record.filled.iter().filter(|(_, count)| **count > 0) {
            self.levels
                .insert((format!("{what} is full"), count.ilog2()));
        }
        let kinds: BTreeSet<FaultKind> = record.injections.iter().map(|s| s.kind).collect();
        for kind in &kinds {
            let after = kinds.range(*kind..).skip(1);
            self.pairs.extend(after.map(|other| (*kind, *other)));
        }
        self.counts() != before
    }

    /// How much was covered.
    #[must_use]
    pub fn counts(&self) -> CoverageCounts {
        CoverageCounts {
            cells: self.cells.len() as u64,
            levels: self.levels.len() as u64,
            pairs: self.pairs.len() as u64,
        }
    }
}

fn cell(injection: &Injection, ending: Ending) -> Cell {
    Cell {
        kind: injection.kind,
        place: injection.place.clone(),
        ending,
    }
}
