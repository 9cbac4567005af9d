//! Text from outside, made harmless for Markdown: titles, headers and errors may say anything, and it must be read as
//! that and nothing else.

/// Characters of one text at most.
const CHARACTERS_MAX: usize = 2_000;
/// What stands for a character that cannot be shown.
const UNSHOWN: char = '\u{FFFD}';

/// Text as it is: whatever could mean something in Markdown or HTML, be it a link or a mention, is written by number.
pub(crate) fn plain(text: &str) -> String {
    let mut safe = String::new();
    let shown = visible(text);
    // "1." and "1)" would begin a list.
    let behind_number = shown.trim_start_matches(|c: char| c.is_ascii_digit());
    let is_numbered = behind_number.len() < shown.len() && behind_number.starts_with(['.', ')']);
    for (place, character) in shown.chars().enumerate() {
        let is_harmless = match character {
            c if c.is_ascii_digit() => place > 0 || !is_numbered,
            c if c.is_ascii_alphabetic() => true,
            ' ' | ',' | '\'' | '/' | '=' | '%' | ';' | '"' | '(' | ')' => true,
            '-' | '+' => place > 0,
            '.' => !shown[..byte_of(&shown, place)]
                .to_ascii_lowercase()
                .ends_with("www"),
            c => !c.is_ascii(),
        };
        match is_harmless {
            true => safe.push(character),
            false => safe.push_str(&format!("&#{};", u32::from(character))),
        }
    }
    safe
}

/// Text in a code span: its fence is longer than any run of backticks in it.
pub(crate) fn code(text: &str) -> String {
    let shown = visible(text);
    let fence = "`".repeat(longest_run(&shown, '`') + 1);
    // A span that begins or ends with a backtick needs a space, and one of spaces alone is no span.
    let needs_space = shown.starts_with('`') || shown.ends_with('`') || shown.trim().is_empty();
    match needs_space {
        true => format!("{fence} {shown} {fence}"),
        false => format!("{fence}{shown}{fence}"),
    }
}

/// Lines in a fenced block: the fence is longer than any run of backticks in them. Each line stays one.
pub(crate) fn fenced(language: &str, lines: &str) -> String {
    let shown: Vec<String> = lines.lines().map(visible).collect();
    let shown = shown.join("\n");
    let fence = "`".repeat(longest_run(&shown, '`').max(2) + 1);
    format!("{fence}{language}\n{shown}\n{fence}\n")
}

/// Without what cannot be seen: controls, line ends, and characters that turn the direction of writing.
pub(crate) fn visible(text: &str) -> String {
    let mut shown: String = text.chars().take(CHARACTERS_MAX).map(shown).collect();
    if text.chars().nth(CHARACTERS_MAX).is_some() {
        shown.push('…');
    }
    shown
}

fn shown(character: char) -> char {
    match character {
        '\t' => ' ',
        c if c.is_control() => UNSHOWN,
        '\u{2028}' | '\u{2029}' | '\u{200B}'..='\u{200F}' => UNSHOWN,
        '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}' => UNSHOWN,
        c => c,
    }
}

fn byte_of(text: &str, place: usize) -> usize {
    text.char_indices()
        .nth(place)
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
    fn plain_text_means_nothing() {
        assert_eq!(plain("User 1 liked article 1."), "User 1 liked article 1.");
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
            let safe = plain(hostile);
            let bare = safe.replace(|c: char| "&#;".contains(c), "");
            assert!(
                bare.chars()
                    .all(|c| c.is_ascii_alphanumeric() || "/()".contains(c)),
                "{safe}"
            );
        }
        assert_eq!(plain("1. item"), "&#49;. item");
        assert_eq!(plain("23) item"), "&#50;3) item");
        assert_eq!(plain("3 of 8"), "3 of 8");
        assert_eq!(plain("- item"), "&#45; item");
        assert_eq!(plain("www.x.y"), "www&#46;x.y");
    }

    #[test]
    fn a_line_stays_a_line() {
        for text in [
            "a\n# b",
            "a\r\nb",
            "a\u{2028}b",
            "a\u{0}b\u{1b}[31m",
            "a\u{202e}b",
        ] {
            for safe in [plain(text), code(text)] {
                assert!(
                    !safe.contains(|c: char| c.is_control() || c == '\u{2028}' || c == '\u{202e}'),
                    "{safe:?}"
                );
            }
        }
        assert_eq!(fenced("x", "a\n```\nb").lines().count(), 5);
    }

    #[test]
    fn code_is_not_ended_from_inside() {
        assert_eq!(code("a"), "`a`");
        assert_eq!(code("a``b"), "```a``b```");
        assert_eq!(code("`"), "`` ` ``");
        assert_eq!(code(""), "`  `");
        assert!(fenced("sh", "a ````` b").starts_with("``````sh\n"));
    }

    #[test]
    fn long_text_is_cut() {
        assert_eq!(
            visible(&"x".repeat(9_999)).chars().count(),
            CHARACTERS_MAX + 1
        );
    }
}
