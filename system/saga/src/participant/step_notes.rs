//! What a service tells about the steps that it applies: a line in the log, and a span, for each.
//!
//! Steps of many sagas share a batch. The span of a step is a part of its saga's trace. The span of the batch begins a trace and
//! has a link to every step, and every step has one to it.

use crate::{
    executor::STEP_TARGET,
    id::{SagaId, StepIndex},
    protocol::{Op, StepRequest},
    trace::{Span, SpanKind, TraceContext, Tracer},
};

use super::applier::Applied;

/// What is told about the steps of a batch.
pub(super) struct StepNotes {
    service: &'static str,
    steps: Vec<StepNote>,
    /// Ends after the spans of its steps.
    _batch: Span,
}

struct StepNote {
    saga: SagaId,
    step: StepIndex,
    op: Op,
    traceparent: Option<TraceContext>,
    span: Span,
}

impl StepNotes {
    /// Begins the spans of a batch. `None` if nobody wants to know.
    pub(super) fn begin(
        tracer: &Tracer,
        service: &'static str,
        steps: &[StepRequest],
    ) -> Option<Self> {
        let is_sampled =
            |step: &StepRequest| step.traceparent.is_some_and(TraceContext::is_sampled);
        let is_traced = tracer.is_on() && steps.iter().any(is_sampled);
        if !is_traced && !tracing::enabled!(target: STEP_TARGET, tracing::Level::DEBUG) {
            return None;
        }
        let mut batch = match is_traced {
            true => tracer.start_linked(SpanKind::Internal, "apply batch"),
            false => Span::unrecorded(None),
        };
        batch.set("likewise.service", service);
        batch.set("likewise.batch.steps", steps.len());
        let note = |step: &StepRequest| {
            let span = step_span(tracer, service, step, &batch);
            StepNote {
                saga: step.saga,
                step: step.step,
                op: step.op,
                traceparent: step.traceparent,
                span,
            }
        };
        let steps: Vec<StepNote> = steps.iter().map(note).collect();
        let recorded = steps.iter().filter(|step| step.span.is_recorded());
        let links = recorded.filter_map(|step| step.span.context());
        links.for_each(|context| batch.link(context));
        Some(Self {
            service,
            steps,
            _batch: batch,
        })
    }

    /// Ends the spans of a batch, and logs its steps.
    pub(super) fn end(self, applied: &[Applied]) {
        let (service, batch) = (self.service, self.steps.len());
        for (note, applied) in self.steps.into_iter().zip(applied) {
            let StepNote {
                saga,
                step,
                op,
                traceparent,
                mut span,
            } = note;
            let reply = applied.as_ref().ok().map(|reply| reply.name());
            let error = applied.as_ref().err().map(ToString::to_string);
            if let Some(reply) = reply {
                span.set("likewise.reply", reply);
            }
            if let Some(error) = error.as_ref().filter(|_| span.is_recorded()) {
                span.fail(error.clone());
            }
            let trace_id = traceparent.map(|context| format!("{:032x}", context.trace_id));
            tracing::debug!(
                target: STEP_TARGET,
                %saga,
                step,
                service,
                op = op.name(),
                reply,
                error,
                batch,
                trace_id,
                "{}",
                match reply {
                    Some(_) => "a step was applied",
                    None => "a step was not applied",
                }
            );
        }
    }
}

/// The span of a step, as a part of its saga's trace. A step without a trace has none.
fn step_span(tracer: &Tracer, service: &'static str, step: &StepRequest, batch: &Span) -> Span {
    let Some(parent) = step.traceparent else {
        return Span::unrecorded(None);
    };
    let mut span = tracer.start(Some(parent), SpanKind::Server, "step");
    if span.is_recorded() {
        span.rename(format!("{service} step {} {}", step.step, step.op.name()));
        span.set("likewise.service", service);
        span.set("likewise.saga.id", step.saga.to_string());
        span.set("likewise.step", step.step);
        span.set("likewise.op", step.op.name());
        if let Some(batch) = batch.context() {
            span.link(batch);
        }
    }
    span
}
