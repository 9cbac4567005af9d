//! A length of time on the command line: a number with its unit, such as `500ms`, `5s` or `5m`.

use std::{fmt, str::FromStr, time::Duration};

/// The longest that can be asked for: a day.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// A length of time from one millisecond to a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Span(pub(crate) Duration);

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let given: jiff::SignedDuration = text
            .parse()
            .map_err(|_| "give a number and its unit, such as 500ms, 5s or 5m".to_owned())?;
        match Duration::try_from(given) {
            Ok(span) if span >= Duration::from_millis(1) && span <= LONGEST => Ok(Self(span)),
            _ => Err("must be from 1ms to 24h".to_owned()),
        }
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_a_number_with_its_unit() {
        let read = |text: &str| text.parse::<Span>().map(|span| span.0);
        assert_eq!(read("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(read("5m"), Ok(Duration::from_secs(300)));
        for wrong in ["5", "", "-5s", "0s", "soon", "25h", "1ns"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
