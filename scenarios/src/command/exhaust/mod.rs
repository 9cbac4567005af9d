//! `exhaust`: every single fault at every cut point of three sagas; with `--pairs` every two of them, with `--triples`
//! three drawn at random.

mod combined;
mod singles;
mod state;

use std::{num::NonZeroUsize, path::PathBuf, time::Duration};

use anyhow::Result;
use clap::Args;

pub(super) use singles::strike_all;

use crate::{
    arguments::{self, Common, Shard, Shrinking},
    exit::Exit,
    sitting::Sitting,
};

pub(super) const EXAMPLES: &str = "\
Examples:
  cargo chaos exhaust                            prints how many of how many cuts are covered
  cargo chaos exhaust --json                     one object a fault, for a program to read
  cargo chaos exhaust --pairs                    every two faults; Ctrl-C stops it, and it says how to go on
  cargo chaos exhaust --pairs --shard 0/8        the first eighth of them: the other machines take 1/8 to 7/8
  cargo chaos exhaust --resume target/likewise/latest
  cargo chaos exhaust --triples 5000 --seed 2    other triples than those of seed 0

A pair is covered if both faults struck, or if the first kept the second from striking, which strikes alone.
Runs are deterministic, and a fault changes nothing before its moment. So where the run of one fault alone never
comes by the moment of the other, the pair is that run, and is not run again; one in 1,000 of them is, and compared.
Nothing is left out: two different faults at one cut are a pair too.

Exit codes:
  0 all covered, and every property held   1 one was violated   2 misuse: also a state of another version or of
  other sagas   3 stopped, out of budget, or not all covered   5 a plan that was run again ran differently
  70 the harness itself broke";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Strikes with every two different faults
    #[arg(long, conflicts_with = "triples")]
    pairs: bool,
    /// Strikes with so many random triples of different faults
    #[arg(long, value_name = "N")]
    triples: Option<u64>,
    /// The seed that triples are drawn from
    #[arg(long, value_name = "S", default_value_t = 0, requires = "triples")]
    seed: u64,
    /// Takes one of N equal parts, I from 0 to N-1
    #[arg(long, value_name = "I/N", value_parser = arguments::shard)]
    shard: Option<Shard>,
    /// Goes on with the pairs or triples whose folder this is
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["pairs", "triples", "shard", "out"])]
    resume: Option<PathBuf>,
    /// No run begins after this time: 500ms, 60s, 2m; pairs and triples can be gone on with
    #[arg(long, value_name = "TIME", value_parser = arguments::budget)]
    budget: Option<Duration>,
    /// How many runs at a time; one a core if missing
    #[arg(long, value_name = "J")]
    jobs: Option<NonZeroUsize>,
    #[command(flatten)]
    shrinking: Shrinking,
    #[command(flatten)]
    common: Common,
}

/// Strikes everything once.
pub(super) fn run(arguments: &Arguments) -> Result<Exit> {
    if let Some(search) = combined::Search::wanted(arguments)? {
        return search.run();
    }
    if arguments.shard.is_some() {
        return Err(crate::exit::Misuse("--shard needs --pairs or --triples".to_owned()).into());
    }
    let mut sitting = Sitting::begin(&arguments.common);
    strike_all(&mut sitting, arguments.jobs, arguments.budget)?;
    sitting.run_some_again();
    sitting.shrink_failures(&arguments.shrinking);
    sitting.end()
}
