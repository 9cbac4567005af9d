//! The values of a configuration, each with its origin, and what is wrong with one.

use std::{
    fmt::{self, Write},
    path::PathBuf,
};

/// A place in a configuration file. Lines and columns count from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file, as it was given.
    pub file: PathBuf,
    /// The line.
    pub line: usize,
    /// The character in the line.
    pub column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file.display(), self.line, self.column)
    }
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Nothing gives it.
    Default,
    /// The configuration file.
    File(Place),
    /// The environment variable with this name.
    Environment(String),
    /// The flag with this name, without its dashes.
    Flag(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(place) => write!(f, "{}:{}", place.file.display(), place.line),
            Self::Environment(name) => write!(f, "environment {name}"),
            Self::Flag(name) => write!(f, "flag --{name}"),
        }
    }
}

/// The value of an option.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// The long name of the option, without its dashes. It is the key in a file, too.
    pub option: String,
    /// The value as it was given, or the default. `None` if there is neither.
    pub text: Option<String>,
    /// What the help says about the default, if the option has no fixed one.
    pub default: Option<String>,
    /// Where the value comes from.
    pub origin: Origin,
    /// Whether the value must not be shown.
    pub is_secret: bool,
}

/// What is wrong with a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Where: a place in a file, a variable or a file.
    pub place: String,
    /// What, and what to do.
    pub message: String,
    /// The line and the column in the configuration file, so that mistakes can be listed in its order.
    pub(super) order: (usize, usize),
}

impl Mistake {
    /// A mistake outside the configuration file.
    pub(super) fn new(place: impl ToString, message: impl Into<String>) -> Self {
        Self {
            place: place.to_string(),
            message: message.into(),
            order: (usize::MAX, 0),
        }
    }

    /// A mistake in the configuration file.
    pub(super) fn at(place: &Place, message: impl Into<String>) -> Self {
        Self {
            order: (place.line, place.column),
            ..Self::new(place, message)
        }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

/// The configuration of a command, from all layers.
#[derive(Debug, Clone, Default)]
pub struct Effective {
    /// The configuration file, if there is one.
    pub file: Option<PathBuf>,
    /// The options of the command, in the order of its help.
    pub values: Vec<Value>,
    /// The keys of the file that are for other commands, with their places.
    pub unused: Vec<(String, Place)>,
}

impl Effective {
    /// The value of an option.
    #[must_use]
    pub fn get(&self, option: &str) -> Option<&Value> {
        self.values.iter().find(|value| value.option == option)
    }

    /// Adds to a message where the options that it names come from, unless they are defaults or flags.
    #[must_use]
    pub fn explain(&self, message: &str) -> String {
        let mut text = message.trim_end().to_owned();
        for value in &self.values {
            let origin = match &value.origin {
                Origin::Default | Origin::Flag(_) => continue,
                Origin::File(place) => place.to_string(),
                origin @ Origin::Environment(_) => origin.to_string(),
            };
            if names_option(message, &value.option) {
                // Writing to a string cannot fail.
                let _ = write!(text, "\n--{} is from {origin}", value.option);
            }
        }
        text
    }
}

/// Whether a text names the option, and not only a longer one.
fn names_option(text: &str, option: &str) -> bool {
    let goes_on = |rest: &str| rest.starts_with(|c: char| c.is_alphanumeric() || c == '-');
    let option = format!("--{option}");
    let mut parts = text.split(&option).skip(1);
    parts.any(|rest| !goes_on(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn effective(origin: Origin) -> Effective {
        Effective {
            values: vec![Value {
                option: "lease".to_owned(),
                text: Some("9ms".to_owned()),
                default: None,
                origin,
                is_secret: false,
            }],
            ..Effective::default()
        }
    }

    #[test]
    fn a_message_says_where_its_options_come_from() {
        let place = Place {
            file: "a.toml".into(),
            line: 3,
            column: 1,
        };
        let in_file = effective(Origin::File(place));
        assert_eq!(
            in_file.explain("--lease (9ms) is short"),
            "--lease (9ms) is short\n--lease is from a.toml:3:1"
        );
        assert_eq!(in_file.explain("--lease-time is"), "--lease-time is");
        let in_environment = effective(Origin::Environment("X_LEASE".to_owned()));
        assert!(
            in_environment
                .explain("--lease")
                .ends_with("environment X_LEASE")
        );
        assert_eq!(effective(Origin::Default).explain("--lease"), "--lease");
    }
}
