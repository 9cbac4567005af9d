//! The arguments of `exhaust`.

use std::{num::NonZeroUsize, path::PathBuf, time::Duration};

use clap::Args;

use crate::arguments::{self, Common, Shard, Shrinking};

pub(in crate::command) const EXAMPLES: &str = "\
Examples:
  cargo chaos exhaust                            every single fault; says how many injection points are covered
  cargo chaos exhaust --json                     one object per fault, for a program
  cargo chaos exhaust --pairs                    every two faults; Ctrl-C stops it and prints how to resume
  cargo chaos exhaust --pairs --shard 0/8        the first eighth; other machines take 1/8 to 7/8
  cargo chaos exhaust --resume target/likewise/latest
  cargo chaos exhaust --triples 5000 --seed 2    other triples than those of seed 0

A pair is covered if both faults fired, or if the first fault prevented the second one, which fires alone.

Runs are deterministic, and a fault changes nothing before it fires. Where the run of one fault alone never reaches
the injection point of the other, the pair gives the same run and is not run again. As a check, one in 1,000 of
these pairs is run and compared. No pair is left out: two different faults at one injection point are a pair, too.

Exit codes:
  0  everything is covered, and every property held
  1  a property was violated
  2  invalid command line, or a search state of another version or of other sagas
  3  stopped, out of budget, or not everything is covered
  5  a plan that was run a second time gave a different run
  70 the harness itself failed";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Inject every two different faults together
    #[arg(long, conflicts_with = "triples")]
    pub(super) pairs: bool,
    /// Inject N random triples of different faults
    #[arg(long, value_name = "N")]
    pub(super) triples: Option<u64>,
    /// The seed that the triples are drawn from
    #[arg(long, value_name = "S", default_value_t = 0, requires = "triples")]
    pub(super) seed: u64,
    /// Take one of N equal parts, with I from 0 to N-1
    #[arg(long, value_name = "I/N", value_parser = arguments::shard)]
    pub(super) shard: Option<Shard>,
    /// Resume the search over pairs or triples in this folder
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["pairs", "triples", "shard", "out"])]
    pub(super) resume: Option<PathBuf>,
    /// Start no run after this time: 500ms, 60s, 1m30s. Pairs and triples can be resumed
    #[arg(long, value_name = "TIME", value_parser = likewise_cli::duration)]
    pub(super) budget: Option<Duration>,
    /// Run this many plans at a time [default: one per core]
    #[arg(long, value_name = "J")]
    pub(super) jobs: Option<NonZeroUsize>,
    #[command(flatten)]
    pub(super) shrinking: Shrinking,
    #[command(flatten)]
    pub(super) common: Common,
}
