//! The trace that a request belongs to, as W3C Trace Context writes it in the header `traceparent`.
//!
//! A batch carries the steps of many sagas, so each step carries its own context. It decides nothing.
//!
//! # Source
//! <https://www.w3.org/TR/trace-context/>

use std::{fmt, str::FromStr};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, Visitor},
};

/// The flag that asks to record the trace.
const SAMPLED: u8 = 1;

/// A position in a trace: the trace, and the span that is the parent of what comes next.
///
/// ```
/// use likewise_protocol::TraceContext;
///
/// let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
/// let context: TraceContext = text.parse().unwrap();
/// assert!(context.is_sampled());
/// assert_eq!(context.to_string(), text);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TraceContext {
    /// The trace. Never 0.
    pub trace_id: u128,
    /// The span. Never 0.
    pub span_id: u64,
    /// The trace flags.
    pub flags: u8,
}

impl TraceContext {
    /// A context whose trace is recorded.
    #[must_use]
    pub fn sampled(trace_id: u128, span_id: u64) -> Self {
        Self {
            trace_id,
            span_id,
            flags: SAMPLED,
        }
    }

    /// Passes its text on. The machinery of formatting would make the code of every other message slower, which has no trace.
    fn with_text<T>(self, pass: impl FnOnce(&str) -> T) -> T {
        let mut text = *b"00-00000000000000000000000000000000-0000000000000000-00";
        write_hex(&mut text[3..35], self.trace_id);
        write_hex(&mut text[36..52], self.span_id.into());
        write_hex(&mut text[53..], self.flags.into());
        pass(std::str::from_utf8(&text).unwrap_or_default())
    }

    /// Whether the trace is recorded.
    #[must_use]
    pub fn is_sampled(self) -> bool {
        self.flags & SAMPLED != 0
    }
}

impl fmt::Display for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.with_text(|text| f.write_str(text))
    }
}

/// A text is no `traceparent`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no traceparent of W3C Trace Context")]
pub struct InvalidTraceContext;

impl FromStr for TraceContext {
    type Err = InvalidTraceContext;

    /// Reads version 00, and of later versions the part that version 00 has.
    fn from_str(text: &str) -> Result<Self, InvalidTraceContext> {
        let mut parts = text.split('-');
        let mut part = |digits| hex(parts.next(), digits);
        let (version, trace_id) = (part(2)?, part(32)?);
        let (span_id, flags) = (part(16)?, part(2)?);
        let has_more = parts.next().is_some();
        let is_known = version != 0xff && (version != 0 || !has_more);
        match (u64::try_from(span_id), u8::try_from(flags)) {
            (Ok(span_id), Ok(flags)) if is_known && trace_id != 0 && span_id != 0 => Ok(Self {
                trace_id,
                span_id,
                // Version 00 knows no other flag.
                flags: flags & SAMPLED,
            }),
            _ => Err(InvalidTraceContext),
        }
    }
}

/// Writes a number as hexadecimal digits, in lower case.
fn write_hex(digits: &mut [u8], mut number: u128) {
    for digit in digits.iter_mut().rev() {
        *digit = b"0123456789abcdef"[(number % 16) as usize];
        number /= 16;
    }
}

/// A number of so many hexadecimal digits, in lower case.
fn hex(text: Option<&str>, digits: usize) -> Result<u128, InvalidTraceContext> {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    let text = text.filter(|text| text.len() == digits && text.bytes().all(is_digit));
    u128::from_str_radix(text.ok_or(InvalidTraceContext)?, 16).map_err(|_| InvalidTraceContext)
}

impl Serialize for TraceContext {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.with_text(|text| to.serialize_str(text))
    }
}

/// Reads the context of a request. A text that is none counts as none: no request may fail because of its trace.
///
/// # Errors
/// The value is neither text nor null.
pub(crate) fn lenient<'d, D: Deserializer<'d>>(from: D) -> Result<Option<TraceContext>, D::Error> {
    struct Text;

    impl Visitor<'_> for Text {
        type Value = Option<TraceContext>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a traceparent")
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
            Ok(text.parse().ok())
        }

        fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
            Ok(None)
        }
    }

    from.deserialize_any(Text)
}

impl<'de> Deserialize<'de> for TraceContext {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        lenient(from)?.ok_or_else(|| D::Error::custom(InvalidTraceContext))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const SPAN: &str = "00f067aa0ba902b7";

    fn parse(text: &str) -> Option<TraceContext> {
        text.parse().ok()
    }

    #[test]
    fn a_context_is_written_as_it_is_read() {
        for flags in ["00", "01"] {
            let text = format!("00-{TRACE}-{SPAN}-{flags}");
            let context = parse(&text).unwrap();
            assert_eq!(context.is_sampled(), flags == "01");
            assert_eq!(context.to_string(), text);
            let json = serde_json::to_string(&context).unwrap();
            assert_eq!(
                serde_json::from_str::<TraceContext>(&json).unwrap(),
                context
            );
        }
    }

    #[test]
    fn a_later_version_is_read_as_far_as_it_is_known() {
        let context = parse(&format!("cc-{TRACE}-{SPAN}-ff-more")).unwrap();
        assert_eq!(context.to_string(), format!("00-{TRACE}-{SPAN}-01"));
    }

    #[test]
    fn what_the_standard_calls_invalid_is_no_context() {
        let (no_trace, no_span) = ("0".repeat(32), "0".repeat(16));
        for wrong in [
            String::new(),
            format!("00-{TRACE}-{SPAN}"),
            format!("00-{TRACE}-{SPAN}-1"),
            format!("00-{TRACE}-{SPAN}-01-more"),
            format!("ff-{TRACE}-{SPAN}-01"),
            format!("00-{no_trace}-{SPAN}-01"),
            format!("00-{TRACE}-{no_span}-01"),
            format!("00-{}-{SPAN}-01", TRACE.to_uppercase()),
            format!("00-{TRACE}-{SPAN}-0g"),
            format!("00-{TRACE}-+0f067aa0ba902b7-01"),
        ] {
            assert_eq!(parse(&wrong), None, "{wrong}");
        }
    }
}
