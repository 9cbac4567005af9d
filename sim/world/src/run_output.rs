//! What a run has recorded, on its way into the run record.

use std::{borrow::Cow, collections::BTreeMap, time::Duration};

use super::{
    System,
    check::{Checker, History},
    plan::{FaultKind, InjectionPoint, Plan},
    record::{Event, Injection, Outcome, RECORD_VERSION, RunRecord, Word},
};

/// Everything that a run has recorded.
pub struct RunOutput {
    /// The rolling hash over every event.
    pub hash: String,
    /// The injection points that the run passed.
    pub injection_points: Vec<InjectionPoint>,
    /// Those of them that were reached.
    pub reached: Vec<InjectionPoint>,
    /// Whether each fault of the plan was injected.
    pub injected: Vec<bool>,
    /// Every injection, in order.
    pub injections: Vec<Injection>,
    /// Behaviours of clients that are also kinds of faults.
    pub behaviours: BTreeMap<FaultKind, u64>,
    /// The ids of the sagas, in the order of their numbers.
    pub saga_ids: Vec<String>,
    /// How often each kind of batch or queue was full.
    pub filled: BTreeMap<String, u64>,
    /// Every event, in order.
    pub events: Vec<Event>,
}

impl RunOutput {
    /// The record of the run: this output, with what the checker knows.
    pub(super) fn into_record(
        self,
        (plan, system): (&Plan, &dyn System),
        checker: &Checker,
        simulated: Duration,
        converged: Option<Duration>,
        (hanging_refused, repeats_answered): (u64, u64),
    ) -> RunRecord {
        let services = system.services().iter();
        let flaw = system.planted_bug(&plan.system);
        RunRecord {
            version: RECORD_VERSION,
            plan: plan.clone(),
            flaw: flaw.map_or_else(Word::default, |bug| bug.about.into()),
            caption: system.caption_of_workload(plan),
            captions: system.captions(plan),
            services: services.map(|it| it.name.text().into()).collect(),
            labels: system.labels().map(Cow::Borrowed),
            properties: checker.verdicts(),
            violations: checker.violations().to_vec(),
            injected: self.injected,
            injections: self.injections,
            behaviours: self.behaviours,
            sagas: checker.sagas(),
            operations: operations(checker.history()),
            hanging_refused,
            repeats_answered,
            simulated_micros: micros(simulated),
            converged_after_micros: converged.map(micros),
            hash: self.hash,
            injection_points: self.injection_points,
            reached: self.reached,
            saga_ids: self.saga_ids,
            filled: self.filled,
            events: self.events,
        }
    }
}

/// The operations of the clients by outcome, without copies that the network delivered.
fn operations(history: &History) -> BTreeMap<Outcome, u64> {
    let mut operations: BTreeMap<Outcome, u64> = BTreeMap::new();
    let planned = history.ops().iter().filter(|op| op.operation.is_some());
    for op in planned {
        *operations.entry(op.outcome).or_default() += 1;
    }
    operations
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
