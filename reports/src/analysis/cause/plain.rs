//! What a check saw, as a sentence for people: no identities, no JSON, no notation of the program.

use likewise_world::record::RunRecord;

/// Nouns that checks count, and that need no plural after a one.
const COUNTED: [&str; 4] = ["sagas", "records", "orders", "steps"];

/// A detail of a violation as a sentence.
pub(super) fn detail(record: &RunRecord, detail: &str) -> String {
    let mut text = numbered(record, &without_options(&without_braces(detail)));
    text = text.replace("1 sagas are", "1 saga is");
    for noun in COUNTED {
        let (many, one) = (
            format!(" 1 {noun}"),
            format!(" 1 {}", &noun[..noun.len() - 1]),
        );
        text = text.replace(&many, &one);
    }
    sentence(&minus(&text))
}

/// The text with the numbers of sagas in place of their identities.
pub(super) fn numbered(record: &RunRecord, text: &str) -> String {
    let mut text = text.to_owned();
    for (place, id) in record.saga_ids.iter().enumerate() {
        let number = format!("saga {}", place + 1);
        text = text.replace(&format!("saga {id}"), &number);
        text = text.replace(id, &number);
    }
    text
}

/// A clause with a capital letter and a full stop.
pub(super) fn sentence(clause: &str) -> String {
    let clause = clause.trim().trim_end_matches(['.', ':', ',']);
    let mut characters = clause.chars();
    let first = characters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(characters).chain(['.']).collect()
}

/// `article 1: likes 0 → -1` as `article 1 went from 0 to −1 likes`. Anything else stays as it is.
pub(super) fn went(phrase: &str) -> String {
    let words = || {
        let (subject, rest) = phrase.split_once(": ")?;
        let (noun, values) = rest.split_once(' ')?;
        let (before, after) = values.split_once(" → ")?;
        let is_number = |text: &str| text.parse::<i64>().is_ok();
        let is_one = is_number(before) && is_number(after);
        is_one.then(|| format!("{subject} went from {before} to {after} {noun}"))
    };
    minus(&words().unwrap_or_else(|| phrase.to_owned()))
}

/// A minus sign before a number is not a hyphen.
fn minus(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let is_minus = |place: usize| {
        let digit = characters.get(place + 1).is_some_and(char::is_ascii_digit);
        let before = place.checked_sub(1).and_then(|it| characters.get(it));
        characters[place] == '-' && digit && before.is_none_or(|it| *it == ' ')
    };
    let shown = |place: usize| {
        if is_minus(place) {
            '−'
        } else {
            characters[place]
        }
    };
    (0..characters.len()).map(shown).collect()
}

/// The text without what stands in braces: a body in JSON says nothing to a reader.
fn without_braces(text: &str) -> String {
    let mut depth = 0_u32;
    let mut kept = String::new();
    for character in text.chars() {
        match character {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ if depth == 0 => kept.push(character),
            _ => {}
        }
    }
    kept.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .replace(" :", "")
}

/// `Some(x)` and `Host(x)` as `x`.
fn without_options(text: &str) -> String {
    WRAPPERS
        .iter()
        .fold(text.to_owned(), |text, wrapper| without(wrapper, &text))
}

/// What the notation of the program puts around values.
const WRAPPERS: [&str; 2] = ["Some(", "Host("];

fn without(wrapper: &str, text: &str) -> String {
    let mut rest = text;
    let mut kept = String::new();
    while let Some((before, after)) = rest.split_once(wrapper) {
        kept.push_str(before);
        let mut depth = 1;
        let end = after.char_indices().find(|(_, character)| {
            depth += match character {
                '(' => 1,
                ')' => -1,
                _ => 0,
            };
            depth == 0
        });
        let Some((end, _)) = end else {
            rest = after;
            break;
        };
        kept.push_str(&without(wrapper, &after[..end]));
        rest = &after[end + 1..];
    }
    kept.push_str(rest);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::records;

    #[test]
    fn a_detail_has_no_identities_and_no_notation() {
        let record = records::red();
        let id = &record.saga_ids[0];
        let plain = |text: &str| detail(&record, text);
        assert_eq!(
            plain(&format!("saga Some({id}) is open below the watermark {id}")),
            "Saga 1 is open below the watermark saga 1."
        );
        assert_eq!(
            plain("user 1 was answered 200 {\"a\":{}} and then 500 {\"b\":1}"),
            "User 1 was answered 200 and then 500."
        );
        assert_eq!(plain("1 sagas are still open"), "1 saga is still open.");
        assert_eq!(
            plain("it left Some(Completed) for Some(Done(Some(1)))"),
            "It left Completed for Done(1)."
        );
        assert_eq!(plain("item 1 is sold -1 times"), "Item 1 is sold −1 times.");
    }

    #[test]
    fn a_number_that_changed_went_from_one_to_the_other() {
        assert_eq!(went("item 1: sold 0 → -1"), "item 1 went from 0 to −1 sold");
        for other in ["item 1 gone", "a: b c → d, e 1 → 2", "item 1: new, sold 0"] {
            assert_eq!(went(other), other);
        }
    }
}
