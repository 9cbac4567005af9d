//! The fault matrix of a campaign: which kinds of faults fired at which kinds of injection points, and how the sagas
//! that they affected ended. Faults that were planned and never fired are rows too.

use std::collections::BTreeMap;

use likewise_world::{
    plan::FaultKind,
    record::{Cell, Ending, RunRecord, matrix},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How often faults of one kind were planned and fired.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FaultTally {
    /// Plans with at least one such fault.
    pub plans: u64,
    /// Faults in the plans.
    pub planned: u64,
    /// Faults that fired.
    pub fired: u64,
}

/// Counts by kind of fault, kind of injection point and outcome.
///
/// The two maps have different keys, because a fault that never fired has a place in the plan but no outcome.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FaultMatrix {
    tallies: BTreeMap<(FaultKind, String), FaultTally>,
    cells: BTreeMap<Cell, u64>,
}

/// One row of the matrix: one kind of fault at one kind of injection point.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Place")]
pub struct MatrixRow {
    /// The kind of fault.
    pub kind: FaultKind,
    /// The kind of injection point: the fault's trigger without its numbers.
    #[serde(rename = "cut")]
    pub injection_point: String,
    /// Faults in the plans.
    pub planned: u64,
    /// Faults that fired.
    #[serde(rename = "struck")]
    pub fired: u64,
    /// How the affected sagas ended.
    pub endings: BTreeMap<Ending, u64>,
}

impl FaultMatrix {
    /// Adds a run.
    ///
    /// `injected` has one entry for each fault of the plan. A missing entry counts as not fired.
    pub fn add(&mut self, record: &RunRecord) {
        for (index, planned) in record.plan.faults.iter().enumerate() {
            let at = (planned.fault.kind(), planned.trigger.class());
            let tally = self.tallies.entry(at).or_default();
            tally.planned += 1;
            tally.fired += u64::from(record.injected.get(index).copied().unwrap_or(false));
        }
        matrix(&record.injections, &mut self.cells);
    }

    /// Adds another matrix.
    ///
    /// `plans` is not used here: a row is a kind at one injection point, and the summary counts plans by kind.
    pub fn merge(&mut self, other: &Self) {
        for (at, tally) in &other.tallies {
            let known = self.tallies.entry(at.clone()).or_default();
            known.planned += tally.planned;
            known.fired += tally.fired;
        }
        for (cell, count) in &other.cells {
            *self.cells.entry(cell.clone()).or_default() += count;
        }
    }

    /// How the sagas ended that this kind of fault affected, at any injection point.
    #[must_use]
    pub fn endings(&self, kind: FaultKind) -> BTreeMap<Ending, u64> {
        let mut endings = BTreeMap::new();
        for (cell, count) in self.cells.iter().filter(|(cell, _)| cell.kind == kind) {
            *endings.entry(cell.ending).or_default() += count;
        }
        endings
    }

    /// The rows, sorted by kind and injection point.
    ///
    /// The tallies are a sorted map, so the rows are sorted and can be searched by halves.
    #[must_use]
    pub fn rows(&self) -> Vec<MatrixRow> {
        let row =
            |((kind, injection_point), tally): (&(FaultKind, String), &FaultTally)| MatrixRow {
                kind: *kind,
                injection_point: injection_point.clone(),
                planned: tally.planned,
                fired: tally.fired,
                endings: BTreeMap::new(),
            };
        let mut rows: Vec<MatrixRow> = self.tallies.iter().map(row).collect();
        for (cell, count) in &self.cells {
            let key = (cell.kind, &cell.place);
            let found = rows.binary_search_by(|row| (row.kind, &row.injection_point).cmp(&key));
            if let Ok(index) = found {
                rows[index].endings.insert(cell.ending, *count);
            }
        }
        rows
    }

    /// The matrix with these rows: the inverse of [`rows`](Self::rows).
    #[must_use]
    pub fn of_rows(rows: Vec<MatrixRow>) -> Self {
        let mut matrix = Self::default();
        for row in rows {
            for (ending, count) in row.endings {
                let cell = Cell {
                    kind: row.kind,
                    place: row.injection_point.clone(),
                    ending,
                };
                *matrix.cells.entry(cell).or_default() += count;
            }
            let key = (row.kind, row.injection_point);
            let tally = matrix.tallies.entry(key).or_default();
            tally.planned += row.planned;
            tally.fired += row.fired;
        }
        matrix
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::records;

    /// A fault that never fired must be visible, or nobody would notice that it never does.
    #[test]
    fn a_fired_fault_has_outcomes_and_an_idle_one_is_still_a_row() {
        let mut matrix = FaultMatrix::default();
        matrix.add(&records::red());
        let rows = matrix.rows();
        let [fired, idle] = &rows[..] else {
            panic!("{rows:?}")
        };
        assert_eq!((fired.kind, fired.fired), (FaultKind::LoseReply, 1));
        assert_eq!(fired.injection_point, "reply of undo coordinator→store");
        assert_eq!(fired.endings, BTreeMap::from([(Ending::Violated, 1)]));
        assert_eq!((idle.kind, idle.planned), (FaultKind::Crash, 1));
        assert_eq!((idle.fired, idle.endings.len()), (0, 0));
        assert_eq!(matrix.endings(FaultKind::LoseReply), fired.endings);
    }

    #[test]
    fn matrices_add_up_and_can_be_rebuilt_from_their_rows() {
        let mut one = FaultMatrix::default();
        one.add(&records::red());
        let mut two = one.clone();
        two.merge(&one);
        let mut both = FaultMatrix::default();
        both.add(&records::red());
        both.add(&records::red());
        assert_eq!(two, both);
        assert_eq!(FaultMatrix::of_rows(both.rows()), both);
    }
}
