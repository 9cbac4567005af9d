//! Values on the command line: budgets like `60s`, seeds like `100` or `100..200`, shards like `0/8`.

use std::{ops::Range, path::PathBuf, time::Duration};

use clap::Args;
use likewise_scenarios::folder;

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

impl Common {
    /// The folder that the files of all campaigns go into.
    pub(crate) fn root(&self) -> PathBuf {
        self.out.clone().unwrap_or_else(folder::artefacts)
    }
}

/// What every command takes that shrinks what fails.
#[derive(Debug, Clone, Args)]
pub(crate) struct Shrinking {
    /// Leaves the plans that fail as they are, instead of shrinking the first of each kind
    #[arg(long)]
    pub(crate) no_shrink: bool,
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

/// One of several equal parts of a list of work: what one machine of many takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shard {
    /// Which one, from 0.
    index: u64,
    /// Of how many.
    of: u64,
}

impl Shard {
    /// Its part. The parts of all shards together are the whole, and no two share anything.
    pub(crate) fn cut(self, whole: &Range<u64>) -> Range<u64> {
        let length = whole.end.saturating_sub(whole.start);
        let at = |index: u64| {
            let before = u128::from(length) * u128::from(index) / u128::from(self.of);
            whole.start + u64::try_from(before).unwrap_or(length)
        };
        at(self.index)..at(self.index + 1)
    }
}

/// Reads `I/N`, I from 0 to N-1.
pub(crate) fn shard(text: &str) -> Result<Shard, String> {
    let wrong = || format!("'{text}' is not a shard: write I/N, with I from 0 to N-1");
    let (index, of) = text.split_once('/').ok_or_else(wrong)?;
    let shard = Shard {
        index: index.parse().map_err(|_| wrong())?,
        of: of.parse().map_err(|_| wrong())?,
    };
    match shard.index < shard.of {
        true => Ok(shard),
        false => Err(wrong()),
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

    #[test]
    fn shards_are_the_whole_and_share_nothing() {
        for length in [0, 1, 7, 100, u64::MAX - 40] {
            let whole = 40..40 + length;
            let parts = (0..7).map(|index| Shard { index, of: 7 }.cut(&whole));
            let mut next = whole.start;
            for part in parts {
                assert_eq!(part.start, next);
                assert!(part.end - part.start >= length / 7);
                next = part.end;
            }
            assert_eq!(next, whole.end);
        }
        assert_eq!(shard("2/3"), Ok(Shard { index: 2, of: 3 }));
        for wrong in ["", "3/3", "1", "0/0", "-1/2", "a/b", "1/2/3"] {
            assert!(shard(wrong).is_err(), "{wrong}");
        }
    }
}
