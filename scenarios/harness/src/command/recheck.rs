//! `recheck`: runs one plan in a process that has run nothing before. The doctor starts it.

use std::io::{self, Write};

use anyhow::{Context, Result, anyhow};
use clap::Args;
use likewise_search::campaign::run_on_core;
use likewise_world::plan::Plan;

use crate::{
    exit::{Exit, UsageError},
    suite::Suite,
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Print the whole run record instead of its hash
    #[arg(long)]
    record: bool,
}

/// Reads a plan from standard input, and prints the hash or the record of its run on standard output.
pub(super) fn run(suite: &Suite, arguments: &Arguments) -> Result<Exit> {
    let plan: Plan = serde_json::from_reader(io::stdin().lock())
        .map_err(|error| UsageError(format!("standard input is not a plan: {error}")))?;
    suite.require_variant(&plan.system)?;
    let record = run_on_core(0, suite.system, &plan).map_err(|message| anyhow!(message))?;
    let mut stdout = io::stdout().lock();
    match arguments.record {
        true => serde_json::to_writer(&mut stdout, &record)?,
        false => write!(stdout, "{}", record.hash)?,
    }
    writeln!(stdout).context("cannot write to standard output")?;
    Ok(Exit::Ok)
}
