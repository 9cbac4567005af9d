//! How a command ended, as the exit code that scripts rely on.
//!
//! One command may end in several ways at once, for example with a violation and an error of the harness. The most
//! severe one becomes the exit code; [`Exit::or`] says which that is.

use std::process::ExitCode;

use likewise_reports::{archive::ArchiveError, terminal::Tone};

/// How a command ended. The numbers are a contract: `cargo chaos --help` lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Every property held, and everything that was planned was done.
    Ok = 0,
    /// The system under test violated a property.
    Violated = 1,
    /// The command line or a file that it names is invalid.
    Usage = 2,
    /// There is no definite answer: the command was stopped, or it covered too little.
    Inconclusive = 3,
    /// Nothing ran.
    NothingRan = 4,
    /// The same plan gave different runs.
    NotDeterministic = 5,
    /// A planted bug was not caught, or a control was: the harness does not see what it must see. The product violated nothing.
    BugEscaped = 6,
    /// The harness itself failed.
    Internal = 70,
}

impl Exit {
    /// All exits, in the order of their numbers.
    const ALL: [Self; 8] = [
        Self::Ok,
        Self::Violated,
        Self::Usage,
        Self::Inconclusive,
        Self::NothingRan,
        Self::NotDeterministic,
        Self::BugEscaped,
        Self::Internal,
    ];

    /// The more severe of two exits.
    pub(crate) fn or(self, other: Self) -> Self {
        std::cmp::max_by_key(self, other, |exit| exit.severity())
    }

    /// Without determinism no other verdict is valid, so that exit outranks a violation. A violation is about the
    /// product and outranks everything that is only about the search. A planted bug may have escaped because the harness
    /// failed, so that failure outranks it.
    fn severity(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Inconclusive => 1,
            Self::NothingRan => 2,
            Self::BugEscaped => 3,
            Self::Internal => 4,
            Self::Violated => 5,
            Self::NotDeterministic => 6,
            Self::Usage => 7,
        }
    }

    /// The verdict as text.
    pub(crate) fn verdict(self) -> &'static str {
        match self {
            Self::Ok => "every property held",
            Self::Violated => "VIOLATED: the system under test violated a property",
            Self::Usage => "invalid command line or file",
            Self::Inconclusive => "INCONCLUSIVE: no violation, but not everything was covered",
            Self::NothingRan => "nothing ran",
            Self::NotDeterministic => "NOT DETERMINISTIC: the same plan gave different runs",
            Self::BugEscaped => {
                "ESCAPED: a planted bug was not caught, or a control was; the product violated nothing"
            }
            Self::Internal => "BROKEN: the harness itself failed",
        }
    }

    /// How good the verdict is.
    pub(crate) fn tone(self) -> Tone {
        match self {
            Self::Ok => Tone::Good,
            Self::Inconclusive | Self::NothingRan => Tone::Doubtful,
            _ => Tone::Bad,
        }
    }

    /// The exit code.
    pub(crate) fn code(self) -> u8 {
        self as u8
    }

    /// The exit with this code.
    pub(crate) fn of_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|exit| exit.code() == code)
    }

    /// Whether it is a fact about single runs. Such a fact stays true when the report is merged with others.
    pub(crate) fn is_about_runs(self) -> bool {
        matches!(
            self,
            Self::Violated | Self::NotDeterministic | Self::BugEscaped | Self::Internal
        )
    }

    /// The exit for an error that ended a command.
    pub(crate) fn of_error(error: &anyhow::Error) -> Self {
        match error.is::<UsageError>() {
            true => Self::Usage,
            false => Self::Internal,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// The request is invalid and nothing was done. The text gives the reason.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct UsageError(pub(crate) String);

/// A file that cannot be read as a report is an invalid argument.
impl From<ArchiveError> for UsageError {
    fn from(error: ArchiveError) -> Self {
        Self(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_more_severe_exit_wins() {
        assert_eq!(Exit::Ok.or(Exit::Inconclusive), Exit::Inconclusive);
        assert_eq!(Exit::Violated.or(Exit::Inconclusive), Exit::Violated);
        assert_eq!(Exit::Internal.or(Exit::Violated), Exit::Violated);
        assert_eq!(Exit::BugEscaped.or(Exit::Violated), Exit::Violated);
        assert_eq!(Exit::BugEscaped.or(Exit::Inconclusive), Exit::BugEscaped);
        assert_eq!(
            Exit::Violated.or(Exit::NotDeterministic),
            Exit::NotDeterministic
        );
    }

    #[test]
    fn every_exit_is_found_by_its_code() {
        for exit in Exit::ALL {
            assert_eq!(Exit::of_code(exit.code()), Some(exit));
        }
        assert_eq!(Exit::of_code(99), None);
    }

    /// A script retries after a fault of the machine, and not after its own.
    #[test]
    fn only_a_usage_error_is_the_callers_fault() {
        let usage = anyhow::Error::new(UsageError("no".to_owned()));
        assert_eq!(Exit::of_error(&usage), Exit::Usage);
        assert_eq!(Exit::of_error(&anyhow::anyhow!("no")), Exit::Internal);
    }
}
