//! What a batcher counts: the sizes of its batches, its queue, and what it refused.

use std::{
    fmt,
    sync::{Mutex, PoisonError},
};

use tokio::sync::mpsc;

use crate::metrics::{Counter, Histogram, MetricSpec, Samples};

pub(crate) static SIZES: MetricSpec = MetricSpec::histogram(
    "likewise_batch_size",
    &["queue", "service"],
    "Items of a batch; its `count` is the number of batches",
);
pub(crate) static QUEUED: MetricSpec = MetricSpec::gauge(
    "likewise_queue_depth",
    &["queue", "service"],
    "Items that wait for the next batch",
);
pub(crate) static REFUSED: MetricSpec = MetricSpec::counter(
    "likewise_queue_refused",
    &["queue", "service"],
    "Items that were refused because the queue was full",
);

/// What one batcher counts, or several in turn: each term of a leader has its own.
pub struct BatchStats {
    pub(super) sizes: Histogram,
    pub(super) refused: Counter,
    depth: Mutex<Depth>,
}

/// Reads how many items are queued.
type Depth = Option<Box<dyn Fn() -> usize + Send>>;

impl Default for BatchStats {
    fn default() -> Self {
        Self {
            sizes: Histogram::of_sizes(),
            refused: Counter::default(),
            depth: Mutex::default(),
        }
    }
}

impl BatchStats {
    /// From now on the depth is that of this queue. It does not keep the batcher alive.
    pub(super) fn watch<T: Send + 'static>(&self, queue: &mpsc::Sender<T>) {
        let queue = queue.downgrade();
        let depth = move || {
            let queue = queue.upgrade();
            queue.map_or(0, |queue| queue.max_capacity() - queue.capacity())
        };
        let mut watched = self.depth.lock().unwrap_or_else(PoisonError::into_inner);
        *watched = Some(Box::new(depth));
    }

    /// Adds the values, with the name of the queue and the service that it leads to.
    pub(crate) fn collect(&self, samples: &mut Samples, queue: &str, service: &str) {
        let labels = [queue, service];
        samples.histogram(&SIZES, &labels, &self.sizes);
        samples.counter(&REFUSED, &labels, &self.refused);
        let depth = self.depth.lock().unwrap_or_else(PoisonError::into_inner);
        let depth = depth.as_ref().map_or(0, |depth| depth());
        samples.number(&QUEUED, &labels, depth);
    }
}

impl fmt::Debug for BatchStats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} batches", self.sizes.count())
    }
}
