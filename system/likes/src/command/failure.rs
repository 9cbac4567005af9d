//! Why the process ends early, and with which exit code.

use std::{fmt, process::ExitCode};

use likewise_saga::store::OpenError;

/// The code for a defect of ours (`EX_SOFTWARE` of `sysexits.h`).
const INTERNAL: u8 = 70;

/// Why the process ends early.
#[derive(Debug)]
pub(crate) enum Failure {
    /// What it was told makes no sense, or does not fit what is there: exit code 2.
    Configuration(String),
    /// A defect, or the operating system failed: exit code 70.
    Internal(String),
}

impl Failure {
    /// The exit code.
    pub(crate) fn code(&self) -> ExitCode {
        match self {
            Self::Configuration(_) => ExitCode::from(2),
            Self::Internal(_) => ExitCode::from(INTERNAL),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Configuration(text) | Self::Internal(text) => f.write_str(text),
        }
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        Self::Configuration(error.to_string())
    }
}

/// From now on a panic, anywhere, ends the process: a broken invariant must not go on serving,
/// and every service is built to be killed at any moment.
pub(crate) fn stop_on_panic() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        report(panic);
        eprintln!("error: this is a defect of Likewise; open sagas go on after the next start");
        std::process::exit(i32::from(INTERNAL));
    }));
}
