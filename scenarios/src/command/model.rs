//! `model`: searches every interleaving of the protocol. No simulator, no seed, no disk.
//!
//! First the protocol as it is, in every pair of sagas; then without each of its parts, which the search must find, or
//! it is blind.

use std::{io, num::NonZeroUsize};

use anyhow::{Context, Result};
use clap::Args;
use likewise_reports::ndjson;
use likewise_sim::model::{
    Action, BOUNDS, MUTANTS, Model, Protocol, SCENARIOS, Scenario, SearchResult, State, TRUE_PROTOCOL,
    Verdict,
    reachability::{REACHABILITY_ASSERTIONS, ReachedAssertions},
    search::search,
};
use serde::Serialize;

use crate::{
    exit::{Exit, Misuse},
    progress::Progress,
    stopwatch::Stopwatch,
};

pub(super) const EXAMPLES: &str = "\
Examples:
  cargo chaos model                          the protocol as it is, then without each of its parts
  cargo chaos model --only unsent-is-dead    one of these, with the shortest story of what goes wrong
  cargo chaos model --json                   one object a search, for a program to read";

/// Twice what the largest search needs; a state takes about 150 bytes.
const STATES_MAX: NonZeroUsize = NonZeroUsize::new(8_000_000).unwrap();
/// States between two signs of life.
const STATES_PER_SIGN: usize = 1 << 16;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Only `protocol`, or one of its mutants
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
    /// Most states of one search; a larger one is inconclusive
    #[arg(long, value_name = "N", default_value_t = STATES_MAX)]
    states: NonZeroUsize,
    /// Prints one JSON object a search, and a last one that sums up, on standard output
    #[arg(long)]
    json: bool,
}

/// One search, and whether it said what it should.
#[derive(Debug, Serialize)]
struct Line {
    #[serde(rename = "type")]
    kind: &'static str,
    protocol: &'static str,
    about: &'static str,
    scenario: &'static str,
    verdict: &'static str,
    /// What is violated, if anything is.
    property: Option<&'static str>,
    /// What must be.
    expected: Option<&'static str>,
    states: usize,
    transitions: usize,
    depth: u32,
    seconds: f64,
    /// The shortest way to the violation, one line an action.
    story: Vec<String>,
    #[serde(skip)]
    exit: Exit,
}

#[derive(Debug, Serialize)]
struct Summary {
    #[serde(rename = "type")]
    kind: &'static str,
    searches: usize,
    bounds: &'static str,
    /// Places that the protocol's searches should have come by and did not.
    landmarks_missed: Vec<&'static str>,
    exit: u8,
}

/// Searches.
pub(super) fn run(arguments: &Arguments) -> Result<Exit> {
    let searches = searches(arguments.only.as_deref())?;
    eprintln!("model       {BOUNDS}");
    let mut progress = Progress::of_runs("model", searches.len() as u64, arguments.json);
    let mut seen = ReachedAssertions::default();
    let mut exit = Exit::Ok;
    for (protocol, scenario) in &searches {
        let line = look(
            *protocol,
            *scenario,
            arguments.states.get(),
            &mut seen,
            &progress,
        );
        progress.suspend(|| line.say());
        print(arguments, &line)?;
        progress.step(u64::from(line.exit == Exit::Violated));
        exit = exit.or(line.exit);
    }
    drop(progress);
    let missed = match searches
        .iter()
        .any(|(protocol, _)| protocol.name == TRUE_PROTOCOL.name)
    {
        true => say_landmarks(&seen),
        false => Vec::new(),
    };
    if !missed.is_empty() {
        exit = exit.or(Exit::Inconclusive);
    }
    let verdict = match exit {
        Exit::Ok => "every search ended as it should",
        other => other.verdict(),
    };
    eprintln!("verdict     {verdict}");
    let summary = Summary {
        kind: "summary",
        searches: searches.len(),
        bounds: BOUNDS,
        landmarks_missed: missed,
        exit: exit.code(),
    };
    print(arguments, &summary)?;
    Ok(exit)
}

/// What is to be searched: the protocol in every pair of sagas, its mutants in the first.
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
            let there_is = names.join(", ");
            Err(Misuse(format!(
                "there is no '{only}' to search: there is {there_is}"
            ))
            .into())
        }
        _ => Ok(chosen),
    }
}

fn look(
    protocol: Protocol,
    scenario: Scenario,
    states_max: usize,
    seen: &mut ReachedAssertions,
    progress: &Progress,
) -> Line {
    let model = Model::new(protocol, scenario);
    let watch = Stopwatch::start();
    let searched = search(&model, states_max, |number, state| {
        if protocol.name == TRUE_PROTOCOL.name {
            seen.visit(state);
        }
        if number % STATES_PER_SIGN == 0 {
            progress.within(format!(
                "{}, {}: {number} states",
                protocol.name, scenario.name
            ));
        }
    });
    judge(&model, protocol, scenario, &searched, watch)
}

fn judge(
    model: &Model<'_>,
    protocol: Protocol,
    scenario: Scenario,
    searched: &SearchResult<State, Action>,
    watch: Stopwatch,
) -> Line {
    let (verdict, property, story) = match &searched.verdict {
        Verdict::Holds => ("holds", None, Vec::new()),
        Verdict::TooLarge => ("too-large", None, Vec::new()),
        Verdict::Broken(found) => ("broken", Some(found.property), model.story(found)),
    };
    Line {
        kind: "search",
        protocol: protocol.name,
        about: protocol.about,
        scenario: scenario.name,
        verdict,
        property,
        expected: protocol.broken,
        states: searched.states,
        transitions: searched.transitions,
        depth: searched.depth,
        seconds: watch.elapsed().as_secs_f64(),
        story,
        exit: match &searched.verdict {
            Verdict::TooLarge => Exit::Inconclusive,
            _ if property == protocol.broken => Exit::Ok,
            _ => Exit::Violated,
        },
    }
}

impl Line {
    fn say(&self) {
        let found = match self.property {
            Some(property) => format!("{property} is violated in {} actions", self.story.len()),
            None if self.exit == Exit::Inconclusive => "more states than allowed".to_owned(),
            None => "no counter-example, and an end can be reached from every state".to_owned(),
        };
        let not = match self.exit {
            Exit::Violated => "NOT AS IT SHOULD BE: ",
            _ => "",
        };
        eprintln!(
            "{} ({}), {}: {not}{found}",
            self.protocol, self.about, self.scenario
        );
        for (number, action) in self.story.iter().enumerate() {
            eprintln!("  {:2}  {action}", number + 1);
        }
        eprintln!(
            "  {} states, {} transitions, depth {}, {:.1} s",
            self.states, self.transitions, self.depth, self.seconds
        );
    }
}

/// A model in which nothing happens holds, too.
fn say_landmarks(seen: &ReachedAssertions) -> Vec<&'static str> {
    let missed = seen.missing();
    let met = REACHABILITY_ASSERTIONS.len() - missed.len();
    eprintln!(
        "landmarks   {met} of {} come by",
        REACHABILITY_ASSERTIONS.len()
    );
    for name in &missed {
        eprintln!("  never: {name}");
    }
    missed
}

fn print(arguments: &Arguments, object: &impl Serialize) -> Result<()> {
    match arguments.json {
        true => ndjson::write(&mut io::stdout().lock(), object)
            .context("cannot write to standard output"),
        false => Ok(()),
    }
}
