//! Untrusted text made safe for each output format: HTML, Markdown and a terminal.
//!
//! Titles, headers and error messages come from outside and may contain anything. Each format has exactly one escaper
//! here, so that it can be reviewed and tested in one place. The HTML templates escape by themselves; [`html`] is for
//! the drawings that are written by hand. XML (JUnit) is escaped by the `quick-junit` library.

/// Characters of one text at most; longer texts are cut and end with `…`.
const CHARACTERS_MAX: usize = 2_000;
/// Replaces a character that must not be shown.
const REPLACEMENT: char = '\u{FFFD}';

/// The clause with a capital letter. It may begin with any character, so the first one is not assumed to be ASCII.
pub(crate) fn capitalised(clause: &str) -> String {
    let mut characters = clause.chars();
    let first = characters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(characters).collect()
}

/// Text inside an HTML or SVG element or attribute.
pub(crate) fn html(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// Text for a terminal: control characters, which could move the cursor or change colours, are replaced. Line ends stay.
#[must_use]
pub fn terminal(text: &str) -> String {
    let safe = |c: char| match c {
        '\n' => c,
        c if c.is_control() => char::REPLACEMENT_CHARACTER,
        c => c,
    };
    text.chars().map(safe).collect()
}

/// Text in Markdown prose: every character that could be markup (a link, a mention, a list item) becomes a character
/// reference.
pub(crate) fn markdown(text: &str) -> String {
    let mut safe = String::new();
    let shown = visible(text);
    // "1." and "1)" at the beginning would start a list.
    let after_digits = shown.trim_start_matches(|c: char| c.is_ascii_digit());
    let is_list_item = after_digits.len() < shown.len() && after_digits.starts_with(['.', ')']);
    for (index, character) in shown.chars().enumerate() {
        let is_safe = match character {
            c if c.is_ascii_digit() => index > 0 || !is_list_item,
            c if c.is_ascii_alphabetic() => true,
            ' ' | ',' | '\'' | '/' | '=' | '%' | ';' | '"' | '(' | ')' => true,
            '-' | '+' => index > 0,
            // GitHub turns "www." into a link.
            '.' => !shown[..byte_offset(&shown, index)]
                .to_ascii_lowercase()
                .ends_with("www"),
            c => !c.is_ascii(),
        };
        match is_safe {
            true => safe.push(character),
            false => safe.push_str(&format!("&#{};", u32::from(character))),
        }
    }
    safe
}

/// Text in a Markdown code span. The delimiter is longer than any run of backticks in the text.
pub(crate) fn markdown_code(text: &str) -> String {
    let shown = visible(text);
    let delimiter = "`".repeat(longest_run(&shown, '`') + 1);
    // A span that begins or ends with a backtick needs a space, and so does one without visible characters.
    let needs_space = shown.starts_with('`') || shown.ends_with('`') || shown.trim().is_empty();
    match needs_space {
        true => format!("{delimiter} {shown} {delimiter}"),
        false => format!("{delimiter}{shown}{delimiter}"),
    }
}

/// Lines in a fenced Markdown block. The fence is longer than any run of backticks in the lines.
pub(crate) fn markdown_block(language: &str, lines: &str) -> String {
    let shown: Vec<String> = lines.lines().map(visible).collect();
    let shown = shown.join("\n");
    let fence = "`".repeat(longest_run(&shown, '`').max(2) + 1);
    format!("{fence}{language}\n{shown}\n{fence}\n")
}

/// Text on one line without invisible characters: controls, line ends and characters that change the direction of
/// writing are replaced.
pub(crate) fn visible(text: &str) -> String {
    let mut shown: String = text
        .chars()
        .take(CHARACTERS_MAX)
        .map(visible_char)
        .collect();
    if text.chars().nth(CHARACTERS_MAX).is_some() {
        shown.push('…');
    }
    shown
}

fn visible_char(character: char) -> char {
    match character {
        '\t' => ' ',
        c if c.is_control() => REPLACEMENT,
        '\u{2028}' | '\u{2029}' | '\u{200B}'..='\u{200F}' => REPLACEMENT,
        '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}' => REPLACEMENT,
        c => c,
    }
}

fn byte_offset(text: &str, index: usize) -> usize {
    text.char_indices()
        .nth(index)
        .map_or(text.len(), |(byte, _)| byte)
}

fn longest_run(text: &str, of: char) -> usize {
    let runs = text.split(|character| character != of);
    runs.map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_prose_contains_no_markup() {
        assert_eq!(
            markdown("Customer 1 ordered item 1."),
            "Customer 1 ordered item 1."
        );
        for hostile in [
            "<script>",
            "[a](b)",
            "**b**",
            "`c`",
            "a|b",
            "@everyone",
            "#12",
            "http://x",
            "&lt;",
            "~~s~~",
            "$x$",
            "\\",
        ] {
            let safe = markdown(hostile);
            let bare = safe.replace(|c: char| "&#;".contains(c), "");
            assert!(
                bare.chars()
                    .all(|c| c.is_ascii_alphanumeric() || "/()".contains(c)),
                "{safe}"
            );
        }
        assert_eq!(markdown("1. item"), "&#49;. item");
        assert_eq!(markdown("23) item"), "&#50;3) item");
        assert_eq!(markdown("3 of 8"), "3 of 8");
        assert_eq!(markdown("- item"), "&#45; item");
        assert_eq!(markdown("www.x.y"), "www&#46;x.y");
    }

    #[test]
    fn one_line_stays_one_line() {
        for text in [
            "a\n# b",
            "a\r\nb",
            "a\u{2028}b",
            "a\u{0}b\u{1b}[31m",
            "a\u{202e}b",
        ] {
            for safe in [markdown(text), markdown_code(text)] {
                assert!(
                    !safe.contains(|c: char| c.is_control() || c == '\u{2028}' || c == '\u{202e}'),
                    "{safe:?}"
                );
            }
        }
        assert_eq!(markdown_block("x", "a\n```\nb").lines().count(), 5);
    }

    #[test]
    fn backticks_in_the_text_do_not_end_the_code() {
        assert_eq!(markdown_code("a"), "`a`");
        assert_eq!(markdown_code("a``b"), "```a``b```");
        assert_eq!(markdown_code("`"), "`` ` ``");
        assert_eq!(markdown_code(""), "`  `");
        assert!(markdown_block("sh", "a ````` b").starts_with("``````sh\n"));
    }

    #[test]
    fn long_text_is_cut() {
        assert_eq!(
            visible(&"x".repeat(9_999)).chars().count(),
            CHARACTERS_MAX + 1
        );
    }
}
