//! Error messages that point at the wrong place in a JSON file, as a compiler does.
//!
//! People edit plans by hand, and a plan may have hundreds of lines. The deserializer knows the path of the wrong
//! part, so the file is parsed once more, only after an error, to find the place of that path.

use std::ops::Range;

use crate::nearest::did_you_mean;

use jsonc_parser::{CollectOptions, ParseOptions, ast::Value, common::Ranged, parse_to_ast};
use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, NamedSource, SourceSpan};

/// A message about a place in a file.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[error("{what}")]
struct PlanDiagnostic {
    what: String,
    #[source_code]
    file: NamedSource<String>,
    #[label("here")]
    span: SourceSpan,
}

/// The message with the lines of the file around the place.
#[must_use]
pub fn pointing(file: &str, text: &str, place: Range<usize>, what: &str) -> String {
    let diagnostic = PlanDiagnostic {
        what: what.to_owned(),
        file: NamedSource::new(file, text.to_owned()),
        span: (place.start, first_line(text, &place)).into(),
    };
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor());
    let mut shown = String::new();
    match handler.render_report(&mut shown, &diagnostic) {
        Ok(()) => shown.trim().to_owned(),
        Err(_) => format!("{file}: {what}"),
    }
}

/// The place of the part that a path names, such as `faults[1].trigger`. If there is no such part, the nearest part
/// around it.
#[must_use]
pub fn place_of(text: &str, path: &str) -> Range<usize> {
    let parsed = parse_to_ast(text, &CollectOptions::default(), &ParseOptions::default());
    let Some(mut value) = parsed.ok().and_then(|parsed| parsed.value) else {
        return 0..0;
    };
    let parts = path.split(['.', '[', ']']).filter(|part| !part.is_empty());
    for part in parts {
        let inner = match &value {
            Value::Object(object) => object
                .properties
                .iter()
                .find(|property| property.name.as_str() == part)
                .map(|property| property.value.clone()),
            Value::Array(array) => part
                .parse()
                .ok()
                .and_then(|place: usize| array.elements.get(place).cloned()),
            _ => None,
        };
        match inner {
            Some(inner) => value = inner,
            None => break,
        }
    }
    let range = value.range();
    range.start..range.end
}

/// The place of the word that an error quotes in backticks, if it is inside of `around`. The message `unknown variant
/// `userr`` is about that word, not about the whole fault.
#[must_use]
pub fn place_of_quoted(text: &str, around: Range<usize>, what: &str) -> Range<usize> {
    let quoted = what.split('`').nth(1).map(|word| format!("\"{word}\""));
    let inside = text.get(around.clone()).unwrap_or_default();
    let found = quoted.and_then(|quoted| inside.find(&quoted).map(|at| (at, quoted.len())));
    match found {
        Some((at, len)) => around.start + at..around.start + at + len,
        None => around,
    }
}

/// The place of a line and a column, both counted from 1.
#[must_use]
pub fn place_at(text: &str, line: usize, column: usize) -> Range<usize> {
    let lines = text.split_inclusive('\n').take(line.saturating_sub(1));
    let before: usize = lines.map(str::len).sum();
    let at = (before + column.saturating_sub(1)).min(text.len().saturating_sub(1));
    at..at
}

/// The message about an unknown name, with the names that were probably meant. It quotes the name in backticks and then lists
/// all that there are.
#[must_use]
pub fn with_hint(what: &str) -> String {
    let list = [
        ", expected ",
        ": there are ",
        ": the hosts of this topology are ",
    ]
    .iter()
    .find_map(|before| what.split_once(before));
    let (Some(wrong), Some((_, list))) = (what.split('`').nth(1), list) else {
        return what.to_owned();
    };
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    let names = list.split(|c| !is_part(c)).filter(|it| it.len() > 1);
    format!("{what}{}", did_you_mean(wrong, names))
}

/// The text of an error without its line and column, which the excerpt shows.
#[must_use]
pub fn without_place(error: &str) -> String {
    error.split(" at line ").next().unwrap_or(error).to_owned()
}

/// The length of the first line of a place. A mark over several lines would hide what it marks.
fn first_line(text: &str, place: &Range<usize>) -> usize {
    let marked = text.get(place.clone()).unwrap_or_default();
    marked.lines().next().map_or(0, str::len)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"{
  "faults": [
    { "trigger": 1 },
    { "trigger": { "at": "never" } }
  ]
}"#;

    #[test]
    fn a_path_names_a_place_and_an_unknown_path_the_nearest_part() {
        let at = |path| &TEXT[place_of(TEXT, path)];
        assert_eq!(at("faults[1].trigger.at"), "\"never\"");
        assert_eq!(at("faults[0].trigger.at"), "1");
        assert_eq!(at("faults[7]"), at("faults"));
        assert_eq!(at("nothing"), TEXT);
    }

    #[test]
    fn a_quoted_word_is_found_inside_of_a_place() {
        let around = place_of(TEXT, "faults[1]");
        let place = place_of_quoted(TEXT, around.clone(), "unknown variant `never`, expected x");
        assert_eq!(&TEXT[place], "\"never\"");
        assert_eq!(place_of_quoted(TEXT, around.clone(), "no word"), around);
    }

    #[test]
    fn the_line_is_shown_with_a_mark_under_the_place() {
        let place = place_of(TEXT, "faults[1].trigger.at");
        let shown = pointing("plan.json", TEXT, place, "never is no time");
        assert!(shown.contains("plan.json:4:26"), "{shown}");
        assert!(
            shown.contains("never is no time") && shown.contains("here"),
            "{shown}"
        );
    }
}
