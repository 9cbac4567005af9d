//! The codes of business refusals.
//!
//! A participant stores the code in the barrier row of the refused step, and the coordinator stores it in
//! the outcome of the saga. So the texts are part of the database format and of the HTTP interface.

use std::{fmt, str::FromStr};

use likewise_saga::participant::Verdict;
use serde::{Deserialize, Serialize};

/// Why a service refused a step, or why a request needed no saga.
///
/// ```
/// use likewise::refusal::RefusalCode;
///
/// assert_eq!(RefusalCode::NotLiked.as_str(), "not_liked");
/// assert_eq!("not_liked".parse(), Ok(RefusalCode::NotLiked));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalCode {
    /// The article does not exist.
    ArticleNotFound,
    /// The user likes the article already.
    AlreadyLiked,
    /// The user does not like the article.
    NotLiked,
    /// The user is blocked and must not like anything.
    UserBlocked,
    /// The arguments of the step could not be read, for example those of a newer version.
    UnreadableArguments,
}

/// A text that is not a refusal code of this version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a refusal code")]
pub struct UnknownRefusalCode(String);

impl RefusalCode {
    /// All codes.
    pub const ALL: [Self; 5] = [
        Self::ArticleNotFound,
        Self::AlreadyLiked,
        Self::NotLiked,
        Self::UserBlocked,
        Self::UnreadableArguments,
    ];

    /// The code as it is stored and sent.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ArticleNotFound => "article_not_found",
            Self::AlreadyLiked => "already_liked",
            Self::NotLiked => "not_liked",
            Self::UserBlocked => "user_blocked",
            Self::UnreadableArguments => "unreadable_arguments",
        }
    }
}

impl fmt::Display for RefusalCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for RefusalCode {
    type Err = UnknownRefusalCode;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let code = Self::ALL.into_iter().find(|code| code.as_str() == text);
        code.ok_or_else(|| UnknownRefusalCode(text.to_owned()))
    }
}

impl From<RefusalCode> for Verdict {
    fn from(code: RefusalCode) -> Self {
        Self::Refused {
            code: code.as_str(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_read_back_from_its_text_and_from_json() {
        for code in RefusalCode::ALL {
            assert_eq!(code.as_str().parse(), Ok(code));
            assert_eq!(serde_json::json!(code), code.as_str());
        }
        assert!("no_reason".parse::<RefusalCode>().is_err());
    }
}
