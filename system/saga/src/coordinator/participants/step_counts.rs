//! What a coordinator counts of the steps that it sends to one service.

use tokio::time::Instant;

use crate::{
    metrics::{Counter, Histogram, MetricSpec, Samples},
    protocol::{NoReply, Op, StepReply},
};

pub(crate) static TIMES: MetricSpec = MetricSpec::histogram(
    "likewise_step_duration_seconds",
    &["service", "operation"],
    "From the moment a step is to be sent to its reply, or to the end of the wait for one; `do`, `undo` or `seal`",
);
pub(crate) static ATTEMPTS: MetricSpec = MetricSpec::counter(
    "likewise_step_attempts",
    &["service", "operation", "outcome"],
    "Attempts at steps by their reply, `no_reply`, or `abandoned` (the saga no longer wanted the reply)",
);

/// The names of the operations, in the order of [`index`].
pub(crate) const OPERATIONS: [&str; 3] = ["do", "undo", "seal"];

/// The outcomes of an attempt.
const OUTCOMES: [&str; 8] = [
    "done",
    "refused",
    "undone",
    "dead",
    "stale",
    "mismatch",
    "no_reply",
    "abandoned",
];
const NO_REPLY: usize = 6;
const ABANDONED: usize = 7;

/// The counts of the steps to one service.
pub(in crate::coordinator) struct StepCounts([OfOperation; OPERATIONS.len()]);

struct OfOperation {
    times: Histogram,
    outcomes: [Counter; OUTCOMES.len()],
}

/// An attempt that is under way. If it is dropped, it was abandoned.
pub(super) struct Attempt<'c> {
    counts: &'c OfOperation,
    began: Instant,
    outcome: usize,
}

/// The place of an operation in [`OPERATIONS`].
pub(crate) fn index(op: Op) -> usize {
    match op {
        Op::Do => 0,
        Op::Undo => 1,
        Op::Seal => 2,
    }
}

impl Default for StepCounts {
    fn default() -> Self {
        Self(std::array::from_fn(|_| OfOperation {
            times: Histogram::of_times(),
            outcomes: Default::default(),
        }))
    }
}

impl StepCounts {
    pub(super) fn begin(&self, op: Op) -> Attempt<'_> {
        Attempt {
            counts: &self.0[index(op)],
            began: Instant::now(),
            outcome: ABANDONED,
        }
    }

    pub(in crate::coordinator) fn collect(&self, samples: &mut Samples, service: &str) {
        for (operation, counts) in OPERATIONS.iter().zip(&self.0) {
            samples.histogram(&TIMES, &[service, operation], &counts.times);
            for (outcome, counter) in OUTCOMES.iter().zip(&counts.outcomes) {
                samples.count_if_any(&ATTEMPTS, &[service, operation, outcome], counter);
            }
        }
    }
}

impl Attempt<'_> {
    pub(super) fn end(mut self, reply: &Result<StepReply, NoReply>) {
        self.outcome = match reply {
            Ok(StepReply::Done { .. }) => 0,
            Ok(StepReply::Refused { .. }) => 1,
            Ok(StepReply::Undone) => 2,
            Ok(StepReply::Dead) => 3,
            Ok(StepReply::Stale) => 4,
            Ok(StepReply::Mismatch) => 5,
            Err(_) => NO_REPLY,
        };
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        self.counts.times.observe_time(self.began.elapsed());
        self.counts.outcomes[self.outcome].inc();
    }
}
