//! Why `likewise saga` ends early, and with which exit code.

use std::{fmt, process::ExitCode};

/// Why the command ends early.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Stop {
    kind: Kind,
    text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// The API, or the operator, said no. Nothing was done.
    Refused = 1,
    /// The command line makes no sense. Nothing was done.
    Usage = 2,
    /// Nobody answered who could. An action may have been done.
    Unknown = 3,
}

impl Stop {
    /// Exit code 1: nothing was done.
    pub(super) fn refused(text: impl Into<String>) -> Self {
        Self::of(Kind::Refused, text)
    }

    /// Exit code 2: nothing was done.
    pub(super) fn usage(text: impl Into<String>) -> Self {
        Self::of(Kind::Usage, text)
    }

    /// Exit code 3: the API was not reached, or the effect is unknown.
    pub(super) fn unknown(text: impl Into<String>) -> Self {
        Self::of(Kind::Unknown, text)
    }

    fn of(kind: Kind, text: impl Into<String>) -> Self {
        let text = text.into();
        Self { kind, text }
    }

    pub(super) fn code(&self) -> ExitCode {
        ExitCode::from(self.number())
    }

    /// Whether trying again would end in the same way.
    pub(super) fn is_refusal(&self) -> bool {
        self.kind != Kind::Unknown
    }

    pub(super) fn number(&self) -> u8 {
        self.kind as u8
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", self.text)
    }
}
