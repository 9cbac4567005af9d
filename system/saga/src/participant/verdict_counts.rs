//! What a participant counts: how its barrier judged each request.
//!
//! A reply does not tell whether the action ran or its stored result was found. So the barrier tallies what really ran, in the
//! transaction ([`Tally`]). The counts are added after its commit.

use crate::{
    metrics::{Counter, MetricSpec, Samples},
    protocol::{Op, StepReply, StepRequest},
    store::Tally,
};

pub(crate) static VERDICTS: MetricSpec = MetricSpec::counter(
    "likewise_barrier_verdicts",
    &["service", "operation", "verdict"],
    "Requests for steps by what the barrier decided",
);

/// What the barrier decided of a request, or that it was not applied.
#[derive(Clone, Copy)]
enum Judged {
    /// The action ran, and its effect is stored.
    Applied,
    /// The action ran, and a business rule refused it.
    Refused,
    /// The reply of an earlier request was found.
    Stored,
    /// The compensation ran.
    Compensated,
    /// There was nothing to compensate, or it was compensated before.
    NothingToUndo,
    /// The action will never run.
    Dead,
    /// The saga is below the watermark.
    Stale,
    /// Another request has the step.
    Mismatch,
    /// The database did not apply it, or did not say so.
    Failed,
}

const NAMES: [&str; 9] = [
    "applied",
    "refused",
    "stored",
    "compensated",
    "nothing_to_undo",
    "dead",
    "stale",
    "mismatch",
    "failed",
];
const OPERATIONS: [&str; 3] = ["do", "undo", "seal"];

/// The verdicts of one participant.
#[derive(Default)]
pub(super) struct VerdictCounts([[Counter; NAMES.len()]; OPERATIONS.len()]);

impl VerdictCounts {
    /// Counts requests that were applied in one statement: every action ran.
    pub(super) fn add_single(&self, replies: &[Option<StepReply>]) {
        let applied = replies.iter().flatten().count();
        self.add(Op::Do, Judged::Applied, applied);
    }

    /// Counts the requests of a transaction that is committed.
    pub(super) fn add_committed(&self, tally: Tally, steps: &[StepRequest], replies: &[StepReply]) {
        // Which of several equal replies was a stored one makes no difference to their numbers.
        let Tally {
            mut applied,
            mut refused,
            mut compensated,
        } = tally;
        let take = |left: &mut usize, ran, other| match left.checked_sub(1) {
            Some(rest) => {
                *left = rest;
                ran
            }
            None => other,
        };
        for (step, reply) in steps.iter().zip(replies) {
            let judged = match (reply, step.op) {
                (StepReply::Done { .. }, Op::Do) => {
                    take(&mut applied, Judged::Applied, Judged::Stored)
                }
                (StepReply::Refused { .. }, Op::Do) => {
                    take(&mut refused, Judged::Refused, Judged::Stored)
                }
                (StepReply::Done { .. } | StepReply::Refused { .. }, _) => Judged::Stored,
                (StepReply::Undone, _) => {
                    take(&mut compensated, Judged::Compensated, Judged::NothingToUndo)
                }
                (StepReply::Dead, _) => Judged::Dead,
                (StepReply::Stale, _) => Judged::Stale,
                (StepReply::Mismatch, _) => Judged::Mismatch,
            };
            self.add(step.op, judged, 1);
        }
    }

    /// Counts the requests that have no reply in the end.
    pub(super) fn add_failed<'s>(&self, steps: impl IntoIterator<Item = &'s StepRequest>) {
        let steps = steps.into_iter();
        steps.for_each(|step| self.add(step.op, Judged::Failed, 1));
    }

    fn add(&self, op: Op, judged: Judged, number: usize) {
        let operation = match op {
            Op::Do => 0,
            Op::Undo => 1,
            Op::Seal => 2,
        };
        self.0[operation][judged as usize].inc_by(number as u64);
    }

    pub(super) fn collect(&self, samples: &mut Samples, service: &str) {
        for (operation, counters) in OPERATIONS.iter().zip(&self.0) {
            for (name, counter) in NAMES.iter().zip(counters) {
                samples.count_if_any(&VERDICTS, &[service, operation, name], counter);
            }
        }
    }
}
