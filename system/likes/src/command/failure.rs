//! Why the process ends early, and with which exit code.

use std::{fmt, process::ExitCode};

use likewise_cli::config::Effective;
use likewise_saga::store::OpenError;

/// The exit code of a defect (`EX_SOFTWARE` in `sysexits.h`).
const INTERNAL: u8 = 70;

/// The exit code if another coordinator took over (`EX_TEMPFAIL` in `sysexits.h`).
const TAKEN_OVER: u8 = 75;

/// Why the process ends early.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The configuration is invalid, or does not fit the databases: exit code 2.
    Configuration(String),
    /// A defect, or a failure of the operating system: exit code 70.
    Internal(String),
    /// Another coordinator took over the saga log, and this one has no lease to stand by with: exit code 75.
    TakenOver,
}

impl Failure {
    /// The exit code.
    pub(crate) fn code(&self) -> ExitCode {
        ExitCode::from(self.number())
    }

    /// The first error of the results, with all that say what is wrong with the configuration.
    ///
    /// # Errors
    /// That error.
    pub(super) fn all<const N: usize>(results: [Result<(), Self>; N]) -> Result<(), Self> {
        let both = |all: Result<(), Self>, one| Self::both(all, one).map(drop);
        results.into_iter().fold(Ok(()), both)
    }

    /// Both values, or everything that is wrong: somebody who corrects a configuration wants to know all of it at once.
    ///
    /// # Errors
    /// Those of both.
    pub(super) fn both<A, B>(a: Result<A, Self>, b: Result<B, Self>) -> Result<(A, B), Self> {
        match (a, b) {
            (Ok(a), Ok(b)) => Ok((a, b)),
            (Err(Self::Configuration(first)), Err(Self::Configuration(second))) => {
                Err(Self::Configuration(format!("{first}\nerror: {second}")))
            }
            (Err(error), _) | (_, Err(error)) => Err(error),
        }
    }

    /// The failure with where the options that it names come from.
    pub(super) fn explained(self, config: &Effective) -> Self {
        match self {
            Self::Configuration(text) => Self::Configuration(config.explain(&text)),
            other => other,
        }
    }

    /// The exit code as a number.
    pub(super) fn number(&self) -> u8 {
        match self {
            Self::Configuration(_) => 2,
            Self::Internal(_) => INTERNAL,
            Self::TakenOver => TAKEN_OVER,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Configuration(text) | Self::Internal(text) => f.write_str(text),
            Self::TakenOver => f.write_str(
                "another coordinator took over the saga log, which continues the open sagas\n\
                 Run one coordinator for each saga log, or give --advertise to all of them: then one leads and the others stand by.",
            ),
        }
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        Self::Configuration(error.to_string())
    }
}

/// From now on, a panic in any thread ends the process.
///
/// A process with a broken invariant must not go on serving. Ending it is safe, because every service tolerates a
/// kill at any moment.
pub(crate) fn stop_on_panic() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        report(panic);
        eprintln!("error: this is a defect of Likewise; the next start continues the open sagas");
        std::process::exit(i32::from(INTERNAL));
    }));
}
