//! What a fault met when it struck, and how that ended: the cells of the coverage matrix.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::world::plan::FaultKind;

/// One injection of one fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Injection {
    /// The fault's place in the plan.
    pub fault: usize,
    /// Its kind.
    pub kind: FaultKind,
    /// At what kind of place it struck: its trigger without numbers.
    #[serde(rename = "cut")]
    pub place: String,
    /// The place of the event that says so, in the run's events.
    pub event: usize,
    /// How the sagas ended that it met: those of the message it struck, else those that were open.
    /// `NoSaga`, if there was none.
    pub endings: Vec<Ending>,
}

/// How a saga ended that a fault had met.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// Every step is done, by the coordinator that began it.
    Committed,
    /// Undone, by the coordinator that began it.
    Compensated,
    /// Done or undone, by a later life of a coordinator.
    Resumed,
    /// Ended after it had been parked.
    Parked,
    /// Not ended, or in a run that violated a property.
    Violated,
    /// The fault met no saga.
    NoSaga,
}

impl Ending {
    /// All of them.
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

/// A cell of the coverage matrix: a kind of fault at a kind of place with an outcome.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct Cell {
    /// The fault's kind.
    pub kind: FaultKind,
    /// Where it struck.
    #[serde(rename = "cut")]
    pub place: String,
    /// How a saga that it met ended.
    pub ending: Ending,
}

/// Counts injections into the cells of the matrix.
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
