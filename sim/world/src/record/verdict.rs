//! The verdicts of a run: on each property, and on the sagas.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Word;

/// The status of a property in a run, or in a campaign.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum PropertyStatus {
    /// It was exercised and held.
    #[serde(rename = "held")]
    Passed,
    /// Nothing happened that could have violated it, so the run says nothing about it.
    NeverExercised,
    /// It was violated.
    Violated,
}

/// The verdict on one property.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PropertyVerdict {
    /// Its name.
    pub name: String,
    /// The property in one sentence. Empty in older records.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    #[schemars(with = "String")]
    pub about: Word,
    /// The part of the system that keeps it, and its rule. Empty in older records.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    #[schemars(with = "String")]
    pub kept_by: Word,
    /// Its status.
    #[serde(rename = "standing")]
    pub status: PropertyStatus,
    /// How often it was exercised.
    pub exercised: u64,
}

/// A violation of a property.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Violation {
    /// The name of the property.
    pub property: String,
    /// What was seen, in one sentence.
    pub detail: String,
    /// When, in simulated microseconds.
    pub at_micros: u64,
    /// The place of the event that showed it, among the events of the run.
    pub event: usize,
}

/// The sagas of a run by outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SagaCounts {
    /// Completed.
    pub completed: u64,
    /// Compensated, or refused before any step was done.
    pub compensated: u64,
    /// Of those two: recovered by a later incarnation of a coordinator.
    pub recovered: u64,
    /// Parked at least once.
    pub parked: u64,
    /// Still open at the end of the run.
    pub open: u64,
}
