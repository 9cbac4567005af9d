//! Why the process ends early, and with which exit code.

use std::{fmt, process::ExitCode};

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
