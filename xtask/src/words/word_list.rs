//! The list of retired words and names, and the list of the places where one may stay.
//!
//! Both are tab-separated files in `xtask/`, so that they can be read and changed without this program.

use anyhow::{Context, Result, bail, ensure};

/// A word or phrase that must not occur, in any of its forms.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct RetiredWord {
    /// The words of the phrase, in lower case; a plain word is a phrase of one.
    pub(super) phrase: Vec<String>,
    pub(super) say_instead: String,
}

/// An identifier that must not occur in Rust code.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct RetiredName {
    pub(super) name: String,
    pub(super) say_instead: String,
}

/// All that is retired.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct WordList {
    pub(super) words: Vec<RetiredWord>,
    pub(super) names: Vec<RetiredName>,
}

impl WordList {
    /// Parses the list. Lines that start with `#` are comments.
    ///
    /// # Errors
    /// A line does not have three columns, or its first column is neither `word` nor `name`.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let mut list = Self::default();
        for row in rows(text) {
            let [kind, form, say_instead] = row?;
            let say_instead = say_instead.to_owned();
            match kind {
                "word" => list.words.extend(form.split('|').map(|form| RetiredWord {
                    phrase: form.split(' ').map(str::to_lowercase).collect(),
                    say_instead: say_instead.clone(),
                })),
                "name" => list.names.push(RetiredName {
                    name: form.to_owned(),
                    say_instead,
                }),
                other => bail!("'{other}' is neither 'word' nor 'name'"),
            }
        }
        Ok(list)
    }
}

/// A snippet of text in which a retired word is accepted.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Allowed {
    file: String,
    pub(super) snippet: String,
}

impl Allowed {
    /// Parses the list of accepted snippets. Lines that start with `#` are comments.
    ///
    /// # Errors
    /// A line does not have three columns, or it has no reason.
    pub(super) fn parse(text: &str) -> Result<Vec<Self>> {
        rows(text)
            .map(|row| {
                let [file, snippet, reason] = row?;
                ensure!(!reason.is_empty(), "'{snippet}' has no reason");
                Ok(Self {
                    file: file.to_owned(),
                    snippet: snippet.to_owned(),
                })
            })
            .collect()
    }

    pub(super) fn applies_to(&self, file: &str) -> bool {
        self.file == "*" || self.file == file
    }
}

fn rows(text: &str) -> impl Iterator<Item = Result<[&str; 3]>> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| {
        let columns: Vec<&str> = line.split('\t').collect();
        columns
            .try_into()
            .ok()
            .with_context(|| format!("'{line}' does not have three columns"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_words_with_their_forms_and_names() {
        let list = WordList::parse("# comment\nword\tWobble|wobbles\tshake\nname\tWob\tShake\n");
        let list = list.unwrap();
        let phrases: Vec<_> = list.words.iter().map(|word| &word.phrase[0]).collect();
        assert_eq!(phrases, ["wobble", "wobbles"]);
        assert_eq!(list.names[0].say_instead, "Shake");
    }

    #[test]
    fn a_line_that_cannot_be_understood_is_an_error() {
        assert!(WordList::parse("word\twobble\n").is_err());
        assert!(WordList::parse("phrase\twobble\tshake\n").is_err());
        assert!(Allowed::parse("*\twobble\t\n").is_err());
    }
}
