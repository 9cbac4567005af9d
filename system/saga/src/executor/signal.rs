//! A signal: something that happens once, and that tasks wait for.
//!
//! Those who wait are woken in the order in which they began to: a run of the simulator repeats.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

/// Something that happens once.
#[derive(Default)]
pub(crate) struct Signal {
    is_raised: AtomicBool,
    waiting: Notify,
}

impl Signal {
    /// Lets it happen. Whether it had not before.
    pub(crate) fn raise(&self) -> bool {
        let first = !self.is_raised.swap(true, Ordering::SeqCst);
        self.waiting.notify_waiters();
        first
    }

    pub(crate) fn is_raised(&self) -> bool {
        self.is_raised.load(Ordering::SeqCst)
    }

    /// Waits until it has happened.
    ///
    /// # Cancel safety
    /// Safe: there is nothing to lose.
    pub(crate) async fn raised(&self) {
        // In this order: it counts as waiting before it looks, so that nothing slips between.
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
    async fn whoever_waits_before_and_after_is_told() {
        let signal = Signal::default();
        let mut before = Box::pin(signal.raised());
        assert_eq!(before.as_mut().now_or_never(), None);
        assert!(signal.raise());
        before.await;
        signal.raised().await;
        assert!(signal.is_raised() && !signal.raise(), "only once");
    }
}
