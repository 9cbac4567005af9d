//! The secrets that services show each other: the file, and where the current ones come from.
//!
//! The file has one secret a line, the newest first. The first is sent, and each is accepted. To replace a secret, add the new one
//! behind the old one everywhere, then move it to the front everywhere, then remove the old one everywhere. No message repeats a
//! word of the file.

use std::{
    fmt,
    str::FromStr,
    sync::{Arc, PoisonError, RwLock},
};

use axum::http::HeaderValue;
use subtle::{Choice, ConstantTimeEq};

/// The shortest secret, in characters. At random from hexadecimal digits, it has 128 bits.
pub const SECRET_CHARS_MIN: usize = 32;
/// The longest secret, in characters.
pub const SECRET_CHARS_MAX: usize = 512;
/// The most secrets. A request is compared with each.
pub const SECRETS_MAX: usize = 8;

/// The secrets of a process, at least one, the newest first. They are never shown.
///
/// ```
/// use likewise_saga::security::Secrets;
///
/// let file = "# new, then old\n5f2b0c8ad1e94f7796b1d2a0c35e8f14\n9a1c44e07bd85f105f2b0c8ad1e94f77\n";
/// assert!(file.parse::<Secrets>().is_ok());
///
/// let error = "short".parse::<Secrets>().unwrap_err();
/// assert_eq!(error.to_string(), "line 1: a secret has 32 to 512 characters");
/// ```
pub struct Secrets {
    all: Vec<Entry>,
    newest: HeaderValue,
}

struct Entry {
    secret: Box<[u8]>,
    line: usize,
}

/// A secret file that is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretsError {
    /// No line has a secret.
    #[error("the file has no secret: give one a line, the newest first")]
    Empty,
    /// A line is wrong.
    #[error("line {line}: {reason}")]
    Line {
        /// Its number, from 1.
        line: usize,
        /// What is wrong.
        reason: SecretLineError,
    },
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretLineError {
    /// The secret is too short or too long.
    #[error("a secret has {SECRET_CHARS_MIN} to {SECRET_CHARS_MAX} characters")]
    Length,
    /// The secret has other characters.
    #[error("a secret has visible ASCII characters, and no space")]
    Characters,
    /// Another line has the secret.
    #[error("line {0} has the same secret")]
    Twice(usize),
    /// There are too many.
    #[error("there are more than {SECRETS_MAX} secrets")]
    TooMany,
}

impl Secrets {
    /// The value of the header that shows the newest secret. Its debug text hides it.
    pub(crate) fn newest(&self) -> HeaderValue {
        self.newest.clone()
    }

    /// Whether this is one of the secrets. Compares with each, in a time that depends only on the lengths.
    pub(crate) fn accept(&self, given: &[u8]) -> bool {
        let one = |entry: &Entry| entry.secret.ct_eq(given);
        let any = self.all.iter().map(one);
        any.fold(Choice::from(0), |any, one| any | one).into()
    }
}

impl FromStr for Secrets {
    type Err = SecretsError;

    /// Reads the text of a secret file. Blank lines and lines that begin with `#` are ignored.
    fn from_str(text: &str) -> Result<Self, SecretsError> {
        let mut all: Vec<Entry> = Vec::new();
        for (line, content) in (1..).zip(text.lines()) {
            let content = content.trim();
            if content.is_empty() || content.starts_with('#') {
                continue;
            }
            let checked = check(&all, content);
            checked.map_err(|reason| SecretsError::Line { line, reason })?;
            let secret = Box::from(content.as_bytes());
            all.push(Entry { secret, line });
        }
        let newest = all.first().ok_or(SecretsError::Empty)?;
        let mut newest = HeaderValue::from_bytes(&newest.secret)
            .unwrap_or_else(|_| unreachable!("visible ASCII is a value"));
        newest.set_sensitive(true);
        Ok(Self { all, newest })
    }
}

fn check(before: &[Entry], secret: &str) -> Result<(), SecretLineError> {
    if !(SECRET_CHARS_MIN..=SECRET_CHARS_MAX).contains(&secret.len()) {
        return Err(SecretLineError::Length);
    }
    if !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(SecretLineError::Characters);
    }
    let same = |entry: &&Entry| bool::from(entry.secret.ct_eq(secret.as_bytes()));
    if let Some(other) = before.iter().find(same) {
        return Err(SecretLineError::Twice(other.line));
    }
    match before.len() < SECRETS_MAX {
        true => Ok(()),
        false => Err(SecretLineError::TooMany),
    }
}

/// How many there are: a secret must not get into a log.
impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} secrets", self.all.len())
    }
}

/// Where a process has its current secrets from.
pub trait SecretSource: Send + Sync {
    /// The secrets now. `None`: services show each other none, and the internal routes accept everybody.
    fn current(&self) -> Option<Arc<Secrets>>;
}

/// No secret: whoever reaches the listener may send steps.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoSecret;

impl SecretSource for NoSecret {
    fn current(&self) -> Option<Arc<Secrets>> {
        None
    }
}

/// Secrets that are replaced while the process runs.
#[derive(Debug)]
pub struct ReplaceableSecrets(RwLock<Arc<Secrets>>);

impl ReplaceableSecrets {
    /// These secrets, until they are replaced.
    #[must_use]
    pub fn new(secrets: Secrets) -> Self {
        Self(RwLock::new(Arc::new(secrets)))
    }

    /// From now on these.
    pub fn replace(&self, secrets: Secrets) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(secrets);
    }
}

impl SecretSource for ReplaceableSecrets {
    fn current(&self) -> Option<Arc<Secrets>> {
        let current = self.0.read().unwrap_or_else(PoisonError::into_inner);
        Some(Arc::clone(&current))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "0123456789abcdef0123456789abcdef";
    const NEW: &str = "fedcba9876543210fedcba9876543210";

    #[test]
    fn the_first_secret_is_sent_and_each_is_accepted() {
        let secrets: Secrets = format!("# two\n\n {NEW}\r\n{OLD}\n").parse().unwrap();
        assert_eq!(secrets.newest(), NEW);
        for (given, is_accepted) in [
            (NEW, true),
            (OLD, true),
            ("", false),
            (&NEW[1..], false),
            (&format!("{NEW}0"), false),
            (&NEW.to_uppercase(), false),
        ] {
            assert_eq!(secrets.accept(given.as_bytes()), is_accepted, "{given}");
        }
    }

    #[test]
    fn a_wrong_line_is_named_and_no_word_of_it_is_repeated() {
        let long = "x".repeat(SECRET_CHARS_MAX + 1);
        let more: Vec<String> = (0..SECRETS_MAX).map(|n| format!("{NEW}{n}")).collect();
        let wrong = [
            ((&NEW[1..]).to_owned(), 2, "32 to 512 characters"),
            (long, 2, "32 to 512 characters"),
            (format!("{NEW} {NEW}"), 2, "and no space"),
            (format!("{NEW}ü"), 2, "visible ASCII"),
            (OLD.to_owned(), 2, "line 1 has the same secret"),
            (more.join("\n"), 9, "more than 8 secrets"),
        ];
        for (lines, number, reason) in wrong {
            let error = format!("{OLD}\n{lines}").parse::<Secrets>().unwrap_err();
            let text = error.to_string();
            assert!(text.starts_with(&format!("line {number}: ")), "{text}");
            assert!(text.contains(reason), "{text}");
            assert!(!text.contains(&NEW[1..]), "{text}");
        }
        assert_eq!(
            "# none\n".parse::<Secrets>().unwrap_err(),
            SecretsError::Empty
        );
    }

    #[test]
    fn secrets_do_not_get_into_a_log() {
        let secrets: Secrets = OLD.parse().unwrap();
        let text = format!("{secrets:?} {:?}", secrets.newest());
        assert!(text.contains("1 secrets") && !text.contains(OLD), "{text}");
    }

    #[test]
    fn replaced_secrets_count_from_the_next_request_on() {
        let source = ReplaceableSecrets::new(OLD.parse().unwrap());
        source.replace(NEW.parse().unwrap());
        let current = source.current().unwrap();
        assert!(current.accept(NEW.as_bytes()) && !current.accept(OLD.as_bytes()));
    }
}
