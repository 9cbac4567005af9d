//! Injections of faults, and the outcome of the sagas that they affected: the cells of the coverage matrix.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::plan::FaultKind;

/// One injection of one fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Injection {
    /// The fault's place in the plan.
    pub fault: usize,
    /// Its kind.
    pub kind: FaultKind,
    /// The class of its trigger: the place without numbers.
    #[serde(rename = "cut")]
    pub place: String,
    /// The place of its event among the events of the run.
    pub event: usize,
    /// The outcomes of the affected sagas: those of the message, or those that were open. `NoSaga` if there were none.
    pub endings: Vec<Ending>,
}

/// The outcome of a saga that a fault affected.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// Completed by the incarnation that began it.
    Committed,
    /// Compensated by the incarnation that began it.
    Compensated,
    /// Completed or compensated by a later incarnation.
    Resumed,
    /// Ended after it was parked.
    Parked,
    /// Not ended, or part of a run that violated a property.
    Violated,
    /// The fault affected no saga.
    NoSaga,
}

impl Ending {
    /// All outcomes.
    pub const ALL: [Self; 6] = [
        Self::Committed,
        Self::Compensated,
        Self::Resumed,
        Self::Parked,
        Self::Violated,
        Self::NoSaga,
    ];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Committed => "committed",
            Self::Compensated => "compensated",
            Self::Resumed => "resumed",
            Self::Parked => "parked",
            Self::Violated => "violated",
            Self::NoSaga => "no saga",
        }
    }
}

/// A cell of the coverage matrix: a kind of fault, a class of place, an outcome.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct Cell {
    /// The fault's kind.
    pub kind: FaultKind,
    /// The class of its trigger.
    #[serde(rename = "cut")]
    pub place: String,
    /// The outcome of an affected saga.
    pub ending: Ending,
}

/// Adds injections to the cells of the matrix.
pub fn matrix(injections: &[Injection], into: &mut BTreeMap<Cell, u64>) {
    for injection in injections {
        for ending in &injection.endings {
            let cell = Cell {
                kind: injection.kind,
                place: injection.place.clone(),
                ending: *ending,
            };
            *into.entry(cell).or_default() += 1;
        }
    }
}
