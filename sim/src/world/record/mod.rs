//! The run record: everything one run produced, versioned. Reports are made from it alone.

mod event;
mod injection;
mod recorder;
mod row;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use event::{Change, ChangeOp, Event, EventKind, Outcome, StepNote, Word};
pub use injection::{Cell, Ending, Injection, matrix};
pub use recorder::Recorder;
pub use row::{Row, RowError, RowSyntaxError, SqlValue};

pub use super::plan::InjectionPoint;
use super::plan::{FaultKind, Plan};

/// The version of the record's format.
///
/// Version 3 added when a message arrives and its answer leaves, and the identities of the sagas.
pub const RECORD_VERSION: u32 = 3;

/// How a property fared in a run, or in a campaign.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum PropertyStatus {
    /// It was put to the test and held.
    #[serde(rename = "held")]
    Passed,
    /// Nothing happened that could have violated it: says nothing.
    NeverExercised,
    /// It was violated.
    Violated,
}

/// One property in one run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PropertyVerdict {
    /// Its name.
    pub name: String,
    /// How it fared.
    #[serde(rename = "standing")]
    pub status: PropertyStatus,
    /// How often it was put to the test.
    pub exercised: u64,
}

/// A property that was violated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Violation {
    /// Which property.
    pub property: String,
    /// What was seen, in one sentence.
    pub detail: String,
    /// When, in simulated microseconds.
    pub at_micros: u64,
    /// The place of the event that showed it, in the run's events.
    pub event: usize,
}

/// How the run's sagas ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SagaCounts {
    /// Every step is done.
    pub completed: u64,
    /// Undone, or refused before anything was done.
    pub compensated: u64,
    /// Of those two, taken up again by recovery after their coordinator died.
    pub recovered: u64,
    /// Parked at least once.
    pub parked: u64,
    /// Not ended when the run was.
    pub open: u64,
}

/// Everything one run produced.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RunRecord {
    /// [`RECORD_VERSION`].
    pub version: u32,
    /// What was run.
    pub plan: Plan,
    /// In the catalogue's order.
    pub properties: Vec<PropertyVerdict>,
    /// In the order in which they were seen; the first is the one that explains.
    pub violations: Vec<Violation>,
    /// Which of the plan's faults struck, by their places.
    #[serde(rename = "struck")]
    pub injected: Vec<bool>,
    /// Every strike of a fault, in order.
    #[serde(rename = "strikes")]
    pub injections: Vec<Injection>,
    /// How often the users did what also counts as a fault: double clicks, retries.
    #[serde(rename = "habits")]
    pub behaviours: BTreeMap<FaultKind, u64>,
    /// How the sagas ended.
    pub sagas: SagaCounts,
    /// Operations of the users by outcome.
    pub operations: BTreeMap<Outcome, u64>,
    /// Hanging actions that arrived after their compensation or seal, and were refused.
    pub hanging_refused: u64,
    /// Repeats that a barrier answered from its row.
    pub repeats_answered: u64,
    /// How long the run was, in simulated microseconds.
    pub simulated_micros: u64,
    /// From the healing until everything was right, in simulated microseconds.
    pub converged_after_micros: Option<u64>,
    /// The rolling hash over every event: the same for the same plan.
    pub hash: String,
    /// Where faults could have struck.
    #[serde(rename = "cuts")]
    pub injection_points: Vec<InjectionPoint>,
    /// Those of them that were reached: the reply to a request may never come. Not written: another run tells.
    #[serde(skip)]
    pub reached: Vec<InjectionPoint>,
    /// The identities of the sagas that messages count: the first is number 1's.
    pub saga_ids: Vec<String>,
    /// Everything that happened, in order. In a file they may stand beside the rest, one a line.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<Event>,
}

impl RunRecord {
    /// Whether no property was violated.
    #[must_use]
    pub fn is_green(&self) -> bool {
        self.violations.is_empty()
    }

    /// The same without its events, which are most of it.
    #[must_use]
    pub fn without_events(&self) -> Self {
        Self {
            version: self.version,
            plan: self.plan.clone(),
            properties: self.properties.clone(),
            violations: self.violations.clone(),
            injected: self.injected.clone(),
            injections: self.injections.clone(),
            behaviours: self.behaviours.clone(),
            sagas: self.sagas,
            operations: self.operations.clone(),
            hanging_refused: self.hanging_refused,
            repeats_answered: self.repeats_answered,
            simulated_micros: self.simulated_micros,
            converged_after_micros: self.converged_after_micros,
            hash: self.hash.clone(),
            injection_points: self.injection_points.clone(),
            reached: Vec::new(),
            saga_ids: self.saga_ids.clone(),
            events: Vec::new(),
        }
    }

    /// How often each kind of fault struck, those of the workload among them.
    #[must_use]
    pub fn faults(&self) -> BTreeMap<FaultKind, u64> {
        let mut faults = self.behaviours.clone();
        for strike in &self.injections {
            *faults.entry(strike.kind).or_default() += 1;
        }
        faults
    }
}
