//! The result of one search of the model, as a line for people and as an object for programs.

use std::time::Duration;

use likewise_model::{CounterExample, SearchResult, Verdict};
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
    /// Why a variant of the rules violates nothing, if it must not.
    why_right: Option<&'static str>,
    states: usize,
    transitions: usize,
    depth: u32,
    seconds: f64,
    /// The shortest path to the violation, one line per action.
    story: Vec<String>,
    #[serde(skip)]
    pub(super) exit: Exit,
}

/// What is searched.
#[derive(Clone, Copy)]
pub(super) struct Searched {
    pub(super) protocol: &'static str,
    pub(super) about: &'static str,
    pub(super) scenario: &'static str,
    /// The property that must be violated, if one must be.
    pub(super) expected: Option<&'static str>,
    /// Why a variant of the rules violates nothing, if it must not.
    pub(super) why_right: Option<&'static str>,
}

impl SearchLine {
    /// Judges a search. The result is as expected if the search violates exactly the property that this protocol must
    /// violate, or none if it must hold.
    pub(super) fn of<S, A>(
        searched: Searched,
        wall: Duration,
        result: &SearchResult<S, A>,
        story: impl FnOnce(&CounterExample<S, A>) -> Vec<String>,
    ) -> Self {
        let (verdict, property, story) = match &result.verdict {
            Verdict::Holds => ("holds", None, Vec::new()),
            Verdict::TooLarge => ("too-large", None, Vec::new()),
            Verdict::Broken(found) => ("broken", Some(found.property), story(found)),
        };
        Self {
            kind: "search",
            protocol: searched.protocol,
            about: searched.about,
            scenario: searched.scenario,
            verdict,
            property,
            expected: searched.expected,
            why_right: searched.why_right,
            states: result.states,
            transitions: result.transitions,
            depth: result.depth,
            seconds: wall.as_secs_f64(),
            story,
            exit: match &result.verdict {
                Verdict::TooLarge => Exit::Inconclusive,
                _ if property == searched.expected => Exit::Ok,
                // A wrong variant of the rules is a planted bug of the model.
                _ if searched.expected.is_some() => Exit::BugEscaped,
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
            Exit::Violated | Exit::BugEscaped => "UNEXPECTED: ",
            _ => "",
        };
        eprintln!(
            "{} ({}), {}: {unexpected}{result}",
            self.protocol, self.about, self.scenario
        );
        for (number, action) in self.story.iter().enumerate() {
            eprintln!("  {:2}  {action}", number + 1);
        }
        if let (Some(why), Exit::Ok) = (self.why_right, self.exit) {
            eprintln!("  {why}");
        }
        eprintln!(
            "  {} states, {} transitions, depth {}, {:.1} s",
            self.states, self.transitions, self.depth, self.seconds
        );
    }
}
