//! The signals that ask the process to stop, SIGINT and SIGTERM, and the one that asks it to read its configuration again, SIGHUP.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Catches SIGHUP. From now on it does not kill the process.
///
/// # Errors
/// The operating system refuses the handler.
pub(crate) fn catch_hangup() -> io::Result<Signal> {
    signal(SignalKind::hangup())
}

/// The signals that ask the process to stop.
pub(crate) struct StopSignals {
    interrupt: Signal,
    terminate: Signal,
}

impl StopSignals {
    /// Catches the signals. From now on they do not kill the process.
    ///
    /// # Errors
    /// The operating system refuses the handlers.
    pub(crate) fn catch() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Waits for one of the signals and returns its name.
    ///
    /// # Cancel safety
    /// Safe: a signal that was not returned is returned by the next call.
    pub(crate) async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.interrupt.recv() => "SIGINT",
            _ = self.terminate.recv() => "SIGTERM",
        }
    }
}
