//! Finds retired words in a text, a file name or an identifier.

use super::rust_code::code_only;
use super::word_list::{Allowed, WordList};

/// One retired word in one place.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Finding {
    /// The line, from 1; 0 for the name of the file.
    pub(super) line: usize,
    pub(super) found: String,
    pub(super) say_instead: String,
}

/// Finds everything in a file: words in its name and in its text, and names in its code if it is Rust.
///
/// The snippets in `allowed` are those of this file.
pub(super) fn scan(
    list: &WordList,
    allowed: &[&Allowed],
    file: &str,
    text: Option<&str>,
) -> Vec<Finding> {
    let mut findings = retired_words(list, &without_snippets(file, allowed), 0);
    if let Some(text) = text {
        let text = without_snippets(text, allowed);
        findings.extend(retired_words(list, &text, 1));
        if file.ends_with(".rs") {
            findings.extend(retired_names(list, &code_only(&text)));
        }
    }
    findings.sort();
    findings
}

/// Replaces allowed snippets by spaces, so that what they contain is not found.
fn without_snippets(text: &str, allowed: &[&Allowed]) -> String {
    allowed.iter().fold(text.to_owned(), |text, allowed| {
        text.replace(&allowed.snippet, &" ".repeat(allowed.snippet.len()))
    })
}

/// Finds words and phrases. A phrase may continue on the next line.
fn retired_words(list: &WordList, text: &str, first_line: usize) -> Vec<Finding> {
    let words: Vec<(usize, String)> = text
        .lines()
        .enumerate()
        .flat_map(|(index, line)| {
            let words = words_of(line).into_iter();
            words.map(move |word| (first_line + index, word))
        })
        .collect();
    let mut findings = Vec::new();
    for retired in &list.words {
        let matching = words
            .windows(retired.phrase.len())
            .filter(|window| window.iter().map(|(_, word)| word).eq(&retired.phrase));
        findings.extend(matching.map(|window| Finding {
            line: window[0].0,
            found: retired.phrase.join(" "),
            say_instead: retired.say_instead.clone(),
        }));
    }
    findings
}

/// Finds exact identifiers.
fn retired_names(list: &WordList, code: &str) -> Vec<Finding> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let mut findings = Vec::new();
    for (index, line) in code.lines().enumerate() {
        for identifier in line.split(|c| !is_part(c)) {
            let retired = list.names.iter().find(|retired| retired.name == identifier);
            findings.extend(retired.map(|retired| Finding {
                line: index + 1,
                found: identifier.to_owned(),
                say_instead: retired.say_instead.clone(),
            }));
        }
    }
    findings
}

/// The words of a text in lower case. Identifiers are split at `_` and before capitals: `HTTPLink_id` has three words.
pub(super) fn words_of(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut chars = text.chars().peekable();
    let mut previous = ' ';
    while let Some(c) = chars.next() {
        let next_is_lower = chars.peek().is_some_and(|next| next.is_lowercase());
        let starts_word = c.is_uppercase() && (!previous.is_uppercase() || next_is_lower);
        if (starts_word || !c.is_alphanumeric()) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        }
        previous = c;
    }
    words.extend((!word.is_empty()).then_some(word));
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list() -> WordList {
        let text =
            "word\twobble|wobbles\tshake\nword\tup and down\tvertically\nname\tBob\tRobert\n";
        WordList::parse(text).unwrap()
    }

    fn found(file: &str, text: &str) -> Vec<(usize, String)> {
        let findings = scan(&list(), &[], file, Some(text));
        findings
            .into_iter()
            .map(|finding| (finding.line, finding.found))
            .collect()
    }

    #[test]
    fn a_word_is_found_in_prose_messages_and_identifiers() {
        let text = "// It wobbles.\nlet wobble_max = WobbleItem::new(\"a wobble\");\n";
        let wobble = || "wobble".to_owned();
        assert_eq!(
            found("a.rs", text),
            [
                (1, "wobbles".to_owned()),
                (2, wobble()),
                (2, wobble()),
                (2, wobble())
            ]
        );
    }

    /// Otherwise a retired word would forbid ordinary words that contain it.
    #[test]
    fn a_word_inside_another_word_is_not_found() {
        assert_eq!(found("a.md", "The wobbler is wobbly."), []);
    }

    /// Comments are wrapped, so a phrase may be too.
    #[test]
    fn a_phrase_is_found_across_lines() {
        assert_eq!(
            found("a.md", "It goes up\nand down."),
            [(1, "up and down".to_owned())]
        );
    }

    #[test]
    fn a_name_is_found_in_rust_code_only() {
        assert_eq!(
            found("a.rs", "// Bob\n\"Bob\" Bob Bobby"),
            [(2, "Bob".to_owned())]
        );
        assert_eq!(found("a.md", "Bob"), []);
    }

    #[test]
    fn a_word_is_found_in_the_name_of_a_file() {
        assert_eq!(found("src/wobbles.rs", ""), [(0, "wobbles".to_owned())]);
    }

    #[test]
    fn an_allowed_snippet_is_accepted_and_the_rest_of_the_line_is_not() {
        let allowed = Allowed::parse("a.rs\trename = \"wobble\"\tstored in files\n").unwrap();
        let allowed: Vec<_> = allowed.iter().collect();
        let text = "#[serde(rename = \"wobble\")] // wobble";
        let findings = scan(&list(), &allowed, "a.rs", Some(text));
        assert_eq!(findings.len(), 1, "{findings:?}");
        let findings = scan(
            &list(),
            &allowed,
            "a.rs",
            Some("#[serde(rename = \"wobble\")]"),
        );
        assert!(findings.is_empty(), "{findings:?}");
    }

    #[test]
    fn identifiers_are_split_at_underscores_and_capitals() {
        assert_eq!(
            words_of("HTTPLink_id fooBar BAZ2"),
            ["http", "link", "id", "foo", "bar", "baz2"]
        );
    }
}
