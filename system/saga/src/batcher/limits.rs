//! The bounds of a batcher, and lower limits than its owner has chosen. The simulator sets those, so that a few clients fill
//! batches and queues.

use std::time::Duration;

/// The bounds of a batcher.
#[derive(Debug, Clone, Copy)]
pub struct BatcherBounds {
    /// Queued items. One more is refused with [`BatcherError::Full`](super::BatcherError::Full).
    pub queue_max: usize,
    /// Total weight of one batch.
    pub batch_max: usize,
    /// Batches in flight at one time.
    pub in_flight_max: usize,
    /// How long a batch must be in flight before the next one is sent although it is not full.
    pub overlap_after: Duration,
    /// How long a batch waits if all its items may linger.
    pub linger_max: Duration,
    /// Called when a batch or the queue is full, with the name of this batcher. See [`BatchLimits`].
    pub on_full: Option<(&'static str, OnFull)>,
}

impl BatcherBounds {
    pub(super) fn tell(&self, full: Full) {
        if let Some((name, on_full)) = self.on_full {
            on_full(name, full);
        }
    }
}

/// What is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Full {
    /// A batch was sent, and more items wait for the next one.
    Batch,
    /// An item was refused, because the queue has no room.
    Queue,
}

/// Called with the name of a batcher when something is full.
pub type OnFull = fn(name: &'static str, full: Full);

/// Limits for every batcher of a process. Each batcher keeps its own bound where that is lower.
#[derive(Debug, Clone, Copy, Default)]
pub struct BatchLimits {
    /// The most items of a batch.
    pub batch_max: Option<usize>,
    /// The most items of a queue.
    pub queue_max: Option<usize>,
    /// Called when a batch or a queue is full.
    pub on_full: Option<OnFull>,
}

impl BatchLimits {
    /// The bounds of the batcher with this name, within these limits.
    #[must_use]
    pub fn of(&self, name: &'static str, bounds: BatcherBounds) -> BatcherBounds {
        let within = |limit: Option<usize>, own: usize| limit.map_or(own, |limit| own.min(limit));
        BatcherBounds {
            queue_max: within(self.queue_max, bounds.queue_max),
            batch_max: within(self.batch_max, bounds.batch_max),
            on_full: self.on_full.map(|on_full| (name, on_full)),
            ..bounds
        }
    }
}
