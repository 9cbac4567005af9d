//! Arguments that several commands share, and their values: seeds like `100`, `10k` or `100..200`, shards like `0/8`.

use std::{ops::Range, path::PathBuf, time::Duration};

use anyhow::{Context, Result};
use clap::{Args, ValueHint};
use likewise_cli::count;

use crate::paths;

/// Arguments of every command that runs something.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct Common {
    /// Print one JSON object per run and a summary object last, on standard output
    #[arg(long)]
    pub(crate) json: bool,
    /// Print more: tables of properties and faults, every planted bug, every finding
    #[arg(short, long)]
    pub(crate) verbose: bool,
    /// Write to this folder [default: `likewise/` in cargo's target folder]
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    pub(crate) out: Option<PathBuf>,
    /// Open the report when it is written
    #[arg(long)]
    pub(crate) open: bool,
}

impl Common {
    /// The folder for the files of all campaigns.
    pub(crate) fn root(&self) -> PathBuf {
        self.out.clone().unwrap_or_else(paths::archive_root)
    }

    /// Refuses a folder that nothing can be written to, before anything has run.
    ///
    /// # Errors
    /// The operating system's, with the folder and what to do.
    pub(crate) fn require_writable(&self) -> Result<()> {
        let root = self.root();
        let unwritable = || {
            format!(
                "cannot write to {}, so nothing was run; --out names another folder",
                root.display()
            )
        };
        paths::try_to_write(&root).with_context(unwritable)
    }
}

/// Arguments of every command that shrinks failing plans.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Shrinking of failures")]
pub(crate) struct Shrinking {
    /// Do not shrink the first failing plan of each kind
    #[arg(long)]
    pub(crate) no_shrink: bool,
    /// Spend at most this time to shrink each of these plans
    // Short, because the user did not ask for shrinking and waits for it.
    #[arg(long, value_name = "TIME", value_parser = likewise_cli::duration, default_value = "20s", conflicts_with = "no_shrink")]
    pub(crate) shrink_budget: Duration,
}

/// Parses `N` (the first N seeds, from 0) or `A..B` (from A to B-1).
pub(crate) fn seeds(text: &str) -> Result<Range<u64>, String> {
    let invalid =
        |_| format!("'{text}' is not a range of seeds: write a number of seeds, or FIRST..END");
    match text.split_once("..") {
        None => Ok(0..count(text).map_err(invalid)?),
        Some((first, end)) => {
            let (first, end) = (count(first).map_err(invalid)?, count(end).map_err(invalid)?);
            match first <= end {
                true => Ok(first..end),
                false => Err(format!("'{text}' is backwards: {first} is after {end}")),
            }
        }
    }
}

/// One of several equal parts of a campaign: the part that one machine of many takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shard {
    /// The number of this part, from 0.
    index: u64,
    /// The number of parts.
    count: u64,
}

impl Shard {
    /// This part of a range. The parts of all shards together are the whole range, and no two parts overlap.
    pub(crate) fn part_of(self, whole: &Range<u64>) -> Range<u64> {
        let length = whole.end.saturating_sub(whole.start);
        // In 128 bits: the product of a length and an index may not fit into 64.
        let start_of = |index: u64| {
            let before = u128::from(length) * u128::from(index) / u128::from(self.count);
            whole.start + u64::try_from(before).unwrap_or(length)
        };
        start_of(self.index)..start_of(self.index + 1)
    }
}

/// Parses `I/N`, with I from 0 to N-1.
pub(crate) fn shard(text: &str) -> Result<Shard, String> {
    let invalid = || format!("'{text}' is not a shard: write I/N, with I from 0 to N-1");
    let (index, count) = text.split_once('/').ok_or_else(invalid)?;
    let shard = Shard {
        index: index.parse().map_err(|_| invalid())?,
        count: count.parse().map_err(|_| invalid())?,
    };
    match shard.index < shard.count {
        true => Ok(shard),
        false => Err(invalid()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_a_number_or_a_range() {
        assert_eq!(seeds("3"), Ok(0..3));
        assert_eq!(seeds("3..5"), Ok(3..5));
        assert_eq!(seeds("10k..1M"), Ok(10_000..1_000_000));
        assert_eq!(seeds("5..5"), Ok(5..5));
        for invalid in ["", "x", "5..3", "..3", "3..", "1..2..3", "-1"] {
            assert!(seeds(invalid).is_err(), "{invalid}");
        }
    }

    /// The lengths are chosen so that they do not divide, and that their product does not fit into 64 bits.
    #[test]
    fn shards_cover_the_whole_range_without_overlap() {
        for length in [0, 1, 7, 100, u64::MAX - 40] {
            let whole = 40..40 + length;
            let parts = (0..7).map(|index| Shard { index, count: 7 }.part_of(&whole));
            let mut next = whole.start;
            for part in parts {
                assert_eq!(part.start, next);
                assert!(part.end - part.start >= length / 7);
                next = part.end;
            }
            assert_eq!(next, whole.end);
        }
        assert_eq!(shard("2/3"), Ok(Shard { index: 2, count: 3 }));
        for invalid in ["", "3/3", "1", "0/0", "-1/2", "a/b", "1/2/3"] {
            assert!(shard(invalid).is_err(), "{invalid}");
        }
    }
}
