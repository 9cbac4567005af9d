//! How a command ended, as one number that scripts rely on.

use std::{fmt, process::ExitCode};

use likewise_reports::dossier::DossierError;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Every property held, and all that was planned happened.
    Ok = 0,
    /// A property was violated, or a specimen was not caught.
    Violated = 1,
    /// The command line or a plan file cannot be used.
    Usage = 2,
    /// It says nothing for certain: it was cut short, or the coverage floor was not met.
    Inconclusive = 3,
    /// Nothing ran.
    NothingRan = 4,
    /// The same plan gave different runs.
    NotDeterministic = 5,
    /// The harness itself broke.
    Internal = 70,
}

impl Exit {
    /// The one of two that says more.
    pub(crate) fn or(self, other: Self) -> Self {
        std::cmp::max_by_key(self, other, |exit| exit.weight())
    }

    /// Without determinism no other verdict stands; a violation is about the product, the rest about the search.
    fn weight(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Inconclusive => 1,
            Self::NothingRan => 2,
            Self::Internal => 3,
            Self::Violated => 4,
            Self::NotDeterministic => 5,
            Self::Usage => 6,
        }
    }

    /// It in words.
    pub(crate) fn verdict(self) -> &'static str {
        match self {
            Self::Ok => "every property held",
            Self::Violated => {
                "VIOLATED: a property of the product, or a specimen that was not caught"
            }
            Self::Usage => "misuse",
            Self::Inconclusive => "nothing was violated, but not everything was covered",
            Self::NothingRan => "nothing ran",
            Self::NotDeterministic => "NOT DETERMINISTIC: one plan gave different runs",
            Self::Internal => "BROKEN: the harness itself failed",
        }
    }

    /// The number.
    pub(crate) fn code(self) -> u8 {
        self as u8
    }

    /// The exit of this number; nothing if there is none.
    pub(crate) fn of_code(code: u8) -> Option<Self> {
        let all = [
            Self::Ok,
            Self::Violated,
            Self::Usage,
            Self::Inconclusive,
            Self::NothingRan,
            Self::NotDeterministic,
            Self::Internal,
        ];
        all.into_iter().find(|exit| exit.code() == code)
    }

    /// Whether it says something about runs, which stays true beside others.
    pub(crate) fn is_of_runs(self) -> bool {
        matches!(
            self,
            Self::Violated | Self::NotDeterministic | Self::Internal
        )
    }

    /// What an error comes to.
    pub(crate) fn of_error(error: &anyhow::Error) -> Self {
        match error.is::<Misuse>() {
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

/// What was asked for cannot be done, and nothing was; the text says why.
#[derive(Debug)]
pub(crate) struct Misuse(pub(crate) String);

impl fmt::Display for Misuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Misuse {}

/// A file that cannot be used is the caller's, like any other argument.
impl From<DossierError> for Misuse {
    fn from(error: DossierError) -> Self {
        Self(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exit_that_says_more_wins() {
        assert_eq!(Exit::Ok.or(Exit::Inconclusive), Exit::Inconclusive);
        assert_eq!(Exit::Violated.or(Exit::Inconclusive), Exit::Violated);
        assert_eq!(Exit::Internal.or(Exit::Violated), Exit::Violated);
        assert_eq!(
            Exit::Violated.or(Exit::NotDeterministic),
            Exit::NotDeterministic
        );
    }

    #[test]
    fn a_code_is_its_exit() {
        for exit in [Exit::Ok, Exit::Violated, Exit::NothingRan, Exit::Internal] {
            assert_eq!(Exit::of_code(exit.code()), Some(exit));
        }
        assert_eq!(Exit::of_code(99), None);
    }

    #[test]
    fn misuse_is_the_users_and_the_rest_is_ours() {
        let misuse = anyhow::Error::new(Misuse("no".to_owned()));
        assert_eq!(Exit::of_error(&misuse), Exit::Usage);
        assert_eq!(Exit::of_error(&anyhow::anyhow!("no")), Exit::Internal);
    }
}
