//! The secrets of the webhook, and the signature of a message by each of them.
//!
//! The secret file has one `whsec_…` a line, the newest first. While a secret is replaced, a message is signed by the old and the
//! new one, so that the receiver may change at any moment. No message repeats a word of the file.

use std::{fmt, str::FromStr};

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
    prelude::BASE64_STANDARD,
};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// What a secret begins with.
const PREFIX: &str = "whsec_";
/// The version of the signature: HMAC-SHA256.
const VERSION: &str = "v1";
/// The shortest secret, in bytes.
pub const SECRET_BYTES_MIN: usize = 24;
/// The longest secret, in bytes.
pub const SECRET_BYTES_MAX: usize = 64;
/// The most secrets. Each makes the header longer.
pub const SECRETS_MAX: usize = 8;

/// Base64 whose padding may be missing.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The secrets that messages are signed with, at least one, the newest first. They are never shown.
///
/// ```
/// use likewise_saga::alerts::WebhookSecrets;
///
/// let file = "# from the receiver\nwhsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n";
/// assert!(file.parse::<WebhookSecrets>().is_ok());
///
/// let error = "\nwhsec_c2hvcnQ=".parse::<WebhookSecrets>().unwrap_err();
/// assert_eq!(error.to_string(), "line 2: a secret has 24 to 64 bytes; this one has 5");
/// ```
#[derive(Clone)]
pub struct WebhookSecrets(Vec<Hmac<Sha256>>);

/// A secret file that is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretFileError {
    /// No line has a secret.
    #[error("the file has no secret: give one `whsec_…` a line, the newest first")]
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
    /// It begins with something else.
    #[error("a secret begins with `{PREFIX}`")]
    Prefix,
    /// The rest is no base64.
    #[error("what follows `{PREFIX}` is not base64")]
    Base64,
    /// The secret is too short or too long.
    #[error("a secret has {SECRET_BYTES_MIN} to {SECRET_BYTES_MAX} bytes; this one has {0}")]
    Length(usize),
    /// There are too many.
    #[error("there are more than {SECRETS_MAX} secrets")]
    TooMany,
}

impl WebhookSecrets {
    /// The value of `webhook-signature`: a signature by each secret.
    ///
    /// # Source
    /// Standard Webhooks 1.0, "Signature scheme". `timestamp` is in seconds since 1970.
    #[must_use]
    pub fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        let one = |secret: &Hmac<Sha256>| {
            let mut mac = secret.clone();
            mac.update(format!("{id}.{timestamp}.").as_bytes());
            mac.update(body);
            let signature = BASE64_STANDARD.encode(mac.finalize().into_bytes());
            format!("{VERSION},{signature}")
        };
        self.0.iter().map(one).collect::<Vec<_>>().join(" ")
    }
}

impl FromStr for WebhookSecrets {
    type Err = SecretFileError;

    /// Reads the text of a secret file. Blank lines and lines that begin with `#` are ignored.
    fn from_str(text: &str) -> Result<Self, SecretFileError> {
        let mut secrets = Vec::new();
        for (line, content) in (1..).zip(text.lines()) {
            let content = content.trim();
            if content.is_empty() || content.starts_with('#') {
                continue;
            }
            let refused = |reason| SecretFileError::Line { line, reason };
            if secrets.len() == SECRETS_MAX {
                return Err(refused(SecretLineError::TooMany));
            }
            secrets.push(secret(content).map_err(refused)?);
        }
        match secrets.is_empty() {
            true => Err(SecretFileError::Empty),
            false => Ok(Self(secrets)),
        }
    }
}

fn secret(text: &str) -> Result<Hmac<Sha256>, SecretLineError> {
    let encoded = text.strip_prefix(PREFIX).ok_or(SecretLineError::Prefix)?;
    let bytes = BASE64
        .decode(encoded)
        .map_err(|_| SecretLineError::Base64)?;
    let wrong_length = || SecretLineError::Length(bytes.len());
    if !(SECRET_BYTES_MIN..=SECRET_BYTES_MAX).contains(&bytes.len()) {
        return Err(wrong_length());
    }
    // It takes a key of any length.
    Hmac::new_from_slice(&bytes).map_err(|_| wrong_length())
}

impl fmt::Debug for WebhookSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WebhookSecrets({}, …)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use standardwebhooks::{Webhook, WebhookError};

    use super::*;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const BODY: &[u8] = br#"{"test": 2432232314}"#;

    fn signed(file: &str) -> String {
        let secrets: WebhookSecrets = file.parse().unwrap();
        secrets.sign(ID, 1_614_265_330, BODY)
    }

    /// The vector of the reference implementations. `openssl dgst -sha256 -mac HMAC` gives the same.
    #[test]
    fn r15_the_signature_is_that_of_the_published_vector() {
        let expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(signed(SECRET), expected);
    }

    #[test]
    fn r15_a_message_is_signed_by_each_secret_the_newest_first() {
        let newer = format!("{PREFIX}{}", BASE64_STANDARD.encode([7; 64]));
        let both = signed(&format!("# rotation\n{newer}\r\n\n  {SECRET}\n"));
        assert_eq!(both, format!("{} {}", signed(&newer), signed(SECRET)));
    }

    /// A message with these headers, verified by another implementation of the standard, with the clock of this machine.
    fn verified(
        secret: &str,
        (id, at, body): (&str, i64, &[u8]),
        signature: &str,
    ) -> Result<(), WebhookError> {
        let mut headers = http::HeaderMap::new();
        let texts = [
            ("webhook-id", id.to_owned()),
            ("webhook-timestamp", at.to_string()),
            ("webhook-signature", signature.to_owned()),
        ];
        for (name, text) in texts {
            headers.insert(name, text.parse().unwrap());
        }
        Webhook::new(secret).unwrap().verify(body, &headers)
    }

    fn now() -> i64 {
        crate::env::real::env().clock.now().0 / 1_000_000
    }

    /// The vectors of the library's own tests, and secrets of every length that is allowed.
    #[test]
    fn r15_an_independent_library_signs_as_we_do() {
        let at = 1_649_367_553;
        let published = [(
            "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
            "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
            r#"{"email":"test@example.com","username":"test_user"}"#,
            "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=",
        )];
        for (secret, id, body, expected) in published {
            let secrets: WebhookSecrets = secret.parse().unwrap();
            assert_eq!(secrets.sign(id, at, body.as_bytes()), expected);
        }
        for bytes in SECRET_BYTES_MIN..=SECRET_BYTES_MAX {
            let key: Vec<u8> = (1..).take(bytes).collect();
            let secret = format!("{PREFIX}{}", BASE64_STANDARD.encode(key));
            let ours = secret.parse::<WebhookSecrets>().unwrap();
            for body in ["", "{}", "\u{fc}\n.1."] {
                let theirs = Webhook::new(&secret).unwrap();
                let theirs = theirs.sign(ID, at, body.as_bytes()).unwrap();
                assert_eq!(ours.sign(ID, at, body.as_bytes()), theirs, "{bytes} {body}");
            }
        }
    }

    #[test]
    fn r15_an_independent_library_verifies_a_message_during_a_rotation_and_no_other_message() {
        let newer = format!("{PREFIX}{}", BASE64_STANDARD.encode([7; 32]));
        let other = format!("{PREFIX}{}", BASE64_STANDARD.encode([8; 32]));
        let at = now();
        let both: WebhookSecrets = format!("{newer}\n{SECRET}\n").parse().unwrap();
        let signature = both.sign(ID, at, BODY);
        for known in [SECRET, &*newer] {
            assert!(verified(known, (ID, at, BODY), &signature).is_ok());
        }
        let is_invalid = |message, secret: &str| {
            let found = verified(secret, message, &signature);
            assert!(
                matches!(found, Err(WebhookError::InvalidSignature)),
                "{found:?}"
            );
        };
        is_invalid((ID, at, BODY), &other);
        is_invalid((ID, at, br#"{"test": 2432232315}"#), SECRET);
        is_invalid(("msg_other", at, BODY), SECRET);
        is_invalid((ID, at + 1, BODY), SECRET);
        // A message that somebody has kept.
        let old = both.sign(ID, at - 301, BODY);
        let found = verified(SECRET, (ID, at - 301, BODY), &old);
        assert!(matches!(found, Err(WebhookError::TimestampTooOldError)));
    }

    #[test]
    fn r15_a_wrong_line_is_named_and_no_word_of_it_is_repeated() {
        let of_bytes = |bytes: usize| format!("{PREFIX}{}", BASE64_STANDARD.encode(vec![9; bytes]));
        for (line, reason) in [
            (SECRET[6..].to_owned(), "begins with `whsec_`"),
            (format!("{SECRET}!"), "not base64"),
            (of_bytes(23), "24 to 64 bytes; this one has 23"),
            (of_bytes(65), "24 to 64 bytes; this one has 65"),
            (format!("{SECRET} old"), "not base64"),
        ] {
            let text = format!("# secrets\n{SECRET}\n\n{line}\n");
            let error = text.parse::<WebhookSecrets>().unwrap_err().to_string();
            assert!(error.starts_with("line 4: "), "{line}: {error}");
            assert!(error.contains(reason), "{line}: {error}");
            assert!(!error.contains(&SECRET[6..]), "{error}");
        }
        let many = [SECRET; SECRETS_MAX + 1].join("\n");
        let error = many.parse::<WebhookSecrets>().unwrap_err();
        assert_eq!(error.to_string(), "line 9: there are more than 8 secrets");
        let empty = "# none\n".parse::<WebhookSecrets>().unwrap_err();
        assert!(empty.to_string().contains("has no secret"), "{empty}");
        for bytes in [24, 64] {
            assert!(of_bytes(bytes).parse::<WebhookSecrets>().is_ok());
        }
    }

    #[test]
    fn r15_secrets_do_not_get_into_a_log() {
        let secrets: WebhookSecrets = SECRET.parse().unwrap();
        assert_eq!(format!("{secrets:?}"), "WebhookSecrets(1, …)");
    }
}
