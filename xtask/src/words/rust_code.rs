//! Separates Rust code from comments and literals, so that a name in prose is not mistaken for an identifier.

/// The text with its comments and the contents of its literals replaced by spaces. Line breaks stay where they are.
pub(super) fn code_only(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let skipped = skipped_length(rest, code.chars().next_back());
        let (part, after) = rest.split_at(if skipped == 0 {
            first.len_utf8()
        } else {
            skipped
        });
        match skipped {
            0 => code.push_str(part),
            _ => code.extend(part.chars().map(|c| if c == '\n' { '\n' } else { ' ' })),
        }
        rest = after;
    }
    code
}

/// The length of the comment or literal at the start of the text, in bytes; 0 if there is none.
fn skipped_length(text: &str, before: Option<char>) -> usize {
    if text.starts_with("//") {
        return text.find('\n').unwrap_or(text.len());
    }
    if text.starts_with("/*") {
        return block_comment_length(text);
    }
    if text.starts_with('"') {
        return quoted_length(text, '"');
    }
    if text.starts_with('\'') {
        return char_literal_length(text);
    }
    let continues_identifier = before.is_some_and(|c| c.is_alphanumeric() || c == '_');
    if text.starts_with('r') && !continues_identifier {
        return raw_string_length(text);
    }
    0
}

/// Block comments may be nested.
fn block_comment_length(text: &str) -> usize {
    let mut depth = 0;
    for (index, _) in text.char_indices() {
        if text[index..].starts_with("/*") {
            depth += 1;
        } else if text[index..].starts_with("*/") {
            depth -= 1;
            if depth == 0 {
                return index + 2;
            }
        }
    }
    text.len()
}

/// The length of a literal that ends at the next unescaped quote.
fn quoted_length(text: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (index, c) in text.char_indices().skip(1) {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            c if c == quote => return index + c.len_utf8(),
            _ => {}
        }
    }
    text.len()
}

/// 0 for a lifetime, which has no closing quote.
fn char_literal_length(text: &str) -> usize {
    let mut chars = text.chars().skip(1);
    let (first, second) = (chars.next(), chars.next());
    match (first, second) {
        (Some('\\'), _) | (Some(_), Some('\'')) => quoted_length(text, '\''),
        _ => 0,
    }
}

/// 0 if the letter does not start a raw string.
fn raw_string_length(text: &str) -> usize {
    let hashes = text[1..].len() - text[1..].trim_start_matches('#').len();
    let Some(contents) = text[1 + hashes..].strip_prefix('"') else {
        return 0;
    };
    let end = format!("\"{}", "#".repeat(hashes));
    let start = 1 + hashes + 1;
    contents
        .find(&end)
        .map_or(text.len(), |index| start + index + end.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let code = code_only(text);
        code.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn comments_are_no_code() {
        assert_eq!(
            words("a // Move\nb /* Move /* nested */ Move */ c"),
            ["a", "b", "c"]
        );
    }

    #[test]
    fn the_contents_of_literals_are_no_code() {
        assert_eq!(words(r#"a "Move \" Move" b 'M' '\'' c"#), ["a", "b", "c"]);
        assert_eq!(words("a r#\"Move \" Move\"# b"), ["a", "b"]);
    }

    #[test]
    fn lifetimes_and_names_that_start_with_r_are_code() {
        assert_eq!(
            words("fn r<'a>(run: &'a str)"),
            ["fn", "r<'a>(run:", "&'a", "str)"]
        );
    }

    /// Findings have line numbers of the original text.
    #[test]
    fn line_breaks_stay() {
        let text = "a\n/* b\nc */\n\"d\ne\"\nf";
        assert_eq!(code_only(text).lines().count(), text.lines().count());
    }
}
