//! A configuration file: TOML to entries, each with its place.

use std::{
    fs::{self, File},
    io::{self, Read},
    ops::Range,
    path::Path,
};

use toml::de::{DeTable, DeValue};

use super::value::{Mistake, Place};

/// The largest file, in bytes. A larger one is not a configuration.
const BYTES_MAX: u64 = 1024 * 1024;

/// A key of the file with its value.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// The section, or `None` for the part before the first one.
    pub(super) section: Option<String>,
    pub(super) key: String,
    /// The value, or the values of an array, as on a command line.
    pub(super) texts: Vec<String>,
    pub(super) is_array: bool,
    pub(super) key_place: Place,
    pub(super) value_place: Place,
}

/// The entries of a file.
#[derive(Debug, Default)]
pub(super) struct ConfigFile {
    pub(super) entries: Vec<Entry>,
    /// The sections, with the places of their names.
    pub(super) sections: Vec<(String, Place)>,
    pub(super) mistakes: Vec<Mistake>,
}

impl ConfigFile {
    /// Reads a file. What cannot be read is a mistake, and the rest is read all the same.
    pub(super) fn read(path: &Path) -> Self {
        match read(path, BYTES_MAX) {
            Ok(text) => Self::parse(path, &text),
            Err(error) => Self {
                mistakes: vec![Mistake::new(
                    path.display(),
                    format!("the configuration file cannot be read: {error}"),
                )],
                ..Self::default()
            },
        }
    }

    pub(super) fn parse(path: &Path, text: &str) -> Self {
        let source = Source { path, text };
        let (table, errors) = DeTable::parse_recoverable(text);
        let mut file = Self::default();
        for error in errors {
            let span = error.span().unwrap_or_default();
            file.mistakes
                .push(Mistake::at(&source.place(&span), error.message()));
        }
        for (key, value) in table.get_ref() {
            let key_place = source.place(&key.span());
            match value.get_ref() {
                DeValue::Table(section) => {
                    file.sections.push((key.get_ref().to_string(), key_place));
                    for (key_in_section, value) in section {
                        let section = Some(key.get_ref().to_string());
                        let key = (key_in_section.get_ref().as_ref(), key_in_section.span());
                        file.add(&source, section, key, (value.get_ref(), value.span()));
                    }
                }
                scalar => {
                    let key = (key.get_ref().as_ref(), key.span());
                    file.add(&source, None, key, (scalar, value.span()));
                }
            }
        }
        file
    }

    fn add(
        &mut self,
        source: &Source<'_>,
        section: Option<String>,
        (key, key_span): (&str, Range<usize>),
        (value, value_span): (&DeValue<'_>, Range<usize>),
    ) {
        let value_place = source.place(&value_span);
        let texts = match value {
            DeValue::Array(values) => values.iter().map(|value| text(value.get_ref())).collect(),
            value => text(value).map(|text| vec![text]),
        };
        match texts {
            Some(texts) => self.entries.push(Entry {
                section,
                key: key.to_owned(),
                texts,
                is_array: matches!(value, DeValue::Array(_)),
                key_place: source.place(&key_span),
                value_place,
            }),
            None => self.mistakes.push(Mistake::at(
                &value_place,
                format!(
                    "{key}: give a text in quotes, a number or true or false, not {}",
                    kind(value)
                ),
            )),
        }
    }
}

/// The kind of a value, with its article.
fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::Table(_) => "a table",
        DeValue::Array(_) => "an array of such values",
        _ => "a date",
    }
}

/// A value as on a command line.
fn text(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        // 0x10 is 16, as on no command line.
        DeValue::Integer(number) => {
            let parsed = i128::from_str_radix(number.as_str(), number.radix());
            Some(parsed.map_or_else(|_| number.as_str().to_owned(), |number| number.to_string()))
        }
        DeValue::Float(number) => Some(number.as_str().to_owned()),
        DeValue::Boolean(value) => Some(value.to_string()),
        DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => None,
    }
}

struct Source<'t> {
    path: &'t Path,
    text: &'t str,
}

impl Source<'_> {
    fn place(&self, span: &Range<usize>) -> Place {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        let line = before.rsplit('\n').next().unwrap_or_default();
        Place {
            file: self.path.to_owned(),
            line: before.matches('\n').count() + 1,
            column: line.chars().count() + 1,
        }
    }
}

/// The text of a regular file. Reading anything else, such as a pipe, could take for ever.
pub(super) fn read(path: &Path, bytes_max: u64) -> io::Result<String> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    let mut text = String::new();
    let opened = File::open(path)?;
    opened.take(bytes_max + 1).read_to_string(&mut text)?;
    match text.len() as u64 > bytes_max {
        true => Err(io::Error::other(format!(
            "it is larger than {} KiB",
            bytes_max / 1024
        ))),
        false => Ok(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> ConfigFile {
        ConfigFile::parse(Path::new("a.toml"), text)
    }

    #[test]
    fn an_entry_has_its_value_as_on_a_command_line_and_its_place() {
        let file =
            parse("a = 20\n  b = \"2s\"\nc = 0.5\nd = true\ne = 0x10\n[one]\nf = [\"x\", 1]\n");
        let found = file.entries.iter().map(|entry| {
            let place = &entry.value_place;
            let texts = entry.texts.join(" ");
            (entry.key.as_str(), texts, place.line, place.column)
        });
        let mut found: Vec<_> = found.collect();
        found.sort();
        let expected = [
            ("a", "20", 1, 5),
            ("b", "2s", 2, 7),
            ("c", "0.5", 3, 5),
            ("d", "true", 4, 5),
            ("e", "16", 5, 5),
            ("f", "x 1", 7, 5),
        ];
        let expected =
            expected.map(|(key, text, line, column)| (key, text.to_owned(), line, column));
        assert_eq!(found, expected);
        assert_eq!(file.mistakes, []);
        assert_eq!(file.sections[0].0, "one");
    }

    #[test]
    fn every_mistake_is_found_with_its_place() {
        let file = parse("a = \nb = 1\nb = 2\nc = 2020-01-01\nd = { x = { y = 1 } }\n");
        let found: Vec<_> = file.mistakes.iter().map(ToString::to_string).collect();
        assert_eq!(found.len(), 4, "{found:?}");
        for place in [
            "a.toml:1:5: ",
            "a.toml:3:1: ",
            "a.toml:4:5: c: give",
            "a.toml:5:11: x: give",
        ] {
            assert!(
                found.iter().any(|found| found.starts_with(place)),
                "{place}: {found:?}"
            );
        }
    }
}
