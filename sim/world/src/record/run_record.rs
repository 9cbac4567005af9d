//! The run record: everything that one run produced, versioned.

use std::{borrow::Cow, collections::BTreeMap};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Event, Injection, Labels, Outcome, PropertyVerdict, SagaCounts, Violation, Word};
use crate::plan::{FaultKind, InjectionPoint, Plan};

/// The version of the record's format.
///
/// Version 3 added the arrival of messages, the departure of answers, and the ids of the sagas.
pub const RECORD_VERSION: u32 = 3;

/// The record of one run: everything that it produced.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RunRecord {
    /// [`RECORD_VERSION`].
    pub version: u32,
    /// The plan of the run.
    pub plan: Plan,
    /// What is wrong with the system, if it is a planted bug. Empty for the product, and in older records.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    #[schemars(with = "String")]
    pub flaw: Word,
    /// What all operations of the plan do, in words. Empty in older records.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub caption: String,
    /// What each operation of the plan does, in words. Empty in older records.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub captions: Vec<String>,
    /// The services of the system, in the order in which they start. Empty in older records.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<String>")]
    pub services: Vec<Word>,
    /// How reports name the tables, rows and sagas of the system. Missing in older records, and if the system has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Labels>")]
    pub labels: Option<Cow<'static, Labels>>,
    /// The verdicts, in the order of the list of properties.
    pub properties: Vec<PropertyVerdict>,
    /// The violations in the order in which they were found. The first one explains the failure.
    pub violations: Vec<Violation>,
    /// Whether each fault of the plan was injected, in the order of the plan.
    #[serde(rename = "struck")]
    pub injected: Vec<bool>,
    /// Every injection of a fault, in order.
    #[serde(rename = "strikes")]
    pub injections: Vec<Injection>,
    /// Behaviours of the clients that are also kinds of faults: double clicks and retries.
    #[serde(rename = "habits")]
    pub behaviours: BTreeMap<FaultKind, u64>,
    /// How often each kind of batch or queue was full, in a plan with tight limits for them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub filled: BTreeMap<String, u64>,
    /// The sagas by outcome.
    pub sagas: SagaCounts,
    /// The operations of the clients by outcome.
    pub operations: BTreeMap<Outcome, u64>,
    /// Hanging actions that were refused: they arrived after their compensation or seal.
    pub hanging_refused: u64,
    /// Repeated steps that a barrier answered from its row.
    pub repeats_answered: u64,
    /// The duration of the run, in simulated microseconds.
    pub simulated_micros: u64,
    /// From the healing until nothing was in progress, in simulated microseconds.
    pub converged_after_micros: Option<u64>,
    /// The rolling hash over every event. The same plan gives the same hash.
    pub hash: String,
    /// The injection points that the run passed.
    #[serde(rename = "cuts")]
    pub injection_points: Vec<InjectionPoint>,
    /// Those of them that were reached: the reply to a request may never come. It is not written to files, because another
    /// run gives it again.
    #[serde(skip)]
    pub reached: Vec<InjectionPoint>,
    /// The ids of the sagas, in the order of their numbers.
    pub saga_ids: Vec<String>,
    /// Every event, in order. A campaign writes them to a separate file, one per line.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<Event>,
}

impl RunRecord {
    /// Whether no property was violated.
    #[must_use]
    pub fn is_green(&self) -> bool {
        self.violations.is_empty()
    }

    /// The same record without its events, which are most of it.
    #[must_use]
    pub fn without_events(&self) -> Self {
        Self {
            version: self.version,
            plan: self.plan.clone(),
            flaw: self.flaw.clone(),
            caption: self.caption.clone(),
            captions: self.captions.clone(),
            services: self.services.clone(),
            labels: self.labels.clone(),
            properties: self.properties.clone(),
            violations: self.violations.clone(),
            injected: self.injected.clone(),
            injections: self.injections.clone(),
            behaviours: self.behaviours.clone(),
            filled: self.filled.clone(),
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

    /// The number of injections by kind of fault, with the behaviours of the clients.
    #[must_use]
    pub fn faults(&self) -> BTreeMap<FaultKind, u64> {
        let mut faults = self.behaviours.clone();
        for injection in &self.injections {
            *faults.entry(injection.kind).or_default() += 1;
        }
        faults
    }
}
