//! Durations: `500ms`, `5s`, `1m30s`, `1.5h`, `7d`, or a number of seconds.

use std::time::Duration;

use jiff::{Span, SpanRelativeTo};

/// What to write instead of an invalid duration.
const FORMS: &str = "write a number and its unit, such as 500ms, 5s, 1m30s or 2h";

/// Reads a duration. A number without a unit is in seconds.
///
/// # Errors
/// The text is not a duration, or a negative one. The message names the forms.
pub fn duration(text: &str) -> Result<Duration, String> {
    match text.bytes().all(|byte| byte.is_ascii_digit()) {
        true => text
            .parse()
            .map(Duration::from_secs)
            .map_err(|_| FORMS.to_owned()),
        false => duration_with_unit(text),
    }
}

/// Reads a duration where a number alone could mean something else, and is refused. A day has 24 hours.
///
/// # Errors
/// The text is not a duration with its unit, or a negative one. The message names the forms.
pub fn duration_with_unit(text: &str) -> Result<Duration, String> {
    let span: Span = text.parse().map_err(|_| FORMS.to_owned())?;
    let given = span.to_duration(SpanRelativeTo::days_are_24_hours());
    let given = given.map_err(|_| FORMS.to_owned())?;
    Duration::try_from(given).map_err(|_| "must not be negative".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_has_every_usual_form() {
        for (text, millis) in [
            ("500ms", 500),
            ("5s", 5_000),
            ("5 s", 5_000),
            ("1.5s", 1_500),
            ("1m30s", 90_000),
            ("1m 30s", 90_000),
            ("2min", 120_000),
            ("1h", 3_600_000),
            ("1h5m", 3_900_000),
            ("2d", 172_800_000),
            ("PT5S", 5_000),
            ("7", 7_000),
            ("0", 0),
        ] {
            assert_eq!(duration(text), Ok(Duration::from_millis(millis)), "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_is_refused_with_the_forms() {
        for wrong in [
            "",
            "s",
            "soon",
            "3 parsecs",
            "1mo",
            "18446744073709551616",
            "-",
            "5s5",
        ] {
            let reason = duration(wrong).unwrap_err();
            assert!(reason.contains("1m30s"), "{wrong}: {reason}");
        }
        assert_eq!(duration("-5s").unwrap_err(), "must not be negative");
    }

    #[test]
    fn a_number_alone_may_be_refused() {
        assert!(duration_with_unit("7").is_err());
        let week = Duration::from_secs(7 * 24 * 60 * 60);
        assert_eq!(duration_with_unit("7d"), Ok(week));
    }
}
