//! A phrase with places for values: `item {id}: sold {sold:before} → {sold}`.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::Word;

/// A phrase with places for values.
///
/// A place is the name of a column in braces. `:before` after the name stands for the value before the change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Template(#[schemars(with = "String")] Word);

/// A place for a value in a phrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    /// The column, or `args.` and the name of an argument.
    pub name: &'a str,
    /// Whether the value before the change is meant.
    pub before: bool,
}

/// A part of a phrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part<'a> {
    Text(&'a str),
    Place(Place<'a>),
    /// A brace that is not closed, with what follows it.
    Open(&'a str),
}

const BEFORE: &str = ":before";

impl Template {
    /// The phrase with this text.
    #[must_use]
    pub const fn new(text: &'static str) -> Self {
        Self(Word::Borrowed(text))
    }

    /// The phrase with these values. A brace that is not closed stays as it is.
    #[must_use]
    pub fn render(&self, mut value: impl FnMut(Place<'_>) -> String) -> String {
        let mut rendered = String::with_capacity(self.0.len());
        for part in self.parts() {
            match part {
                Part::Text(text) | Part::Open(text) => rendered.push_str(text),
                Part::Place(place) => rendered.push_str(&value(place)),
            }
        }
        rendered
    }

    /// The places for values, in order.
    pub fn places(&self) -> impl Iterator<Item = Place<'_>> {
        self.parts().filter_map(|part| match part {
            Part::Place(place) => Some(place),
            Part::Text(_) | Part::Open(_) => None,
        })
    }

    /// Whether every brace is closed.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        !self.parts().any(|part| matches!(part, Part::Open(_)))
    }

    fn parts(&self) -> impl Iterator<Item = Part<'_>> {
        let mut rest = &*self.0;
        std::iter::from_fn(move || {
            let (part, after) = first_part(rest)?;
            rest = after;
            Some(part)
        })
    }
}

/// The first part of a text and what follows it. `None` if the text is empty.
fn first_part(text: &str) -> Option<(Part<'_>, &str)> {
    let Some(inside) = text.strip_prefix('{') else {
        let end = text.find('{').unwrap_or(text.len());
        let (before, rest) = text.split_at(end);
        return (!before.is_empty()).then_some((Part::Text(before), rest));
    };
    let Some((place, rest)) = inside.split_once('}') else {
        return Some((Part::Open(text), ""));
    };
    let (name, before) = match place.strip_suffix(BEFORE) {
        Some(name) => (name, true),
        None => (place, false),
    };
    Some((Part::Place(Place { name, before }), rest))
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_place_gets_its_value() {
        let template = Template::new("item {id}: sold {sold:before} → {sold}");
        let rendered = template.render(|place| match (place.name, place.before) {
            ("id", false) => "7".to_owned(),
            ("sold", before) => u8::from(!before).to_string(),
            other => panic!("{other:?}"),
        });
        assert_eq!(rendered, "item 7: sold 0 → 1");
        let names: Vec<&str> = template.places().map(|place| place.name).collect();
        assert_eq!(names, ["id", "sold", "sold"]);
    }

    /// Records come from files, and a phrase must not make a whole report fail.
    #[test]
    fn a_brace_that_is_not_closed_stays_as_it_is() {
        for (text, rendered) in [("", ""), ("a {b", "a {b"), ("{a}{", "x{"), ("}", "}")] {
            let template = Template::new(text);
            assert_eq!(template.render(|_| "x".to_owned()), rendered);
            assert_eq!(template.is_closed(), !rendered.contains('{'));
        }
    }
}
