//! A phrase with places for values: `item {id}: sold {sold:before} → {sold}`.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::Word;

/// A phrase with places for values.
///
/// A place is the name of a column in braces. `:before` after the name stands for the value before the change. `:changes` after
/// the names of columns, with commas, stands for those whose values have changed: `{sold,price:changes}` may be `sold 0 → 1`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Template(#[schemars(with = "String")] Word);

/// A place for a value in a phrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    /// The column, or `args.` and the name of an argument. Of [`Shown::Changes`], columns with commas.
    pub name: &'a str,
    /// What is shown of it.
    pub shown: Shown,
}

/// What a place shows of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// The value after the change.
    After,
    /// The value before it.
    Before,
    /// Each column that has changed, with both values.
    Changes,
}

impl<'a> Place<'a> {
    /// The columns, or the name of an argument.
    pub fn columns(self) -> impl Iterator<Item = &'a str> {
        self.name.split(',')
    }

    /// Whether it needs the row before the change.
    #[must_use]
    pub fn needs_before(self) -> bool {
        self.shown != Shown::After
    }
}

/// A part of a phrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part<'a> {
    Text(&'a str),
    Place(Place<'a>),
    /// A brace that is not closed, with what follows it.
    Open(&'a str),
}

const SUFFIXES: [(&str, Shown); 2] = [(":before", Shown::Before), (":changes", Shown::Changes)];

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
    let suffixed = |(suffix, shown)| place.strip_suffix(suffix).map(|name| (name, shown));
    let (name, shown) = SUFFIXES
        .into_iter()
        .find_map(suffixed)
        .unwrap_or((place, Shown::After));
    Some((Part::Place(Place { name, shown }), rest))
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
        let rendered = template.render(|place| match (place.name, place.shown) {
            ("id", Shown::After) => "7".to_owned(),
            ("sold", shown) => u8::from(shown == Shown::After).to_string(),
            other => panic!("{other:?}"),
        });
        assert_eq!(rendered, "item 7: sold 0 → 1");
        let names: Vec<&str> = template.places().map(|place| place.name).collect();
        assert_eq!(names, ["id", "sold", "sold"]);
    }

    #[test]
    fn a_place_may_stand_for_the_changes_of_several_columns() {
        let template = Template::new("item {id}: {sold,price:changes}");
        let places: Vec<_> = template.places().collect();
        assert!(!places[0].needs_before());
        assert_eq!(places[1].shown, Shown::Changes);
        assert!(places[1].columns().eq(["sold", "price"]));
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
