//! The result of one search of the model, as a line for people and as an object for programs.

use std::time::Duration;

use likewise_sim::model::{Action, Model, Protocol, Scenario, SearchResult, State, Verdict};
use serde::Serialize;

use crate::exit::Exit;

/// One search, and whether its result is the expected one.
#[derive(Debug, Serialize)]
pub(super) struct SearchLine {
    #[serde(rename = "type")]
    kind: &'static str,
    protocol: &'static str,
    about: &'static str,
    scenario: &'static str,
    verdict: &'static str,
    /// The property that is violated, if one is.
    property: Option<&'static str>,
    /// The property that must be violated, if one must be.
    expected: Option<&'static str>,
    states: usize,
    transitions: usize,
    depth: u32,
    seconds: f64,
    /// The shortest path to the violation, one line per action.
    story: Vec<String>,
    #[serde(skip)]
    pub(super) exit: Exit,
}

impl SearchLine {
    /// Judges a search. The result is as expected if the search violates exactly the property that this protocol must
    /// violate, or none if it must hold.
    pub(super) fn of(
        model: &Model<'_>,
        protocol: Protocol,
        scenario: Scenario,
        searched: &SearchResult<State, Action>,
        wall: Duration,
    ) -> Self {
        let (verdict, property, story) = match &searched.verdict {
            Verdict::Holds => ("holds", None, Vec::new()),
            Verdict::TooLarge => ("too-large", None, Vec::new()),
            Verdict::Broken(found) => ("broken", Some(found.property), model.story(found)),
        };
        Self {
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
            seconds: wall.as_secs_f64(),
            story,
            exit: match &searched.verdict {
                Verdict::TooLarge => Exit::Inconclusive,
                _ if property == protocol.broken => Exit::Ok,
                _ => Exit::Violated,
            },
        }
    }

    /// Prints it for people.
    pub(super) fn print(&self) {
        let result = match self.property {
            Some(property) => format!("{property} is violated in {} actions", self.story.len()),
            None if self.exit == Exit::Inconclusive => {
                "stopped at the maximum number of states".to_owned()
            }
            None => "no counter-example, and every state can reach an end".to_owned(),
        };
        let unexpected = match self.exit {
            Exit::Violated => "UNEXPECTED: ",
            _ => "",
        };
        eprintln!(
            "{} ({}), {}: {unexpected}{result}",
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
