//! The terms of `docs/glossary.md`, to explain the words of a report where they stand. The file is the one source.

use std::sync::LazyLock;

const GLOSSARY: &str = include_str!("../../docs/glossary.md");

/// Words that mean in a report what they mean everywhere. A tooltip on each of them would hide those that matter.
const ORDINARY: [&str; 16] = [
    "action", "document", "event", "fault", "fired", "group", "host", "identity", "mark", "pair",
    "plan", "product", "record", "run", "seed", "term",
];

/// A term with its meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Term {
    pub(crate) name: &'static str,
    pub(crate) meaning: &'static str,
}

/// A piece of a text: a term with its meaning, or what is between two terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) text: String,
    /// Empty between two terms.
    pub(crate) meaning: &'static str,
}

/// The longest terms first, so that a *saga log* is not taken for a *saga*.
static TERMS: LazyLock<Vec<Term>> = LazyLock::new(|| {
    let mut terms: Vec<Term> = GLOSSARY.lines().flat_map(row).collect();
    terms.retain(|term| !ORDINARY.contains(&term.name));
    terms.sort_by_key(|term| std::cmp::Reverse(term.name.len()));
    terms
});

/// The terms of a row of the glossary: `lease (of a leader), hold | meaning`.
fn row(line: &'static str) -> Vec<Term> {
    let cells: Vec<&str> = line.split('|').map(str::trim).collect();
    let ["", names, meaning, ""] = cells[..] else {
        return Vec::new();
    };
    let is_head = names == "term" || names.starts_with("---");
    let names = names.split(", ").filter(|_| !is_head);
    names
        .map(|name| Term {
            name: name.split(" (").next().unwrap_or(name),
            meaning,
        })
        .collect()
}

/// A text in pieces. Each term is marked where it stands first, and not if `known` has it; then it is added there.
pub(crate) fn pieces(text: &str, known: &mut Vec<Term>) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut plain_from = 0;
    let mut at = 0;
    while at < text.len() {
        let term = TERMS.iter().find(|term| stands_at(text, at, term.name));
        match term {
            Some(term) if !known.contains(term) => {
                known.push(*term);
                push(&mut pieces, &text[plain_from..at], "");
                push(&mut pieces, &text[at..at + term.name.len()], term.meaning);
                at += term.name.len();
                plain_from = at;
            }
            Some(term) => at += term.name.len(),
            None => at += text[at..].chars().next().map_or(1, char::len_utf8),
        }
    }
    push(&mut pieces, &text[plain_from..], "");
    pieces
}

fn push(pieces: &mut Vec<Piece>, text: &str, meaning: &'static str) {
    if !text.is_empty() {
        let text = text.to_owned();
        pieces.push(Piece { text, meaning });
    }
}

/// Whether a term is the word at this place, in any case, or its plural.
fn stands_at(text: &str, at: usize, term: &str) -> bool {
    let Some(word) = text.get(at..at + term.len()) else {
        return false;
    };
    let is_letter = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    let before = text[..at].chars().next_back();
    let rest = &text[at + term.len()..];
    let rest = rest.strip_prefix('s').unwrap_or(rest);
    word.eq_ignore_ascii_case(term)
        && !before.is_some_and(is_letter)
        && !rest.chars().next().is_some_and(is_letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_term_has_a_meaning() {
        assert!(TERMS.len() > 60, "{}", TERMS.len());
        for term in TERMS.iter() {
            assert!(
                !term.name.is_empty() && !term.meaning.is_empty(),
                "{term:?}"
            );
            assert!(!term.name.contains(['(', '|', '`']), "{term:?}");
        }
    }

    #[test]
    fn a_term_is_marked_once_where_it_is_a_word() {
        let mut known = Vec::new();
        let text = "Barriers stop it; the barrier of the saga log, no sagacity: planned";
        let pieces = pieces(text, &mut known);
        let marked: Vec<&str> = pieces
            .iter()
            .filter(|it| !it.meaning.is_empty())
            .map(|it| it.text.as_str())
            .collect();
        assert_eq!(marked, ["Barrier", "saga log"]);
        let joined: String = pieces.iter().map(|it| it.text.as_str()).collect();
        assert_eq!(joined, text);
        assert_eq!(known.len(), 2);
    }

    #[test]
    fn a_text_of_any_characters_is_kept() {
        let text = "“saga” → ünknown — lease";
        let joined: String = pieces(text, &mut Vec::new())
            .into_iter()
            .map(|it| it.text)
            .collect();
        assert_eq!(joined, text);
    }
}
