//! A request without a reply is sent again after the pause that the configuration states.
//!
//! The pause after the n-th failure in a row is judged against what it may be then. So a back-off that never resets is found at
//! the first failure of the next request, long before the longest pause. While a fault delays requests, the longest pause counts.

use std::{collections::BTreeMap, time::Duration};

use likewise_saga::{
    coordinator::{CoordinatorConfig, pause_longest},
    id::{SagaId, StepIndex},
    protocol::{Op, StepRequest},
};

use super::{Delta, Findings, Property, fault_windows::FaultWindow};
use crate::{
    plan::{Family, Host, Plan},
    process::coordinator_config::coordinator_config,
};

pub(crate) const PROPERTY: Property = Property {
    name: "retries-within-bound",
    about: "a request without a reply is sent again within its time-out and the pause that its failures allow",
    exercised_by: "a step that is sent again: `lose-request` or `lose-reply`, without `queue_max`",
    kept_by: "the retry policy: the pauses grow from the shortest one, and a reply ends them",
};

/// Events have the time of a tick, and several waits end one after another.
const TICKS: u32 = 10;

/// The last attempt at each request of a saga.
pub(crate) struct Retries {
    config: CoordinatorConfig,
    slack: Duration,
    /// Whether a queue may be full. An attempt that it refuses is never sent, and the next one waits for another pause, so the
    /// time between two messages has no bound.
    queues_are_short: bool,
    /// How long a fault may delay requests after its end.
    recovery: Duration,
    last: BTreeMap<(Host, SagaId, StepIndex, Op), Attempt>,
}

/// The last attempt at a request.
struct Attempt {
    /// When it was. `None` if the process was paused since.
    at: Option<Duration>,
    /// When the first of these attempts was.
    first: Duration,
    /// The attempts in a row, with this one.
    number: u32,
    /// The epoch of the saga log. In another epoch, the saga was recovered, and its retries begin anew.
    epoch: Option<i64>,
}

impl Retries {
    pub(super) fn new(plan: &Plan) -> Self {
        Self {
            config: coordinator_config(plan, Host::COORDINATOR),
            queues_are_short: plan.limits.queue_max.is_some(),
            slack: Duration::from_millis(plan.timing.tick_millis) * TICKS,
            recovery: plan.timing.statement_timeout()
                + Duration::from_millis(plan.timing.step_timeout_millis) * 2,
            last: BTreeMap::new(),
        }
    }

    /// A process has started. Its retries begin anew.
    pub(super) fn started(&mut self, host: Host) {
        self.last.retain(|(from, ..), _| *from != host);
    }

    /// A process was paused, or resumes. The time until its next attempt says nothing. It has not forgotten its failures.
    pub(super) fn interrupted(&mut self, host: Host) {
        let of_host = self.last.iter_mut().filter(|((from, ..), _)| *from == host);
        of_host.for_each(|(_, last)| last.at = None);
    }

    /// An order was given about a saga: the time until its next attempt says nothing. Its failures are not forgotten.
    pub(super) fn changed(&mut self, delta: &Delta) {
        if let Delta::Ordered {
            saga: Some(ordered),
            ..
        } = delta
        {
            let all = self.last.iter_mut();
            let of_saga = all.filter(|((_, saga, ..), _)| saga.0 == *ordered);
            of_saga.for_each(|(_, last)| last.at = None);
        }
    }

    /// A reply has arrived. If the process sends the request again all the same, it recovers the saga, for example because the log
    /// did not confirm its next status. That is no retry.
    pub(super) fn replied(&mut self, to: Host, step: &StepRequest) {
        self.last.remove(&(to, step.saga, step.step, step.op));
    }

    pub(super) fn sent(
        &mut self,
        (from, epoch): (Host, Option<i64>),
        step: &StepRequest,
        now: Duration,
        faults: &[FaultWindow],
        findings: &mut Findings,
    ) {
        let key = (from, step.saga, step.step, step.op);
        let last = self.last.get(&key).filter(|last| last.epoch == epoch);
        let number = last.map_or(1, |last| last.number + 1);
        if let Some(last) = last
            && let Some(at) = last.at
            && !self.queues_are_short
        {
            let took = now.saturating_sub(at);
            let bound = self.bound(match self.delays_others(faults, last.first, now) {
                true => u32::MAX,
                false => last.number,
            });
            findings.require(PROPERTY, took <= bound, || {
                let (took, bound) = (took.as_millis(), bound.as_millis());
                format!("{from} sent a request again {took} ms after attempt {}, and not within {bound} ms", last.number)
            });
        }
        let first = last.map_or(now, |last| last.first);
        let at = Some(now);
        let attempt = Attempt {
            at,
            first,
            number,
            epoch,
        };
        self.last.insert(key, attempt);
    }

    /// Whether a fault may have kept requests in the queue for longer than their time-out. Such attempts fail before they are
    /// sent, so there may be more failures than messages.
    fn delays_others(&self, faults: &[FaultWindow], first: Duration, now: Duration) -> bool {
        let from = first.saturating_sub(self.recovery);
        let delays = |window: &FaultWindow| match window.fault.kind().family() {
            Family::Client => false,
            Family::Message => window.since < window.until,
            _ => true,
        };
        faults
            .iter()
            .any(|window| delays(window) && window.overlaps(from, now))
    }

    /// The longest time from one attempt to the next: its time-out, the pause, and the time-out of the batch before it.
    fn bound(&self, failures: u32) -> Duration {
        self.config.step_timeout * 2 + pause_longest(&self.config, failures) + self.slack
    }
}

#[cfg(test)]
mod tests {
    use likewise_saga::protocol::Document;
    use uuid::Uuid;

    use super::*;

    const HOST: Host = Host::COORDINATOR;
    const EPOCH: Option<i64> = Some(1);

    fn step() -> StepRequest {
        StepRequest {
            saga: SagaId(Uuid::from_u128(1)),
            step: 0,
            op: Op::Do,
            args: Document::default(),
            fingerprint: 0,
            traceparent: None,
        }
    }

    /// How often the second of two attempts was judged, and how often it was a violation.
    fn judged(
        after: fn(Duration) -> Duration,
        between: fn(&mut Retries),
        epoch: i64,
    ) -> (usize, usize) {
        let mut retries = Retries::new(&Plan::new("x"));
        let mut findings = Findings::default();
        retries.sent((HOST, EPOCH), &step(), Duration::ZERO, &[], &mut findings);
        between(&mut retries);
        let now = after(retries.bound(1));
        retries.sent((HOST, Some(epoch)), &step(), now, &[], &mut findings);
        (findings.exercised.len(), findings.violations().len())
    }

    #[test]
    fn a_retry_within_the_bound_is_fine_and_a_later_one_is_a_violation() {
        assert_eq!(judged(|bound| bound, |_| {}, 1), (1, 0));
        assert_eq!(judged(|bound| bound * 2, |_| {}, 1), (1, 1));
    }

    /// Seeds 26643 and 67118: the log was slow, and a scan took the saga up again.
    #[test]
    fn a_request_that_was_answered_and_is_sent_again_is_no_retry() {
        let reply = |retries: &mut Retries| retries.replied(HOST, &step());
        assert_eq!(judged(|bound| bound * 2, reply, 1), (0, 0));
        let of_another = |retries: &mut Retries| retries.replied(Host::NETWORK, &step());
        assert_eq!(judged(|bound| bound * 2, of_another, 1), (1, 1));
    }

    #[test]
    fn an_attempt_after_a_pause_of_the_process_or_in_another_epoch_is_not_judged() {
        let pause = |retries: &mut Retries| retries.interrupted(HOST);
        assert_eq!(judged(|bound| bound * 2, pause, 1), (0, 0));
        let restart = |retries: &mut Retries| retries.started(HOST);
        assert_eq!(judged(|bound| bound * 2, restart, 1), (0, 0));
        assert_eq!(judged(|bound| bound * 2, |_| {}, 2), (0, 0));
    }
}
