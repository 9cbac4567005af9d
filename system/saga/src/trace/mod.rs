//! Traces: what happened for one request, as spans in all services.
//!
//! ```text
//!  POST /articles/{id}/like                 the edge of the coordinator
//!   └─ saga like                            from its start to its end
//!       ├─ saga log append                  its start becomes durable
//!       ├─ count do ──► count do            the request, and the step at the article service
//!       └─ record do ─► record do           the same at the user service
//! ```
//!
//! A span begins with [`Tracer::start`] and ends when it is dropped. The spans of a task are no tree: a batch works for many
//! requests at once. So a context travels with what it belongs to, through queues and batches, and not with a task.
//!
//! A tracer that is off makes no spans and costs nothing. A context that a client sends is passed on all the same.
//!
//! Files: `tracer.rs` (makes spans), `span.rs` (a span), `observed.rs` (what the edge learns about its request).

mod observed;
mod span;
mod tracer;

pub use likewise_protocol::TraceContext;
pub use span::{EndedSpan, Span, SpanKind, SpanSink, SpanValue};
pub use tracer::Tracer;

pub(crate) use observed::{Observed, note_route, note_saga, request_context};
