//! `model`: explores every interleaving of the protocol. No simulator, no seed, no disk.
//!
//! The protocol as it is must hold in every pair of likes and unlikes, for sagas with groups and a pivot, and for a saga whose rows
//! are collected. After that, each part of the protocol is left out in turn,
//! and the search must find what then goes wrong. A search that finds nothing there would prove nothing for the
//! protocol as it is.

mod search_line;
mod searches;

use std::{io, num::NonZeroUsize};

use anyhow::{Context, Result};
use clap::Args;
use likewise_model::{
    BOUNDS,
    groups::GROUP_BOUNDS,
    reachability::{REACHABILITY_ASSERTIONS, ReachedAssertions},
    retention::RETENTION_BOUNDS,
};
use likewise_reports::ndjson;
use serde::Serialize;

use crate::{
    exit::{Exit, UsageError},
    progress::Progress,
};
use searches::Search;

pub(super) const EXAMPLES: &str = "\
Examples:
  cargo chaos model                          the protocol as it is, then without each of its parts
  cargo chaos model --only unsent-is-dead    one of these, with the shortest story of what goes wrong
  cargo chaos model --json                   one object per search, for a program";

/// States of one search at most. The largest search needs half of that. A state takes about 150 bytes.
const STATES_MAX: NonZeroUsize = NonZeroUsize::new(8_000_000).unwrap();

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Search only `protocol`, `groups`, `retention`, or one of their mutants
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
    /// Stop a search after this many states, as inconclusive
    #[arg(long, value_name = "N", default_value_t = STATES_MAX)]
    states: NonZeroUsize,
    /// Print one JSON object per search and a summary object last, on standard output
    #[arg(long)]
    json: bool,
}

/// The last object for programs.
#[derive(Debug, Serialize)]
struct Summary {
    #[serde(rename = "type")]
    kind: &'static str,
    searches: usize,
    bounds: &'static str,
    group_bounds: &'static str,
    retention_bounds: &'static str,
    /// Reachability assertions that the searches of the protocol did not meet.
    #[serde(rename = "landmarks_missed")]
    not_reached: Vec<&'static str>,
    exit: u8,
}

/// Runs the searches.
pub(super) fn run(arguments: &Arguments) -> Result<Exit> {
    let searches = searches(arguments.only.as_deref())?;
    eprintln!("likes       {BOUNDS}");
    eprintln!("groups      {GROUP_BOUNDS}");
    eprintln!("retention   {RETENTION_BOUNDS}");
    let mut reached = ReachedAssertions::default();
    let mut exit = run_searches(arguments, &searches, &mut reached)?;
    let not_reached = match searches.iter().any(Search::is_true_protocol) {
        true => print_reached(&reached),
        false => Vec::new(),
    };
    if !not_reached.is_empty() {
        exit = exit.or(Exit::Inconclusive);
    }
    let verdict = match exit {
        Exit::Ok => "every search ended as expected",
        other => other.verdict(),
    };
    eprintln!("verdict     {verdict}");
    let summary = Summary {
        kind: "summary",
        searches: searches.len(),
        bounds: BOUNDS,
        group_bounds: GROUP_BOUNDS,
        retention_bounds: RETENTION_BOUNDS,
        not_reached,
        exit: exit.code(),
    };
    print_json(arguments, &summary)?;
    Ok(exit)
}

fn run_searches(
    arguments: &Arguments,
    searches: &[Search],
    reached: &mut ReachedAssertions,
) -> Result<Exit> {
    let mut progress = Progress::of_runs("model", searches.len() as u64, arguments.json);
    let mut exit = Exit::Ok;
    for search in searches {
        let line = search.run(arguments.states.get(), reached, &progress);
        progress.suspend(|| line.print());
        print_json(arguments, &line)?;
        let is_unexpected = matches!(line.exit, Exit::Violated | Exit::BugEscaped);
        progress.add_run(u64::from(is_unexpected));
        exit = exit.or(line.exit);
    }
    Ok(exit)
}

/// The searches to run: all, or those of one protocol.
fn searches(only: Option<&str>) -> Result<Vec<Search>> {
    let mut searches = Search::all();
    let mut names: Vec<_> = searches.iter().map(Search::protocol).collect();
    names.dedup();
    searches.retain(|search| only.is_none_or(|only| only == search.protocol()));
    match (only, searches.is_empty()) {
        (Some(only), true) => {
            let names = names.join(", ");
            let reason = format!("there is no protocol '{only}'; the names are {names}");
            Err(UsageError(reason).into())
        }
        _ => Ok(searches),
    }
}

/// Prints which reachability assertions were met, and returns the others. Without them, a model in which nothing
/// happens would hold, too.
fn print_reached(reached: &ReachedAssertions) -> Vec<&'static str> {
    let missing = reached.missing();
    let met = REACHABILITY_ASSERTIONS.len() - missing.len();
    eprintln!(
        "reached     {met} of {} reachability assertions",
        REACHABILITY_ASSERTIONS.len()
    );
    for name in &missing {
        eprintln!("  never reached: {name}");
    }
    missing
}

fn print_json(arguments: &Arguments, object: &impl Serialize) -> Result<()> {
    match arguments.json {
        true => ndjson::write(&mut io::stdout().lock(), object)
            .context("cannot write to standard output"),
        false => Ok(()),
    }
}
