//! Values on the command line: budgets like `60s`, seeds like `100` or `100..200`.

use std::{ops::Range, path::PathBuf, time::Duration};

use clap::Args;

/// What every command that runs something takes.
#[derive(Debug, Clone, Args)]
pub(crate) struct Common {
    /// Prints one JSON object a run, and a last one that sums up, on standard output
    #[arg(long)]
    pub(crate) json: bool,
    /// Where to write; `likewise/` in the target folder if missing
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: Option<PathBuf>,
}

/// Reads `500ms`, `60s`, `2m`, `1h`; a number alone is seconds.
pub(crate) fn budget(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|character: char| character.is_ascii_alphabetic());
    let wrong = || format!("'{text}' is not a time: write 500ms, 60s, 2m or 1h");
    let number: u64 = digits.parse().map_err(|_| wrong())?;
    let seconds = |factor| number.checked_mul(factor).map(Duration::from_secs);
    match &text[digits.len()..] {
        "ms" => Some(Duration::from_millis(number)),
        "" | "s" => seconds(1),
        "m" | "min" => seconds(60),
        "h" => seconds(3_600),
        _ => None,
    }
    .ok_or_else(wrong)
}

/// Reads `N` (from 0, so many) or `A..B` (B is not in it).
pub(crate) fn seeds(text: &str) -> Result<Range<u64>, String> {
    let wrong = |_| format!("'{text}' are not seeds: write a number of seeds, or FIRST..END");
    match text.split_once("..") {
        None => Ok(0..text.parse().map_err(wrong)?),
        Some((first, end)) => {
            let (first, end) = (first.parse().map_err(wrong)?, end.parse().map_err(wrong)?);
            match first <= end {
                true => Ok(first..end),
                false => Err(format!("'{text}' runs backwards: {first} is after {end}")),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn budgets_have_units() {
        assert_eq!(budget("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(budget("60s"), Ok(Duration::from_secs(60)));
        assert_eq!(budget("2m"), Ok(Duration::from_secs(120)));
        assert_eq!(budget("7"), Ok(Duration::from_secs(7)));
        for wrong in ["", "s", "-1s", "1.5s", "3 s", "9d", "18446744073709551615h"] {
            assert!(budget(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn seeds_are_a_number_or_a_range() {
        assert_eq!(seeds("3"), Ok(0..3));
        assert_eq!(seeds("3..5"), Ok(3..5));
        assert_eq!(seeds("5..5"), Ok(5..5));
        for wrong in ["", "x", "5..3", "..3", "3..", "1..2..3", "-1"] {
            assert!(seeds(wrong).is_err(), "{wrong}");
        }
    }
}
