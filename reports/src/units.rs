//! Numbers and times as text: the one formatter of each kind, used by every renderer.

use std::time::Duration;

/// A time in the unit that suits its size: `900 ms`, `1.5 s`, `2.5 min`, `2.5 h`.
#[must_use]
pub fn span(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    match time.as_secs() {
        0 => format!("{} ms", time.as_millis()),
        1..120 => format!("{seconds:.1} s"),
        120..7_200 => format!("{:.1} min", seconds / 60.0),
        _ => format!("{:.1} h", seconds / 3_600.0),
    }
}

/// [`span`] of a number of seconds, which is how reports store times. Negative and non-finite numbers count as 0.
pub(crate) fn seconds_span(seconds: f64) -> String {
    span(Duration::try_from_secs_f64(seconds).unwrap_or_default())
}

/// [`span`] of a number of microseconds.
pub(crate) fn micros_span(micros: u64) -> String {
    span(Duration::from_micros(micros))
}

/// Microseconds as seconds; exact up to 285 years.
pub(crate) fn seconds(micros: u64) -> f64 {
    micros as f64 / 1e6
}

/// Seconds as whole microseconds: the inverse of [`seconds`].
pub(crate) fn micros(seconds: f64) -> u64 {
    (seconds * 1e6).round() as u64
}

/// A number with the noun it counts: `1 run`, `3 runs`.
#[must_use]
pub fn count(number: u64, one: &str, many: &str) -> String {
    match number {
        1 => format!("1 {one}"),
        more => format!("{more} {many}"),
    }
}

/// A number with commas, with the noun it counts: `1 run`, `4,005 runs`.
#[must_use]
pub fn counted(number: u64, one: &str, many: &str) -> String {
    format!(
        "{} {}",
        grouped(number),
        if number == 1 { one } else { many }
    )
}

/// A number with commas between its thousands: `1,234,567`.
#[must_use]
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_has_the_unit_that_suits_its_size() {
        let spans =
            [900, 1_500, 150_000, 9_000_000].map(|millis| span(Duration::from_millis(millis)));
        assert_eq!(spans, ["900 ms", "1.5 s", "2.5 min", "2.5 h"]);
        assert_eq!(seconds_span(0.0123), "12 ms");
        assert_eq!(seconds_span(20.64), "20.6 s");
        assert_eq!(seconds_span(7_100.0), "118.3 min");
        assert_eq!(seconds_span(f64::NAN), "0 ms");
    }

    #[test]
    fn thousands_are_separated_by_commas() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_234_567), "1,234,567");
    }
}
