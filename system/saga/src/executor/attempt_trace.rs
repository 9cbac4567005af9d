//! What is told about a request for a step: a line in the log, and a span.
//!
//! The line has the target [`STEP_TARGET`] and the level DEBUG. The services write a line of the same target, with the same
//! saga and step.

use tokio::time::Instant;
use tracing::Level;

use super::{attempts::Attempt, core::Core, saga_task::SagaTask};
use crate::{
    protocol::StepReply,
    trace::{Span, SpanKind, TraceContext},
};

/// The target of the lines about steps, in all services.
pub(crate) const STEP_TARGET: &str = "likewise::step";

/// The outcome of a saga that was undone.
pub(super) const COMPENSATED: &str = "compensated";

/// What is told about one request, from its sending to its reply.
pub(super) struct AttemptTrace {
    span: Span,
    /// When it was sent. Only known if it is logged.
    sent_at: Option<Instant>,
}

impl Default for AttemptTrace {
    fn default() -> Self {
        Self {
            span: Span::unrecorded(None),
            sent_at: None,
        }
    }
}

impl AttemptTrace {
    /// What the request carries.
    pub(super) fn context(&self) -> Option<TraceContext> {
        self.span.context()
    }

    fn micros(&self) -> Option<u64> {
        let micros = self.sent_at?.elapsed().as_micros();
        u64::try_from(micros).ok()
    }

    fn trace_id(&self) -> Option<String> {
        let context = self.context()?;
        Some(format!("{:032x}", context.trace_id))
    }
}

impl SagaTask {
    /// Begins what is told about a request that is to be sent.
    pub(super) fn attempt_trace(&self, core: &Core, attempt: &Attempt<'_>) -> AttemptTrace {
        let parent = self.span.context();
        let mut span = core.env.tracer.start(parent, SpanKind::Client, "step");
        if span.is_recorded() {
            let (step, op) = (self.step(attempt.step), attempt.op.name());
            span.rename(format!("{} {op}", step.name));
            span.set("likewise.saga.id", self.id.to_string());
            span.set("likewise.step", attempt.step);
            span.set("likewise.op", op);
            span.set("likewise.attempt", attempt.retry.failures.saturating_add(1));
            span.set("peer.service", step.service);
        }
        let is_logged = tracing::enabled!(target: STEP_TARGET, Level::DEBUG);
        AttemptTrace {
            span,
            sent_at: is_logged.then(Instant::now),
        }
    }

    /// Tells the reply of a request.
    pub(super) fn tell_reply(&self, mut attempt: Attempt<'_>, reply: &StepReply) {
        attempt.trace.span.set("likewise.reply", reply.name());
        let step = self.step(attempt.step);
        tracing::debug!(
            target: STEP_TARGET,
            saga = %self.id,
            step = attempt.step,
            name = step.name,
            service = step.service,
            op = attempt.op.name(),
            reply = reply.name(),
            attempt = attempt.retry.failures.saturating_add(1),
            micros = attempt.trace.micros(),
            trace_id = attempt.trace.trace_id(),
            "a step was answered"
        );
    }

    /// Tells that a request got no reply, and ends its span.
    pub(super) fn tell_no_reply(&self, attempt: &mut Attempt<'_>, reason: &str) {
        let mut trace = std::mem::take(&mut attempt.trace);
        if trace.span.is_recorded() {
            trace.span.fail(reason.to_owned());
        }
        let step = self.step(attempt.step);
        tracing::debug!(
            target: STEP_TARGET,
            saga = %self.id,
            step = attempt.step,
            name = step.name,
            service = step.service,
            op = attempt.op.name(),
            reason,
            attempt = attempt.retry.failures,
            micros = trace.micros(),
            trace_id = trace.trace_id(),
            "a step got no reply"
        );
    }

    /// Tells how the saga ended. Its clients know already.
    pub(super) fn tell_end(&mut self, outcome: &'static str) {
        self.span.set("likewise.saga.outcome", outcome);
        if outcome == COMPENSATED {
            self.span.fail("it was undone");
        }
        let trace_id = self.span.context();
        let trace_id = trace_id.map(|context| format!("{:032x}", context.trace_id));
        tracing::debug!(
            target: "likewise::saga",
            saga = %self.id,
            outcome,
            trace_id,
            "a saga has ended"
        );
    }
}
