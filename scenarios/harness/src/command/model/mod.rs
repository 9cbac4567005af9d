//! `model`: explores every interleaving of the protocol. No simulator, no seed, no disk.
//!
//! The protocol as it is must hold in every pair of sagas. After that, each part of the protocol is left out in turn,
//! and the search must find what then goes wrong. A search that finds nothing there would prove nothing for the
//! protocol as it is.

mod search_line;

use std::{io, num::NonZeroUsize};

use anyhow::{Context, Result};
use clap::Args;
use likewise_reports::ndjson;
use likewise_sim::model::{
    BOUNDS, MUTANTS, Model, Protocol, SCENARIOS, Scenario, TRUE_PROTOCOL,
    reachability::{REACHABILITY_ASSERTIONS, ReachedAssertions},
    search::search,
};
use serde::Serialize;

use crate::{
    exit::{Exit, UsageError},
    progress::Progress,
    stopwatch::Stopwatch,
};
use search_line::SearchLine;

pub(super) const EXAMPLES: &str = "\
Examples:
  cargo chaos model                          the protocol as it is, then without each of its parts
  cargo chaos model --only unsent-is-dead    one of these, with the shortest story of what goes wrong
  cargo chaos model --json                   one object per search, for a program";

/// States of one search at most. The largest search needs half of that. A state takes about 150 bytes.
const STATES_MAX: NonZeroUsize = NonZeroUsize::new(8_000_000).unwrap();
/// The progress message is updated after this many states.
const STATES_PER_MESSAGE: usize = 1 << 16;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Search only `protocol`, or one of its mutants
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
    /// Reachability assertions that the searches of the protocol did not meet.
    #[serde(rename = "landmarks_missed")]
    not_reached: Vec<&'static str>,
    exit: u8,
}

/// Runs the searches.
pub(super) fn run(arguments: &Arguments) -> Result<Exit> {
    let searches = searches(arguments.only.as_deref())?;
    eprintln!("model       {BOUNDS}");
    let mut reached = ReachedAssertions::default();
    let mut exit = run_searches(arguments, &searches, &mut reached)?;
    let is_protocol = |(protocol, _): &(Protocol, Scenario)| protocol.name == TRUE_PROTOCOL.name;
    let not_reached = match searches.iter().any(is_protocol) {
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
        not_reached,
        exit: exit.code(),
    };
    print_json(arguments, &summary)?;
    Ok(exit)
}

fn run_searches(
    arguments: &Arguments,
    searches: &[(Protocol, Scenario)],
    reached: &mut ReachedAssertions,
) -> Result<Exit> {
    let mut progress = Progress::of_runs("model", searches.len() as u64, arguments.json);
    let mut exit = Exit::Ok;
    for (protocol, scenario) in searches {
        let states_max = arguments.states.get();
        let line = run_search(*protocol, *scenario, states_max, reached, &progress);
        progress.suspend(|| line.print());
        print_json(arguments, &line)?;
        progress.add_run(u64::from(line.exit == Exit::Violated));
        exit = exit.or(line.exit);
    }
    Ok(exit)
}

/// The searches to run: the protocol in every pair of sagas, and each mutant in the first pair.
fn searches(only: Option<&str>) -> Result<Vec<(Protocol, Scenario)>> {
    let all = [TRUE_PROTOCOL].into_iter().chain(MUTANTS);
    let names: Vec<_> = all.clone().map(|protocol| protocol.name).collect();
    let chosen: Vec<_> = all
        .filter(|protocol| only.is_none_or(|only| only == protocol.name))
        .flat_map(|protocol| {
            let scenarios = match protocol.name == TRUE_PROTOCOL.name {
                true => SCENARIOS.len(),
                false => 1,
            };
            let scenarios = SCENARIOS.into_iter().take(scenarios);
            scenarios.map(move |scenario| (protocol, scenario))
        })
        .collect();
    match (only, chosen.is_empty()) {
        (Some(only), true) => {
            let names = names.join(", ");
            let reason = format!("there is no protocol '{only}'; the names are {names}");
            Err(UsageError(reason).into())
        }
        _ => Ok(chosen),
    }
}

fn run_search(
    protocol: Protocol,
    scenario: Scenario,
    states_max: usize,
    reached: &mut ReachedAssertions,
    progress: &Progress,
) -> SearchLine {
    let model = Model::new(protocol, scenario);
    let watch = Stopwatch::start();
    let searched = search(&model, states_max, |number, state| {
        // A mutant reaches states that the protocol never reaches.
        if protocol.name == TRUE_PROTOCOL.name {
            reached.visit(state);
        }
        if number % STATES_PER_MESSAGE == 0 {
            progress.set_message(format!(
                "{}, {}: {number} states",
                protocol.name, scenario.name
            ));
        }
    });
    SearchLine::of(&model, protocol, scenario, &searched, watch.elapsed())
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
