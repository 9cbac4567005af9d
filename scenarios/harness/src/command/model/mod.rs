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
use likewise_world::did_you_mean;
use serde::Serialize;

use crate::{
    exit::{Exit, UsageError},
    progress::Progress,
};
use searches::Search;

pub(super) const EXAMPLES: &str = "\
Examples:
  cargo chaos model                          the protocol as it is, then without each of its parts
  cargo chaos model --full                   also the variant that takes over a minute
  cargo chaos model --only unsent-is-dead    one of these, with the shortest story of what goes wrong
  cargo chaos model --json                   one object per search, for a program";

/// States of one search at most. The largest search needs half of that. A state takes about 150 bytes.
const STATES_MAX: NonZeroUsize = NonZeroUsize::new(8_000_000).unwrap();

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Search only `protocol`, `groups`, `retention`, or one of their mutants
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
    /// Also search the variant that is right, although a part is missing: four million states, over a minute
    #[arg(long, conflicts_with = "only")]
    full: bool,
    /// Stop a search after this many states, as inconclusive
    #[arg(long, value_name = "N", default_value_t = STATES_MAX, value_parser = states)]
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
    /// Protocols that were not searched, because that takes long.
    left_out: Vec<&'static str>,
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
    let (searches, left_out) = searches(arguments)?;
    eprintln!("likes       {BOUNDS}");
    eprintln!("groups      {GROUP_BOUNDS}");
    eprintln!("retention   {RETENTION_BOUNDS}");
    let mut reached = ReachedAssertions::default();
    let mut exit = run_searches(arguments, &searches, &mut reached)?;
    for search in &left_out {
        let (name, why) = (search.protocol(), search.why_right().unwrap_or_default());
        eprintln!("left out    {name}: {why}; --full searches it too");
    }
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
        left_out: left_out.iter().map(Search::protocol).collect(),
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

/// Reads the limit of states.
fn states(text: &str) -> Result<NonZeroUsize, String> {
    let states = likewise_cli::count(text)?;
    let states = usize::try_from(states).ok().and_then(NonZeroUsize::new);
    states.ok_or_else(|| "give at least one state".to_owned())
}

/// The searches to run: all, or those of one protocol. Then those that are left out.
fn searches(arguments: &Arguments) -> Result<(Vec<Search>, Vec<Search>)> {
    let all = Search::all();
    if let Some(only) = arguments.only.as_deref() {
        return Ok((searches_of(all, only)?, Vec::new()));
    }
    Ok(all
        .into_iter()
        .partition(|search| arguments.full || !search.is_long()))
}

fn searches_of(mut searches: Vec<Search>, only: &str) -> Result<Vec<Search>> {
    let mut names: Vec<_> = searches.iter().map(Search::protocol).collect();
    names.dedup();
    searches.retain(|search| only == search.protocol());
    match searches.is_empty() {
        true => {
            let hint = did_you_mean(only, names.iter().copied());
            let names = names.join(", ");
            let reason = format!("there is no protocol '{only}'{hint}; the names are {names}");
            Err(UsageError(reason).into())
        }
        false => Ok(searches),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(only: Option<&str>, full: bool) -> Arguments {
        Arguments {
            only: only.map(str::to_owned),
            full,
            states: STATES_MAX,
            json: false,
        }
    }

    /// Its search takes longer than all others together, and finds nothing.
    #[test]
    fn the_variant_that_is_right_is_searched_only_on_request_and_says_why() {
        let (all, none) = searches(&arguments(None, true)).unwrap();
        assert!(none.is_empty());
        let (usual, left_out) = searches(&arguments(None, false)).unwrap();
        assert_eq!(usual.len() + left_out.len(), all.len());
        let names: Vec<_> = left_out.iter().map(Search::protocol).collect();
        assert_eq!(names, ["no-fence"]);
        let why = left_out[0].why_right().unwrap();
        assert!(why.contains("the barrier and the seals"), "{why}");
        let (named, _) = searches(&arguments(Some("no-fence"), false)).unwrap();
        assert_eq!(named.len(), 1);
    }
}
