//! The log as JSON: one object a line, with the same keys in every line.
//!
//! ```json
//! {"time":"2026-01-01T00:00:00.000000Z","level":"WARN","target":"likewise_saga::http","message":"…","request_id":"…"}
//! ```
//!
//! The four keys above come first. Then come the fields of the event and of the spans around it, as strings, numbers and
//! booleans. The format of the library has other names and puts the fields of spans into nested objects.

use std::fmt;

use serde::Serializer;
use serde_json::{Deserializer, Map, Value};
use tracing::{Event, Subscriber};
use tracing_subscriber::{
    fmt::{
        FmtContext, FormatEvent, FormatFields, FormattedFields,
        format::Writer,
        time::{FormatTime, SystemTime},
    },
    registry::LookupSpan,
};

use super::fields::{Fields, JsonFields};

/// The keys that every line has. A field with one of these names gets an underscore.
const KEYS: [&str; 4] = ["time", "level", "target", "message"];

/// Formats each event as a JSON object in a line.
pub(super) struct JsonLines;

impl<S> FormatEvent<S, JsonFields> for JsonLines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    JsonFields: for<'a> FormatFields<'a>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, JsonFields>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut fields = span_fields(context);
        let mut own = Fields::default();
        event.record(&mut own);
        let message = own.0.remove("message").unwrap_or_default();
        fields.extend(own.0);
        for key in KEYS {
            if let Some(value) = fields.remove(key) {
                fields.insert(format!("{key}_"), value);
            }
        }
        let metadata = event.metadata();
        let head = [
            now().into(),
            metadata.level().as_str().into(),
            metadata.target().into(),
            message,
        ];
        let keys = KEYS.into_iter().zip(&head);
        let fields = fields.iter().map(|(name, value)| (name.as_str(), value));
        writeln!(
            writer,
            "{}",
            object(keys.chain(fields)).map_err(|_| fmt::Error)?
        )
    }
}

/// An object with its keys in this order.
fn object<'v>(
    entries: impl Iterator<Item = (&'v str, &'v Value)>,
) -> Result<String, serde_json::Error> {
    let mut text = Vec::new();
    serde_json::Serializer::new(&mut text).collect_map(entries)?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

fn now() -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = SystemTime.format_time(&mut Writer::new(&mut text));
    text
}

/// The fields of the spans around an event. Those of an inner span win.
fn span_fields<S>(context: &FmtContext<'_, S, JsonFields>) -> Map<String, Value>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let mut all = Map::new();
    for span in context
        .event_scope()
        .into_iter()
        .flat_map(|scope| scope.from_root())
    {
        let extensions = span.extensions();
        let Some(formatted) = extensions.get::<FormattedFields<JsonFields>>() else {
            continue;
        };
        // Fields that were recorded later follow in an object of their own.
        let objects = Deserializer::from_str(&formatted.fields).into_iter::<Map<String, Value>>();
        objects.flatten().for_each(|fields| all.extend(fields));
    }
    all
}
