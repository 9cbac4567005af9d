//! Self-clocking batches: the items that queue while a batch runs become the next batch.
//!
//! ```text
//!  call(item) ──► bounded queue ──► worker ──► apply([item, …]) ──► one answer per item
//! ```
//!
//! A single item never waits, and many concurrent items share one commit or one request. A batch costs nearly the same whatever
//! its size, so while one batch is in flight the next one gathers: half as many batches, each twice as large, cost half as much.
//!
//! A second batch is sent concurrently in two cases only: it is full, or the first has been in flight for `overlap_after`. The
//! first may then be lost, and without the overlap every item would wait for its time-out.
//!
//! There is a batcher in front of the saga log, in front of each participant's database, and in front of each connection to a
//! participant.

mod limits;
pub(crate) mod stats;

use std::sync::Arc;

use futures::future::BoxFuture;
use tokio::{
    sync::{Notify, mpsc, oneshot},
    task::{JoinHandle, JoinSet},
    time::Instant,
};

pub use limits::{BatchLimits, BatcherBounds, Full, OnFull};
pub use stats::BatchStats;

/// An item that a [`Batcher`] carries.
pub trait BatchItem: Send + 'static {
    /// The answer to one item.
    type Answer: Send + 'static;

    /// The item's share of [`BatcherBounds::batch_max`].
    fn weight(&self) -> usize {
        1
    }

    /// Whether the item may wait for an urgent one, to share its batch.
    fn may_linger(&self) -> bool {
        false
    }
}

/// An item was not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BatcherError {
    /// The queue is full. Nothing was done; try again later.
    #[error("the queue is full")]
    Full,
    /// The batcher has stopped. The effect of a queued item is unknown.
    #[error("the batcher has stopped")]
    Closed,
}

type Queued<T> = (T, oneshot::Sender<<T as BatchItem>::Answer>);
type Apply<T> =
    Arc<dyn Fn(Vec<T>) -> BoxFuture<'static, Vec<<T as BatchItem>::Answer>> + Send + Sync>;

/// A queue and a worker that turns the queued items into batches. The worker ends when the batcher is dropped.
///
/// ```
/// use std::time::Duration;
///
/// use likewise_saga::batcher::{BatchItem, Batcher, BatcherBounds};
///
/// struct Number(u32);
///
/// impl BatchItem for Number {
///     type Answer = u32;
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let bounds = BatcherBounds {
///     queue_max: 100,
///     batch_max: 10,
///     in_flight_max: 1,
///     overlap_after: Duration::ZERO,
///     linger_max: Duration::ZERO,
///     on_full: None,
/// };
/// // One answer per item, in order: the total of the batch.
/// let batcher = Batcher::start(bounds, |batch: Vec<Number>| {
///     let total = batch.iter().map(|number| number.0).sum();
///     Box::pin(async move { vec![total; batch.len()] })
/// });
/// let (first, second) = tokio::join!(batcher.call(Number(1)), batcher.call(Number(2)));
/// assert_eq!((first, second), (Ok(3), Ok(3)), "both shared one batch");
/// # }
/// ```
pub struct Batcher<T: BatchItem> {
    queue: mpsc::Sender<Queued<T>>,
    /// Notified when as many items are queued as fill a batch.
    full: Arc<Notify>,
    bounds: BatcherBounds,
    stats: Arc<BatchStats>,
    worker: JoinHandle<()>,
}

impl<T: BatchItem> Batcher<T> {
    /// Starts the worker. `apply` must return one answer per item, in order.
    pub fn start(
        bounds: BatcherBounds,
        apply: impl Fn(Vec<T>) -> BoxFuture<'static, Vec<T::Answer>> + Send + Sync + 'static,
    ) -> Self {
        Self::measured(bounds, Arc::default(), apply)
    }

    /// Like [`start`](Self::start), and counts in these stats.
    pub fn measured(
        bounds: BatcherBounds,
        stats: Arc<BatchStats>,
        apply: impl Fn(Vec<T>) -> BoxFuture<'static, Vec<T::Answer>> + Send + Sync + 'static,
    ) -> Self {
        let (queue, queued) = mpsc::channel(bounds.queue_max);
        stats.watch(&queue);
        let full = Arc::new(Notify::new());
        let worker = Worker {
            bounds,
            queued,
            full: Arc::clone(&full),
            left_over: None,
            in_flight: JoinSet::new(),
            sent_at: Vec::new(),
            stats: Arc::clone(&stats),
        };
        Self {
            queue,
            full,
            bounds,
            stats,
            worker: tokio::spawn(worker.run(Arc::new(apply))),
        }
    }

    /// Queues an item and waits for its answer.
    ///
    /// # Errors
    /// `Full`: nothing was done. `Closed`: the effect is unknown.
    ///
    /// # Cancel safety
    /// Dropping the future does not remove the item from the queue.
    pub async fn call(&self, item: T) -> Result<T::Answer, BatcherError> {
        let (answer, answered) = oneshot::channel();
        self.queue
            .try_send((item, answer))
            .map_err(|error| match error {
                mpsc::error::TrySendError::Full(_) => {
                    self.stats.refused.inc();
                    self.bounds.tell(Full::Queue);
                    BatcherError::Full
                }
                mpsc::error::TrySendError::Closed(_) => BatcherError::Closed,
            })?;
        if self.queue.max_capacity() - self.queue.capacity() == self.bounds.batch_max {
            self.full.notify_one();
        }
        answered.await.map_err(|_| BatcherError::Closed)
    }
}

impl<T: BatchItem> Drop for Batcher<T> {
    fn drop(&mut self) {
        self.worker.abort();
    }
}

/// The task of a batcher.
struct Worker<T: BatchItem> {
    bounds: BatcherBounds,
    queued: mpsc::Receiver<Queued<T>>,
    full: Arc<Notify>,
    /// The item that exceeded the weight of the last batch.
    left_over: Option<Queued<T>>,
    /// The batches in flight. Each returns when it was sent. A `JoinSet`, because dropping it must abort the batches.
    in_flight: JoinSet<Instant>,
    /// When each batch in flight was sent.
    sent_at: Vec<Instant>,
    stats: Arc<BatchStats>,
}

impl<T: BatchItem> Worker<T> {
    async fn run(mut self, apply: Apply<T>) {
        loop {
            self.wait_for_slot().await;
            let Some(batch) = self.collect().await else {
                return;
            };
            let (items, answers): (Vec<_>, Vec<_>) = batch.into_iter().unzip();
            let size = items.iter().map(BatchItem::weight).sum();
            self.stats.sizes.observe_size(size);
            let applied = apply(items);
            let run = async move {
                for (answer, to) in applied.await.into_iter().zip(answers) {
                    // The caller may have left. The work is done all the same.
                    let _ = to.send(answer);
                }
            };
            match self.bounds.in_flight_max {
                // Without a separate task a batch needs no task switch.
                1 => run.await,
                _ => self.send(run),
            }
        }
    }

    fn send(&mut self, run: impl Future<Output = ()> + Send + 'static) {
        let now = Instant::now();
        self.sent_at.push(now);
        self.in_flight.spawn(async move {
            run.await;
            now
        });
    }

    /// Waits until no batch is in flight, or until the next one may be sent concurrently.
    async fn wait_for_slot(&mut self) {
        while let Some(last) = self.sent_at.iter().max().copied() {
            let has_slot = self.sent_at.len() < self.bounds.in_flight_max;
            if has_slot && self.queued.len() >= self.bounds.batch_max {
                return;
            }
            tokio::select! {
                biased;
                ended = self.in_flight.join_next() => self.remove(ended),
                () = self.full.notified(), if has_slot => {}
                () = tokio::time::sleep_until(last + self.bounds.overlap_after), if has_slot => return,
            }
        }
    }

    /// Removes a batch that has ended from the list of those in flight.
    fn remove(&mut self, ended: Option<Result<Instant, tokio::task::JoinError>>) {
        match ended {
            Some(Ok(sent_at)) => {
                let index = self.sent_at.iter().position(|other| *other == sent_at);
                index.map(|index| self.sent_at.swap_remove(index));
            }
            // The batch panicked and cannot tell when it was sent. Its callers get `Closed`.
            Some(Err(_)) => drop(self.sent_at.pop()),
            None => self.sent_at.clear(),
        }
    }

    /// Waits for the first item, then takes the other queued items up to the weight of a batch.
    async fn collect(&mut self) -> Option<Vec<Queued<T>>> {
        let first = match self.left_over.take() {
            Some(first) => first,
            None => self.queued.recv().await?,
        };
        // Callers that were answered together call again together: let them queue first.
        tokio::task::yield_now().await;
        let mut weight = first.0.weight();
        let mut may_linger = first.0.may_linger();
        let mut batch = vec![first];
        let linger = tokio::time::sleep(self.bounds.linger_max);
        tokio::pin!(linger);
        while weight < self.bounds.batch_max {
            let item = match self.queued.try_recv() {
                Ok(item) => item,
                Err(_) if may_linger => tokio::select! {
                    biased;
                    item = self.queued.recv() => item?,
                    () = &mut linger => break,
                },
                Err(_) => break,
            };
            weight += item.0.weight();
            may_linger &= item.0.may_linger();
            if weight > self.bounds.batch_max {
                self.left_over = Some(item);
                break;
            }
            batch.push(item);
        }
        if weight >= self.bounds.batch_max && (self.left_over.is_some() || !self.queued.is_empty())
        {
            self.bounds.tell(Full::Batch);
        }
        Some(batch)
    }
}

#[cfg(test)]
mod tests;
