//! Makes spans, with ids from a random stream of their own.

use std::{borrow::Cow, sync::Arc};

use super::{EndedSpan, Span, SpanKind, SpanSink, TraceContext};
use crate::{env::Clock, random_stream::RandomStream, time::Timestamp};

/// How often an id of 0, which no span may have, is drawn again.
const DRAWS_MAX: u32 = 8;

/// Makes spans. Clones share it. The default one is off.
#[derive(Clone, Default)]
pub struct Tracer(Option<Arc<Recorder>>);

/// What the spans of one tracer share.
pub(super) struct Recorder {
    clock: Arc<dyn Clock>,
    ids: RandomStream,
    /// Of 2³² traces that begin here, so many are recorded.
    share: u64,
    pub(super) sink: Arc<dyn SpanSink>,
}

impl Recorder {
    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn span_id(&self) -> u64 {
        let mut drawn = (0..DRAWS_MAX).map(|_| self.ids.next());
        drawn.find(|id| *id != 0).unwrap_or(1)
    }

    fn begin(
        &self,
        context: TraceContext,
        parent: Option<u64>,
        kind: SpanKind,
        name: Cow<'static, str>,
    ) -> EndedSpan {
        let now = self.now();
        EndedSpan {
            context,
            parent,
            links: Vec::new(),
            name,
            kind,
            started_at: now,
            ended_at: now,
            attributes: Vec::new(),
            error: None,
        }
    }

    /// The context of a trace that begins here.
    fn root(&self) -> TraceContext {
        let trace_id = self.ids.draw().max(1);
        let is_sampled = trace_id & u128::from(u32::MAX) < u128::from(self.share);
        TraceContext {
            trace_id,
            span_id: self.span_id(),
            flags: u8::from(is_sampled),
        }
    }
}

impl Tracer {
    /// A tracer that makes no spans.
    #[must_use]
    pub fn off() -> Self {
        Self::default()
    }

    /// A tracer whose ended spans go to `sink`. `seed` begins the random stream of their ids, and `share`, from 0 to 1, is the
    /// part of the traces beginning here that is recorded. The sender of a context decides that for its own trace.
    #[must_use]
    pub fn new(seed: u64, clock: Arc<dyn Clock>, share: f64, sink: Arc<dyn SpanSink>) -> Self {
        // From 0 to 2³², so the conversion loses nothing but a fraction.
        let share = (share.clamp(0.0, 1.0) * 4_294_967_296.0) as u64;
        Self(Some(Arc::new(Recorder {
            clock,
            ids: RandomStream::new(seed),
            share,
            sink,
        })))
    }

    /// Whether spans are made.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// Begins a trace that is recorded in any case, because it shares work with one that is.
    pub(crate) fn start_linked(&self, kind: SpanKind, name: &'static str) -> Span {
        let Some(recorder) = &self.0 else {
            return Span::unrecorded(None);
        };
        let TraceContext {
            trace_id, span_id, ..
        } = recorder.root();
        let context = TraceContext::sampled(trace_id, span_id);
        Span::recorded(
            Arc::clone(recorder),
            recorder.begin(context, None, kind, name.into()),
        )
    }

    /// Begins a span. Without a parent it begins a trace.
    pub fn start(
        &self,
        parent: Option<TraceContext>,
        kind: SpanKind,
        name: impl Into<Cow<'static, str>>,
    ) -> Span {
        let Some(recorder) = &self.0 else {
            return Span::unrecorded(parent);
        };
        let context = match parent {
            Some(parent) if !parent.is_sampled() => return Span::unrecorded(Some(parent)),
            Some(parent) => TraceContext {
                span_id: recorder.span_id(),
                ..parent
            },
            None => recorder.root(),
        };
        if !context.is_sampled() {
            return Span::unrecorded(Some(context));
        }
        let parent = parent.map(|parent| parent.span_id);
        let span = recorder.begin(context, parent, kind, name.into());
        Span::recorded(Arc::clone(recorder), span)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::trace::SpanValue;

    #[derive(Default)]
    struct Spans(Mutex<Vec<EndedSpan>>);

    impl SpanSink for Spans {
        fn ended(&self, span: EndedSpan) {
            self.0.lock().unwrap().push(span);
        }
    }

    struct Stopped;

    impl Clock for Stopped {
        fn now(&self) -> Timestamp {
            Timestamp(5)
        }
    }

    fn tracer(share: f64) -> (Tracer, Arc<Spans>) {
        let spans = Arc::new(Spans::default());
        let sink = Arc::clone(&spans);
        (Tracer::new(1, Arc::new(Stopped), share, sink), spans)
    }

    #[test]
    fn a_span_is_a_part_of_its_parent_and_ends_when_it_is_dropped() {
        let (tracer, spans) = tracer(1.0);
        let mut root = tracer.start(None, SpanKind::Server, "root");
        root.set("answer", 42_u32);
        let mut child = tracer.start(root.context(), SpanKind::Internal, "child");
        child.fail("broken");
        drop((child, root));
        let spans = spans.0.lock().unwrap();
        let [child, root] = spans.as_slice() else {
            panic!("{spans:?}")
        };
        assert_eq!(child.parent, Some(root.context.span_id));
        assert_eq!(child.context.trace_id, root.context.trace_id);
        assert_eq!(child.error.as_deref(), Some("broken"));
        assert_eq!(root.attributes, [("answer", SpanValue::Number(42))]);
    }

    #[test]
    fn a_trace_that_its_sender_does_not_record_is_passed_on_and_not_recorded() {
        let (tracer, spans) = tracer(1.0);
        let parent = TraceContext {
            trace_id: 7,
            span_id: 8,
            flags: 0,
        };
        let span = tracer.start(Some(parent), SpanKind::Server, "quiet");
        assert_eq!(span.context(), Some(parent));
        drop(span);
        assert_eq!(*spans.0.lock().unwrap(), []);
    }

    #[test]
    fn a_tracer_that_is_off_passes_a_context_on_and_makes_none() {
        let parent = TraceContext::sampled(7, 8);
        let context = |parent| Tracer::off().start(parent, SpanKind::Server, "x").context();
        assert_eq!(context(Some(parent)), Some(parent));
        assert_eq!(context(None), None);
    }

    #[test]
    fn a_share_of_the_traces_is_recorded() {
        for (share, expected) in [(0.0, 0..=0), (0.25, 200..=300), (1.0, 1_000..=1_000)] {
            let (tracer, spans) = tracer(share);
            (0..1_000).for_each(|_| drop(tracer.start(None, SpanKind::Internal, "x")));
            let recorded = spans.0.lock().unwrap().len();
            assert!(expected.contains(&recorded), "{share}: {recorded}");
        }
    }
}
