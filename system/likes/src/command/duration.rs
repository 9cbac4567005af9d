//! A duration on the command line within its range: `500ms`, `5s`, `1m30s`, or a number of seconds.

use std::{fmt, str::FromStr, time::Duration};

/// The shortest duration. Zero would turn a time limit into a permanent failure.
const MIN: Duration = Duration::from_millis(1);
/// The longest duration. Longer ones are probably typing errors.
const MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// A duration from one millisecond to a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct DurationOption(pub(crate) Duration);

/// The longest time of retention.
const PERIOD_MAX: Duration = Duration::from_secs(3_653 * 24 * 60 * 60);

/// Reads a time of retention, from one millisecond to ten years. A number alone is refused: it could be meant as a number of
/// sagas.
pub(super) fn period(text: &str) -> Result<Duration, String> {
    match likewise_cli::duration_with_unit(text)? {
        period if (MIN..=PERIOD_MAX).contains(&period) => Ok(period),
        _ => Err("must be from 1ms to 10 years".to_owned()),
    }
}

impl FromStr for DurationOption {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match likewise_cli::duration(text)? {
            duration if (MIN..=MAX).contains(&duration) => Ok(Self(duration)),
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
    fn a_duration_is_from_a_millisecond_to_a_day() {
        let read = |text: &str| text.parse::<DurationOption>().map(|option| option.0);
        assert_eq!(read("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(read("5m"), Ok(Duration::from_secs(300)));
        assert_eq!(read("1m30s"), Ok(Duration::from_secs(90)));
        assert_eq!(read("5"), Ok(Duration::from_secs(5)));
        for wrong in ["", "-5s", "0", "0s", "soon", "25h", "1ns"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
