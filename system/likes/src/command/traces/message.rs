//! Spans as messages of OTLP.

use likewise_saga::{
    time::Timestamp,
    trace::{EndedSpan, SpanKind, SpanValue, TraceContext},
};
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{AnyValue, InstrumentationScope, KeyValue, any_value::Value},
    resource::v1::Resource as ResourceMessage,
    trace::v1::{
        ResourceSpans, ScopeSpans, Span, Status,
        span::{Link, SpanKind as KindMessage},
        status::StatusCode,
    },
};
use prost::Message;

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The process that the spans are of.
pub(super) struct Resource(ResourceMessage);

impl Resource {
    pub(super) fn new(service: &str) -> Self {
        let attributes = vec![
            key_value("service.name", Value::StringValue(service.to_owned())),
            key_value("service.version", Value::StringValue(VERSION.to_owned())),
        ];
        Self(ResourceMessage {
            attributes,
            ..ResourceMessage::default()
        })
    }

    /// A request with these spans.
    pub(super) fn encode(&self, spans: Vec<EndedSpan>) -> Vec<u8> {
        let scope = InstrumentationScope {
            name: "likewise".to_owned(),
            version: VERSION.to_owned(),
            ..InstrumentationScope::default()
        };
        let scope_spans = ScopeSpans {
            scope: Some(scope),
            spans: spans.into_iter().map(span).collect(),
            ..ScopeSpans::default()
        };
        let resource_spans = ResourceSpans {
            resource: Some(self.0.clone()),
            scope_spans: vec![scope_spans],
            ..ResourceSpans::default()
        };
        let request = ExportTraceServiceRequest {
            resource_spans: vec![resource_spans],
        };
        request.encode_to_vec()
    }
}

fn span(ended: EndedSpan) -> Span {
    let (trace_id, span_id) = ids(ended.context);
    let parent = ended.parent.map(|parent| parent.to_be_bytes().to_vec());
    let kind = match ended.kind {
        SpanKind::Server => KindMessage::Server,
        SpanKind::Client => KindMessage::Client,
        SpanKind::Internal => KindMessage::Internal,
    };
    let attributes = ended.attributes.into_iter();
    Span {
        trace_id,
        span_id,
        parent_span_id: parent.unwrap_or_default(),
        flags: ended.context.flags.into(),
        name: ended.name.into_owned(),
        kind: kind.into(),
        start_time_unix_nano: nanos(ended.started_at),
        end_time_unix_nano: nanos(ended.ended_at),
        attributes: attributes
            .map(|(name, value)| key_value(name, self::value(value)))
            .collect(),
        links: ended.links.into_iter().map(link).collect(),
        status: ended.error.map(|message| Status {
            message: message.into_owned(),
            code: StatusCode::Error.into(),
        }),
        ..Span::default()
    }
}

fn link(to: TraceContext) -> Link {
    let (trace_id, span_id) = ids(to);
    Link {
        trace_id,
        span_id,
        flags: to.flags.into(),
        ..Link::default()
    }
}

fn ids(context: TraceContext) -> (Vec<u8>, Vec<u8>) {
    let TraceContext {
        trace_id, span_id, ..
    } = context;
    (
        trace_id.to_be_bytes().to_vec(),
        span_id.to_be_bytes().to_vec(),
    )
}

fn nanos(at: Timestamp) -> u64 {
    u64::try_from(at.0).unwrap_or(0).saturating_mul(1_000)
}

fn value(value: SpanValue) -> Value {
    match value {
        SpanValue::Text(text) => Value::StringValue(text.into_owned()),
        SpanValue::Number(number) => Value::IntValue(number),
        SpanValue::Flag(flag) => Value::BoolValue(flag),
    }
}

fn key_value(name: &str, value: Value) -> KeyValue {
    KeyValue {
        key: name.to_owned(),
        value: Some(AnyValue { value: Some(value) }),
        ..KeyValue::default()
    }
}
