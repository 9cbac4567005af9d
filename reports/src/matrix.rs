//! The coverage matrix of a campaign: what kind of fault struck at what kind of place, and how the sagas that it met
//! ended. What was planned and never struck is in it too.

use std::collections::BTreeMap;

use likewise_sim::{
    plan::FaultKind,
    record::{Cell, Ending, RunRecord, matrix},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::summary::FaultTally;

/// Kinds of faults by kinds of places by outcomes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Matrix {
    places: BTreeMap<(FaultKind, String), FaultTally>,
    cells: BTreeMap<Cell, u64>,
}

/// One kind of fault at one kind of place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Place {
    /// The fault's kind.
    pub kind: FaultKind,
    /// Its trigger, without numbers.
    pub cut: String,
    /// In the plans.
    pub planned: u64,
    /// Of those, struck.
    pub struck: u64,
    /// How the sagas ended that the strikes met.
    pub endings: BTreeMap<Ending, u64>,
}

impl Matrix {
    /// Counts a run in.
    pub fn add(&mut self, record: &RunRecord) {
        for (place, planned) in record.plan.faults.iter().enumerate() {
            let at = (planned.fault.kind(), planned.trigger.class());
            let tally = self.places.entry(at).or_default();
            tally.planned += 1;
            tally.struck += u64::from(record.injected.get(place).copied().unwrap_or(false));
        }
        matrix(&record.injections, &mut self.cells);
    }

    /// Counts another matrix in.
    pub fn merge(&mut self, other: &Self) {
        for (at, tally) in &other.places {
            let known = self.places.entry(at.clone()).or_default();
            known.planned += tally.planned;
            known.struck += tally.struck;
        }
        for (cell, count) in &other.cells {
            *self.cells.entry(cell.clone()).or_default() += count;
        }
    }

    /// How the sagas ended that a kind of fault met, wherever it struck.
    #[must_use]
    pub fn endings(&self, kind: FaultKind) -> BTreeMap<Ending, u64> {
        let mut endings = BTreeMap::new();
        for (cell, count) in self.cells.iter().filter(|(cell, _)| cell.kind == kind) {
            *endings.entry(cell.ending).or_default() += count;
        }
        endings
    }

    /// All of it, place by place.
    #[must_use]
    pub fn places(&self) -> Vec<Place> {
        let place = |((kind, cut), tally): (&(FaultKind, String), &FaultTally)| Place {
            kind: *kind,
            cut: cut.clone(),
            planned: tally.planned,
            struck: tally.struck,
            endings: BTreeMap::new(),
        };
        let mut places: Vec<Place> = self.places.iter().map(place).collect();
        for (cell, count) in &self.cells {
            let key = (cell.kind, &cell.place);
            let at = places.binary_search_by(|place| (place.kind, &place.cut).cmp(&key));
            if let Ok(at) = at {
                places[at].endings.insert(cell.ending, *count);
            }
        }
        places
    }

    /// It again, from its places.
    #[must_use]
    pub fn of_places(places: Vec<Place>) -> Self {
        let mut all = Self::default();
        for place in places {
            let Place { kind, cut, .. } = place;
            for (ending, count) in place.endings {
                let cell = Cell {
                    kind,
                    place: cut.clone(),
                    ending,
                };
                *all.cells.entry(cell).or_default() += count;
            }
            let tally = all.places.entry((kind, cut)).or_default();
            tally.planned += place.planned;
            tally.struck += place.struck;
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    #[test]
    fn what_struck_has_outcomes_and_what_did_not_is_still_there() {
        let mut matrix = Matrix::default();
        matrix.add(&samples::red());
        let places = matrix.places();
        let [struck, idle] = &places[..] else {
            panic!("{places:?}")
        };
        assert_eq!((struck.kind, struck.struck), (FaultKind::LoseReply, 1));
        assert_eq!(struck.cut, "reply of undo coordinator→article");
        assert_eq!(struck.endings, BTreeMap::from([(Ending::Violated, 1)]));
        assert_eq!((idle.kind, idle.planned), (FaultKind::Crash, 1));
        assert_eq!((idle.struck, idle.endings.len()), (0, 0));
        assert_eq!(matrix.endings(FaultKind::LoseReply), struck.endings);
    }

    #[test]
    fn matrices_add_up_and_survive_their_places() {
        let mut one = Matrix::default();
        one.add(&samples::red());
        let mut two = one.clone();
        two.merge(&one);
        let mut both = Matrix::default();
        both.add(&samples::red());
        both.add(&samples::red());
        assert_eq!(two, both);
        assert_eq!(Matrix::of_places(both.places()), both);
    }
}
