//! What a service manager such as systemd is told, if one has started this process: that it serves, that it stops, and that it lives.
//!
//! The socket is named by `NOTIFY_SOCKET`, and the time of the watchdog by `WATCHDOG_USEC`; see `sd_notify(3)`.

use std::time::Duration;

use sd_notify::NotifyState;
use tokio::task::AbortHandle;

/// Says that the process serves requests, and from then on that it lives. The handle ends the second.
pub(super) fn ready(address: &str) -> Option<WatchdogPulse> {
    notify(&[
        NotifyState::Ready,
        NotifyState::Status(&format!("serving http://{address}")),
    ]);
    let limit = sd_notify::watchdog_enabled()?;
    Some(WatchdogPulse::start(limit))
}

/// Says that the process stops.
pub(super) fn stopping() {
    notify(&[NotifyState::Stopping, NotifyState::Status("stopping")]);
}

fn notify(states: &[NotifyState<'_>]) {
    // Without a service manager nothing is sent.
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "the service manager could not be told what this process does");
    }
}

/// Tells the watchdog that the process lives, for as long as its tasks are run. A process that hangs is then killed and started again.
pub(super) struct WatchdogPulse(AbortHandle);

impl WatchdogPulse {
    fn start(limit: Duration) -> Self {
        let mut times = tokio::time::interval(limit / 2);
        let pulse = tokio::spawn(async move {
            loop {
                times.tick().await;
                notify(&[NotifyState::Watchdog]);
            }
        });
        Self(pulse.abort_handle())
    }
}

impl Drop for WatchdogPulse {
    fn drop(&mut self) {
        self.0.abort();
    }
}
