//! Lower limits for batches and queues than their owner has chosen. The simulator sets them, so that a few clients fill both.

use super::BatcherBounds;

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
