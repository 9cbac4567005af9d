//! The token file: one `name role token` a line.
//!
//! A mistake in it is refused with the number of its line. No message repeats a word of the file: any word may be a token that
//! stands in the wrong place.

use std::{fmt, str::FromStr, sync::Arc};

use subtle::ConstantTimeEq;

use super::operator::{Operator, Role};

/// The shortest token, in characters. At random from the characters of base64, it has 96 bits.
pub const TOKEN_CHARS_MIN: usize = 16;
/// The longest token, in characters.
pub const TOKEN_CHARS_MAX: usize = 512;
/// The longest name, in characters.
const NAME_CHARS_MAX: usize = 64;

/// The tokens of an admin listener, at least one.
///
/// ```
/// use likewise_saga::admin::AdminTokens;
///
/// let file = "# who may look, and who may act\n\
///             grafana read 5f2b0c8ad1e94f77\n\
///             ann operate 9a1c44e07bd85f10\n";
/// assert!(file.parse::<AdminTokens>().is_ok());
///
/// let error = "ann read 9a1c44e07bd85f10\nann operate short".parse::<AdminTokens>();
/// assert_eq!(error.unwrap_err().to_string(), "line 2: a token has 16 to 512 characters");
/// ```
pub struct AdminTokens(Vec<Entry>);

struct Entry {
    operator: Operator,
    secret: Box<[u8]>,
    line: usize,
}

/// A token file that is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenFileError {
    /// No line has a token.
    #[error("the file has no token: give one `name role token` a line")]
    Empty,
    /// A line is wrong.
    #[error("line {line}: {reason}")]
    Line {
        /// Its number, from 1.
        line: usize,
        /// What is wrong.
        reason: LineError,
    },
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    /// It has another number of words.
    #[error("must be `name role token`, three words; it has {0}")]
    Words(usize),
    /// The name has other characters.
    #[error("a name has 1 to {NAME_CHARS_MAX} letters, digits and characters of `.-_@`")]
    Name,
    /// There is no such role.
    #[error("the role is `read` or `operate`")]
    Role,
    /// The token is too short or too long.
    #[error("a token has {TOKEN_CHARS_MIN} to {TOKEN_CHARS_MAX} characters")]
    TokenLength,
    /// The token has other characters.
    #[error("a token has letters, digits and characters of `-._~+/`, and perhaps `=` at its end")]
    TokenCharacters,
    /// Another line has the name.
    #[error("line {0} has the same name")]
    NameTwice(usize),
    /// Another line has the token.
    #[error("line {0} has the same token")]
    TokenTwice(usize),
}

impl AdminTokens {
    /// Who has this token. It compares with every token, and with each in a time that depends only on the lengths.
    pub(crate) fn find(&self, token: &[u8]) -> Option<&Operator> {
        self.entry(token).map(|entry| &entry.operator)
    }

    fn entry(&self, token: &[u8]) -> Option<&Entry> {
        let mut found = None;
        for entry in &self.0 {
            if bool::from(entry.secret.ct_eq(token)) {
                found = Some(entry);
            }
        }
        found
    }

    fn add(&mut self, entry: Entry) -> Result<(), LineError> {
        let same_name = |other: &&Entry| other.operator.name == entry.operator.name;
        if let Some(other) = self.0.iter().find(same_name) {
            return Err(LineError::NameTwice(other.line));
        }
        if let Some(other) = self.entry(&entry.secret) {
            return Err(LineError::TokenTwice(other.line));
        }
        self.0.push(entry);
        Ok(())
    }
}

impl FromStr for AdminTokens {
    type Err = TokenFileError;

    /// Reads the text of a token file. Blank lines and lines that begin with `#` are ignored.
    fn from_str(text: &str) -> Result<Self, TokenFileError> {
        let mut tokens = Self(Vec::new());
        for (line, content) in (1..).zip(text.lines()) {
            let content = content.trim();
            if content.is_empty() || content.starts_with('#') {
                continue;
            }
            let added = entry(line, content).and_then(|entry| tokens.add(entry));
            added.map_err(|reason| TokenFileError::Line { line, reason })?;
        }
        match tokens.0.is_empty() {
            true => Err(TokenFileError::Empty),
            false => Ok(tokens),
        }
    }
}

fn entry(line: usize, content: &str) -> Result<Entry, LineError> {
    let words: Vec<&str> = content.split_whitespace().collect();
    let [name, role, token] = words[..] else {
        return Err(LineError::Words(words.len()));
    };
    let in_name = |c: char| c.is_ascii_alphanumeric() || ".-_@".contains(c);
    if name.len() > NAME_CHARS_MAX || !name.chars().all(in_name) {
        return Err(LineError::Name);
    }
    let role = Role::of_name(role).ok_or(LineError::Role)?;
    if !(TOKEN_CHARS_MIN..=TOKEN_CHARS_MAX).contains(&token.chars().count()) {
        return Err(LineError::TokenLength);
    }
    // What RFC 6750 allows after `Bearer`.
    let in_token = |c: char| c.is_ascii_alphanumeric() || "-._~+/".contains(c);
    if !token.trim_end_matches('=').chars().all(in_token) {
        return Err(LineError::TokenCharacters);
    }
    Ok(Entry {
        operator: Operator {
            name: Arc::from(name),
            role,
        },
        secret: Box::from(token.as_bytes()),
        line,
    })
}

/// The names alone: a token must not get into a log.
impl fmt::Debug for AdminTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let operators = self.0.iter().map(|entry| &entry.operator);
        f.debug_list().entries(operators).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "QmFzZTY0LXRva2Vu";

    #[test]
    fn a_file_has_comments_blank_lines_and_one_token_a_line() {
        let text =
            format!("# operators\n\n  ann\tread   {TOKEN}==  \r\nbob operate {TOKEN}/+~._-\n");
        let tokens: AdminTokens = text.parse().unwrap();
        let who = |token: &str| tokens.find(token.as_bytes()).map(|it| (&*it.name, it.role));
        assert_eq!(who(&format!("{TOKEN}==")), Some(("ann", Role::Read)));
        assert_eq!(who(&format!("{TOKEN}/+~._-")), Some(("bob", Role::Operate)));
        assert_eq!(who(TOKEN), None);
        assert_eq!(who(""), None);
    }

    #[test]
    fn a_wrong_line_is_named_and_no_word_of_it_is_repeated() {
        let long = "x".repeat(TOKEN_CHARS_MAX + 1);
        let longest_name = "n".repeat(NAME_CHARS_MAX + 1);
        let wrong = [
            ("ann read".to_owned(), "three words; it has 2"),
            (
                format!("ann read {TOKEN} # laptop"),
                "three words; it has 5",
            ),
            (format!("ann admin {TOKEN}"), "`read` or `operate`"),
            (format!("ann Read {TOKEN}"), "`read` or `operate`"),
            (format!("a/b read {TOKEN}"), "a name has 1 to 64"),
            (format!("{longest_name} read {TOKEN}"), "a name has 1 to 64"),
            (format!("ann read {}", &TOKEN[1..]), "16 to 512 characters"),
            (format!("ann read {long}"), "16 to 512 characters"),
            (format!("ann read {TOKEN}ü"), "a token has letters"),
            (format!("ann read {TOKEN}=x"), "a token has letters"),
            (format!("{TOKEN} ann read"), "`read` or `operate`"),
            (format!("first read {TOKEN}0"), "line 2 has the same name"),
            (format!("second read {TOKEN}1"), "line 2 has the same token"),
        ];
        for (line, reason) in wrong {
            let text = format!("# tokens\nfirst read {TOKEN}1\n\n{line}\n");
            let error = text.parse::<AdminTokens>().unwrap_err().to_string();
            assert!(error.starts_with("line 4: "), "{line}: {error}");
            assert!(error.contains(reason), "{line}: {error}");
            assert!(!error.contains(&TOKEN[1..]), "{error}");
        }
        let empty = "# nobody yet\n".parse::<AdminTokens>().unwrap_err();
        assert!(empty.to_string().contains("has no token"), "{empty}");
    }

    #[test]
    fn tokens_do_not_get_into_a_log() {
        let tokens: AdminTokens = format!("ann read {TOKEN}").parse().unwrap();
        let text = format!("{tokens:?}");
        assert!(text.contains("ann") && !text.contains(TOKEN), "{text}");
    }
}
