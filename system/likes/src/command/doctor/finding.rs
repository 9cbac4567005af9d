//! What was found about one item.

use std::fmt::Write;

use serde::Serialize;

use super::super::{
    Failure,
    saga::{add, printable},
};

/// The indentation of the lines below a headline.
const INDENT: &str = "          ";

/// How it is with an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum State {
    /// It works.
    Ok,
    /// It works, and may not go on working.
    Warning,
    /// It does not work.
    Wrong,
}

/// What was found about one item.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Finding {
    pub(super) item: String,
    pub(super) state: State,
    /// What was found.
    pub(super) found: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) advice: Option<String>,
}

impl Finding {
    pub(super) fn ok(item: impl Into<String>, found: impl Into<String>) -> Self {
        Self {
            item: item.into(),
            state: State::Ok,
            found: found.into(),
            advice: None,
        }
    }

    pub(super) fn warning(
        item: impl Into<String>,
        found: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        Self {
            state: State::Warning,
            advice: Some(advice.into()),
            ..Self::ok(item, found)
        }
    }

    pub(super) fn wrong(
        item: impl Into<String>,
        found: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        Self {
            state: State::Wrong,
            ..Self::warning(item, found, advice)
        }
    }
}

#[derive(Serialize)]
struct Printed<'f> {
    verdict: State,
    findings: &'f [Finding],
}

/// The findings as JSON, the verdict first. It is the worst state.
pub(super) fn json(findings: &[Finding]) -> Result<String, Failure> {
    let states = findings.iter().map(|finding| finding.state);
    let verdict = states.max().unwrap_or(State::Ok);
    serde_json::to_string_pretty(&Printed { verdict, findings })
        .map_err(|error| Failure::Internal(format!("the findings cannot be printed: {error}")))
}

/// The findings as text of 80 columns: the verdict, then what is wrong, then the rest.
pub(super) fn text(findings: &[Finding]) -> String {
    let count = |state| {
        findings
            .iter()
            .filter(|finding| finding.state == state)
            .count()
    };
    let (wrong, warnings, ok) = (count(State::Wrong), count(State::Warning), count(State::Ok));
    let verdict = match (wrong, warnings) {
        (0, 0) => "everything is ok".to_owned(),
        (0, warnings) => format!("nothing is wrong, {warnings} to watch"),
        (wrong, warnings) => format!("{wrong} wrong, {warnings} to watch, {ok} ok"),
    };
    let mut text = format!("verdict   {verdict}\n");
    for state in [State::Wrong, State::Warning, State::Ok] {
        let word = match state {
            State::Wrong => "WRONG",
            State::Warning => "warning",
            State::Ok => "ok",
        };
        for finding in findings.iter().filter(|finding| finding.state == state) {
            let mut lines = String::new();
            add(
                &mut lines,
                INDENT,
                &format!("{}: {}", finding.item, printable(&finding.found)),
            );
            // Writing to a string cannot fail.
            let _ = write!(text, "{word:<10}{}", lines.trim_start());
            for line in finding.advice.iter().flat_map(|advice| advice.lines()) {
                add(&mut text, INDENT, line);
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verdict_comes_first_and_then_what_is_wrong_within_80_columns() {
        let findings = [
            Finding::ok("file limit", "1024"),
            Finding::warning("a", "x ".repeat(60), "do y"),
            Finding::wrong("article database", "cannot be reached", "start it"),
        ];
        let text = text(&findings);
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[0], "verdict   1 wrong, 1 to watch, 1 ok");
        assert_eq!(lines[1], "WRONG     article database: cannot be reached");
        assert_eq!(lines[2], "          start it");
        assert!(lines[3].starts_with("warning   a: x x"), "{text}");
        assert!(lines.iter().all(|line| line.len() <= 80), "{text}");
        let json = json(&findings).unwrap();
        assert!(json.contains("\"verdict\": \"wrong\""), "{json}");
    }
}
