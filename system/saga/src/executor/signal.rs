//! A one-time event that tasks wait for.
//!
//! Waiting tasks are woken in the order in which they began to wait. The simulator needs this order to be deterministic.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

/// A one-time event.
#[derive(Default)]
pub(super) struct Signal {
    is_raised: AtomicBool,
    waiting: Notify,
}

impl Signal {
    /// Raises the signal. Returns whether it was not raised before.
    pub(super) fn raise(&self) -> bool {
        let first = !self.is_raised.swap(true, Ordering::SeqCst);
        self.waiting.notify_waiters();
        first
    }

    pub(super) fn is_raised(&self) -> bool {
        self.is_raised.load(Ordering::SeqCst)
    }

    /// Waits until the signal is raised.
    ///
    /// # Cancel safety
    /// Safe.
    pub(super) async fn raised(&self) {
        // The task registers as waiting before it checks, so that it cannot miss a signal in between.
        let waiting = self.waiting.notified();
        if !self.is_raised() {
            waiting.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[tokio::test]
    async fn a_signal_wakes_earlier_and_later_waiters() {
        let signal = Signal::default();
        let mut before = Box::pin(signal.raised());
        assert_eq!(before.as_mut().now_or_never(), None);
        assert!(signal.raise());
        before.await;
        signal.raised().await;
        assert!(signal.is_raised() && !signal.raise(), "only once");
    }
}
