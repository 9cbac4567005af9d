//! A span: one piece of work, with its beginning and its end.

use std::{borrow::Cow, sync::Arc};

use super::{TraceContext, tracer::Recorder};
use crate::time::Timestamp;

/// The part of a span in an exchange between two processes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpanKind {
    /// Answers a request of another process.
    Server,
    /// Sends a request to another process.
    Client,
    /// Everything else.
    Internal,
}

/// The value of an attribute.
#[derive(Debug, Clone, PartialEq)]
pub enum SpanValue {
    /// A text.
    Text(Cow<'static, str>),
    /// A whole number.
    Number(i64),
    /// True or false.
    Flag(bool),
}

impl From<&'static str> for SpanValue {
    fn from(text: &'static str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for SpanValue {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl From<usize> for SpanValue {
    fn from(number: usize) -> Self {
        Self::Number(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<u16> for SpanValue {
    fn from(number: u16) -> Self {
        Self::Number(number.into())
    }
}

impl From<u32> for SpanValue {
    fn from(number: u32) -> Self {
        Self::Number(number.into())
    }
}

impl From<bool> for SpanValue {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

/// A span that has ended.
#[derive(Debug, Clone, PartialEq)]
pub struct EndedSpan {
    /// Its trace and its id.
    pub context: TraceContext,
    /// The span that it is a part of. `None` for the root of a trace.
    pub parent: Option<u64>,
    /// Spans that belong to it without being its parent: the requests that share a batch.
    pub links: Vec<TraceContext>,
    /// Its name.
    pub name: Cow<'static, str>,
    /// Its kind.
    pub kind: SpanKind,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended. Not before its beginning.
    pub ended_at: Timestamp,
    /// Its attributes.
    pub attributes: Vec<(&'static str, SpanValue)>,
    /// Why it failed, if it did.
    pub error: Option<Cow<'static, str>>,
}

/// Takes the spans that have ended.
pub trait SpanSink: Send + Sync {
    /// Takes a span. Must return at once: it is called where requests are served.
    fn ended(&self, span: EndedSpan);
}

/// A span that goes on. It ends when it is dropped.
///
/// Of a trace that is not recorded, only the context is here.
#[must_use = "a span ends when it is dropped"]
pub struct Span {
    context: Option<TraceContext>,
    open: Option<Box<Open>>,
}

struct Open {
    recorder: Arc<Recorder>,
    span: EndedSpan,
}

impl Span {
    /// Nothing is recorded; the context is passed on.
    pub fn unrecorded(context: Option<TraceContext>) -> Self {
        Self {
            context,
            open: None,
        }
    }

    pub(super) fn recorded(recorder: Arc<Recorder>, span: EndedSpan) -> Self {
        Self {
            context: Some(span.context),
            open: Some(Box::new(Open { recorder, span })),
        }
    }

    /// What a request carries that is a part of this span. `None` if it belongs to no trace.
    #[must_use]
    pub fn context(&self) -> Option<TraceContext> {
        self.context
    }

    /// Whether the span is recorded. If not, what would be noted in it need not be made.
    #[must_use]
    pub fn is_recorded(&self) -> bool {
        self.open.is_some()
    }

    /// Sets an attribute.
    pub fn set(&mut self, name: &'static str, value: impl Into<SpanValue>) {
        if let Some(open) = &mut self.open {
            open.span.attributes.push((name, value.into()));
        }
    }

    /// Changes the name.
    pub fn rename(&mut self, name: impl Into<Cow<'static, str>>) {
        if let Some(open) = &mut self.open {
            open.span.name = name.into();
        }
    }

    /// Adds a link to a span that shares the work.
    pub fn link(&mut self, to: TraceContext) {
        if let Some(open) = &mut self.open {
            open.span.links.push(to);
        }
    }

    /// Marks the span as failed.
    pub fn fail(&mut self, why: impl Into<Cow<'static, str>>) {
        if let Some(open) = &mut self.open {
            open.span.error = Some(why.into());
        }
    }
}

impl Drop for Span {
    fn drop(&mut self) {
        if let Some(open) = self.open.take() {
            let Open { recorder, mut span } = *open;
            span.ended_at = recorder.now().max(span.started_at);
            recorder.sink.ended(span);
        }
    }
}
