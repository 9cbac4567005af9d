//! The probes and the compensation laws: the checker judges them itself, because no invariant is fed by them.

use likewise_saga::protocol::StepReply;

use super::{
    Checker, Findings, ObservedState,
    algebra::{self, Repeated},
    compensation_laws::{self, LawCheckResult},
    reuse::{self, Reuse},
};

impl Checker {
    /// The probe that repeats every step is done.
    pub fn probed(&mut self, before: &ObservedState, repeated: Repeated, event: usize) {
        let mut findings = Findings::default();
        algebra::repeats(before, &self.observed, repeated, &mut findings);
        self.record(findings, event);
    }

    /// The probe that reuses keys and steps is done.
    pub fn probed_reuse(&mut self, before: &ObservedState, reuse: &Reuse, event: usize) {
        let mut findings = Findings::default();
        reuse::reused(before, &self.observed, reuse, &mut findings);
        self.record(findings, event);
    }

    /// The probe that compensates before the action is done.
    pub fn probed_undo_first(
        &mut self,
        before: &ObservedState,
        replies: &[Vec<StepReply>],
        event: usize,
    ) {
        let mut findings = Findings::default();
        algebra::undo_first(before, &self.observed, replies, &mut findings);
        self.record(findings, event);
    }

    /// The compensation laws were tried at a compensation.
    pub fn laws_checked(&mut self, results: &[LawCheckResult], event: usize) {
        let mut findings = Findings::default();
        for result in results {
            compensation_laws::judge(result, &mut findings);
        }
        self.record(findings, event);
    }
}
