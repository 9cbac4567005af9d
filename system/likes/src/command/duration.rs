//! A duration on the command line: a number with its unit, such as `500ms`, `5s` or `5m`.

use std::{fmt, str::FromStr, time::Duration};

use jiff::SpanRelativeTo;

/// The shortest duration. Zero would turn a time limit into a permanent failure.
const MIN: Duration = Duration::from_millis(1);
/// The longest duration. Longer ones are probably typing errors.
const MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// A duration from one millisecond to a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct DurationOption(pub(crate) Duration);

/// The longest time of retention.
const PERIOD_MAX: Duration = Duration::from_secs(3_653 * 24 * 60 * 60);

/// Reads a time of retention, from one millisecond to ten years. A day has 24 hours.
pub(super) fn period(text: &str) -> Result<Duration, String> {
    let reason = || "give a number and its unit, such as 30s, 12h or 7d".to_owned();
    let given: jiff::Span = text.parse().map_err(|_| reason())?;
    let relative = SpanRelativeTo::days_are_24_hours();
    let given = given.to_duration(relative).map_err(|_| reason())?;
    match Duration::try_from(given) {
        Ok(period) if period >= MIN && period <= PERIOD_MAX => Ok(period),
        _ => Err("must be from 1ms to 10 years".to_owned()),
    }
}

impl FromStr for DurationOption {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let given: jiff::SignedDuration = text
            .parse()
            .map_err(|_| "give a number and its unit, such as 500ms, 5s or 5m".to_owned())?;
        match Duration::try_from(given) {
            Ok(duration) if duration >= MIN && duration <= MAX => Ok(Self(duration)),
            _ => Err("must be from 1ms to 24h".to_owned()),
        }
    }
}

impl fmt::Display for DurationOption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_a_number_with_its_unit() {
        let read = |text: &str| text.parse::<DurationOption>().map(|option| option.0);
        assert_eq!(read("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(read("5m"), Ok(Duration::from_secs(300)));
        for wrong in ["5", "", "-5s", "0s", "soon", "25h", "1ns"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
