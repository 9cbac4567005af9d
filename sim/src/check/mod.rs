//! What is checked, at every commit, at every answer, and at the end. One property, one file.

mod acknowledged;
mod algebra;
mod barrier_moves;
mod compensated;
mod completed;
mod convergence;
mod counts;
mod divergence;
mod durable;
mod epochs;
mod history;
mod keys;
mod laws;
mod linearizable;
mod mirror;
mod pairs;
mod restored;
mod reuse;
#[cfg(test)]
mod samples;
mod told;

use std::collections::{BTreeSet, HashSet};

use likewise_saga::{
    id::{SagaId, StepIndex},
    protocol::{Op, StepReply, StepRequest},
};

pub use algebra::Repeated;
pub use history::{Attempt, ClientOp, History};
pub use laws::{Law, Trial};
pub use mirror::{Delta, LikeRow, Mirror, SagaMirror};
pub use reuse::Reuse;

use crate::{
    plan::{Action, Family, Host, Plan, PlannedFault},
    record::{Change, Outcome, PropertyVerdict, SagaCounts, Standing, Violation},
};

/// Something that must be true.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Property {
    /// Its name.
    pub name: &'static str,
    /// It, in one plain sentence.
    pub about: &'static str,
}

/// Every property, in the order in which reports show them.
pub const PROPERTIES: &[Property] = &[
    pairs::PROPERTY,
    restored::PROPERTY,
    counts::COUNT_IS_DELTAS,
    counts::NEVER_NEGATIVE,
    barrier_moves::PROPERTY,
    completed::PROPERTY,
    compensated::PROPERTY,
    acknowledged::PROPERTY,
    divergence::PROPERTY,
    epochs::PROPERTY,
    durable::PROPERTY,
    told::PROPERTY,
    convergence::SAGAS_END,
    convergence::LIKES_EQUAL_RECORDS,
    keys::PROPERTY,
    linearizable::PROPERTY,
    algebra::REPEATS_CHANGE_NOTHING,
    algebra::UNDO_FIRST_HOLDS,
    reuse::PROPERTY,
    laws::TWICE,
    laws::REDO,
    laws::EARLY,
    laws::BESIDE,
];

/// What an invariant has to say.
#[derive(Default)]
pub struct Findings {
    exercised: Vec<(&'static str, u64)>,
    violated: Vec<(&'static str, String)>,
}

impl Findings {
    /// The property was put to the test so often.
    pub fn exercised(&mut self, property: Property, times: u64) {
        if times > 0 {
            self.exercised.push((property.name, times));
        }
    }

    /// The property was put to the test, and holds unless there is something to say.
    pub fn require(&mut self, property: Property, holds: bool, detail: impl FnOnce() -> String) {
        self.exercised(property, 1);
        if !holds {
            self.violated.push((property.name, detail()));
        }
    }

    /// The violations so far.
    #[must_use]
    pub fn violations(&self) -> &[(&'static str, String)] {
        &self.violated
    }
}

/// One invariant. Whatever it does not look at, it leaves alone.
pub trait Invariant: Send {
    /// When a service has started.
    fn booted(&mut self, _: Host) {}

    /// After a commit, with everything it changed.
    fn after_commit(&mut self, _: &Mirror, _: &[Delta], _: &mut Findings) {}

    /// When a user asks for something.
    fn invoked(&mut self, _: &ClientOp) {}

    /// When a user has an answer, or gives up.
    fn returned(&mut self, _: &ClientOp, _: &Mirror, _: &mut Findings) {}

    /// When everything has come to rest.
    fn at_rest(&mut self, _: &Mirror, _: &History, _: &mut Findings) {}
}

/// Watches a run.
pub struct Checker {
    mirror: Mirror,
    history: History,
    /// A write that a broken disk failed may be there all the same.
    disk_is_sound: bool,
    invariants: Vec<Box<dyn Invariant>>,
    exercised: std::collections::BTreeMap<&'static str, u64>,
    violations: Vec<Violation>,
    violated: BTreeSet<String>,
    steps_sent: Vec<(Host, StepRequest)>,
    hanging_refused: u64,
    repeats_answered: u64,
    answered: HashSet<(SagaId, StepIndex, Op)>,
}

impl Checker {
    /// A watcher of a run of this plan.
    #[must_use]
    pub fn new(plan: &Plan) -> Self {
        let of_disk = |planned: &PlannedFault| planned.fault.kind().family() == Family::Disk;
        Self {
            mirror: Mirror::default(),
            history: History::default(),
            disk_is_sound: !plan.faults.iter().any(of_disk),
            invariants: vec![
                Box::new(pairs::OneRecordPerPair),
                Box::new(restored::Restored::default()),
                Box::new(counts::Counts),
                Box::new(barrier_moves::BarrierMoves),
                Box::new(completed::Completed),
                Box::new(compensated::Compensated),
                Box::new(acknowledged::Acknowledged::default()),
                Box::new(divergence::Divergence),
                Box::new(epochs::Epochs::default()),
                Box::new(told::Told::default()),
                Box::new(convergence::Convergence),
                Box::new(keys::OneReplyPerKey),
                Box::new(linearizable::Linearizable),
            ],
            exercised: std::collections::BTreeMap::new(),
            violations: Vec::new(),
            violated: BTreeSet::new(),
            steps_sent: Vec::new(),
            hanging_refused: 0,
            repeats_answered: 0,
            answered: HashSet::new(),
        }
    }

    /// A service has started.
    pub fn booted(&mut self, host: Host) {
        for invariant in &mut self.invariants {
            invariant.booted(host);
        }
    }

    /// A service has started again and found these rows in its database.
    pub fn reopened(&mut self, host: Host, rows: &[Change], event: usize) {
        if !self.disk_is_sound {
            return;
        }
        let mut found = Mirror::default();
        found.apply(host, rows);
        let mut findings = Findings::default();
        durable::reopened(host.first(), &self.mirror, &found, &mut findings);
        self.keep(findings, event);
    }

    /// A commit changed rows.
    pub fn committed(&mut self, host: Host, changes: &[Change], event: usize) {
        let deltas = self.mirror.apply(host, changes);
        let mut findings = Findings::default();
        for invariant in &mut self.invariants {
            invariant.after_commit(&self.mirror, &deltas, &mut findings);
        }
        self.keep(findings, event);
    }

    /// A user asks for something.
    pub fn invoked(&mut self, op: ClientOp) -> usize {
        for invariant in &mut self.invariants {
            invariant.invoked(&op);
        }
        self.history.push(op)
    }

    /// The network will deliver a copy of a client's write that carries no key. It is a new write,
    /// whose effect nobody will tell: what a key is for.
    pub fn repeated_unkeyed(&mut self, user: i64, action: Action, article: i64) {
        let op = ClientOp {
            operation: None,
            user,
            action,
            article,
            key: None,
            invoked: 0,
            returned: usize::MAX,
            attempts: Vec::new(),
            outcome: Outcome::Unknown,
        };
        let place = self.invoked(op);
        self.returned(place, Vec::new(), Outcome::Unknown, usize::MAX);
    }

    /// A user has an answer, or gives up.
    pub fn returned(
        &mut self,
        place: usize,
        attempts: Vec<Attempt>,
        outcome: Outcome,
        event: usize,
    ) {
        let op = self.history.close(place, attempts, outcome, event);
        let mut findings = Findings::default();
        for invariant in &mut self.invariants {
            invariant.returned(op, &self.mirror, &mut findings);
        }
        self.keep(findings, event);
    }

    /// Everything has come to rest.
    pub fn at_rest(&mut self, event: usize) {
        let mut findings = Findings::default();
        for invariant in &mut self.invariants {
            invariant.at_rest(&self.mirror, &self.history, &mut findings);
        }
        self.keep(findings, event);
    }

    /// The probes after the end are done: nothing may have changed.
    pub fn probed(&mut self, before: &Mirror, repeated: Repeated, event: usize) {
        let mut findings = Findings::default();
        algebra::repeats(before, &self.mirror, repeated, &mut findings);
        self.keep(findings, event);
    }

    /// The probe of known keys and steps is done.
    pub fn probed_reuse(&mut self, before: &Mirror, reuse: &Reuse, event: usize) {
        let mut findings = Findings::default();
        reuse::reused(before, &self.mirror, reuse, &mut findings);
        self.keep(findings, event);
    }

    /// The probe of a compensation before its action is done: nothing may have changed.
    pub fn probed_undo_first(&mut self, before: &Mirror, replies: &[Vec<StepReply>], event: usize) {
        let mut findings = Findings::default();
        algebra::undo_first(before, &self.mirror, replies, &mut findings);
        self.keep(findings, event);
    }

    /// A law of compensations was tried at a compensation.
    pub fn tried(&mut self, trials: &[Trial], event: usize) {
        let mut findings = Findings::default();
        for trial in trials {
            laws::judge(trial, &mut findings);
        }
        self.keep(findings, event);
    }

    /// A request for a step that was sent, if there was one.
    #[must_use]
    pub fn step_sent(&self, saga: uuid::Uuid, step: i64) -> Option<&StepRequest> {
        let is_it = |sent: &&(Host, StepRequest)| {
            sent.1.saga.0 == saga && i64::try_from(sent.1.step) == Ok(step)
        };
        self.steps_sent
            .iter()
            .rev()
            .find(is_it)
            .map(|(_, step)| step)
    }

    /// Steps were sent to a service.
    pub fn sent(&mut self, steps: &[StepRequest], to: Host) {
        self.steps_sent
            .extend(steps.iter().map(|step| (to, step.clone())));
    }

    /// A service answered a step, with `dead` or otherwise.
    pub fn step_replied(&mut self, step: &StepRequest, is_dead: bool) {
        if step.op == Op::Do && is_dead {
            self.hanging_refused += 1;
        }
        if !self.answered.insert((step.saga, step.step, step.op)) {
            self.repeats_answered += 1;
        }
    }

    /// What the databases hold.
    #[must_use]
    pub fn mirror(&self) -> &Mirror {
        &self.mirror
    }

    /// Every step that was ever sent, with its service.
    #[must_use]
    pub fn steps_sent(&self) -> &[(Host, StepRequest)] {
        &self.steps_sent
    }

    /// Hanging actions that were refused, and repeats that were answered.
    #[must_use]
    pub fn barrier_counts(&self) -> (u64, u64) {
        (self.hanging_refused, self.repeats_answered)
    }

    /// What the users did and saw.
    #[must_use]
    pub fn history(&self) -> &History {
        &self.history
    }

    /// How the sagas stand.
    #[must_use]
    pub fn sagas(&self) -> SagaCounts {
        self.mirror.saga_counts()
    }

    /// The first violation of each property.
    #[must_use]
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }

    /// Writes the time into violations from this place on.
    pub fn stamp(&mut self, from: usize, at_micros: u64) {
        for violation in &mut self.violations[from..] {
            violation.at_micros = at_micros;
        }
    }

    /// How every property fared.
    #[must_use]
    pub fn verdicts(&self) -> Vec<PropertyVerdict> {
        let verdict = |property: &Property| {
            let exercised = self.exercised.get(property.name).copied().unwrap_or(0);
            PropertyVerdict {
                name: property.name.to_owned(),
                exercised,
                standing: match (self.violated.contains(property.name), exercised) {
                    (true, _) => Standing::Violated,
                    (false, 0) => Standing::NeverExercised,
                    (false, _) => Standing::Held,
                },
            }
        };
        PROPERTIES.iter().map(verdict).collect()
    }

    fn keep(&mut self, findings: Findings, event: usize) {
        for (name, times) in findings.exercised {
            *self.exercised.entry(name).or_default() += times;
        }
        for (name, detail) in findings.violated {
            // The first sight of a violation explains it; what follows is its wake.
            if self.violated.insert(name.to_owned()) {
                self.violations.push(Violation {
                    property: name.to_owned(),
                    detail,
                    at_micros: 0,
                    event,
                });
            }
        }
    }
}
