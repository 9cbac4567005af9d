//! A lane: self-clocking batches. Whatever queued while the last batches ran becomes the next
//! one, so a lone item never waits and a crowd shares one commit or one request.
//!
//! ```text
//!  call(item) ──► bounded queue ──► worker ──► apply([item, …]) ──► one answer an item
//! ```
//!
//! While one batch is under way the next gathers: half as many, twice as large, cost half as much. A
//! second one goes beside it if it is full, or if the first has been out for long: then it may be lost.

use std::{sync::Arc, time::Duration};

use futures::future::BoxFuture;
use tokio::{
    sync::{Notify, mpsc, oneshot},
    task::{JoinHandle, JoinSet},
    time::Instant,
};

/// The bounds of a lane.
#[derive(Debug, Clone, Copy)]
pub struct BatcherBounds {
    /// Items that may wait; one more is refused.
    pub queue_max: usize,
    /// Weight of one batch at most; an item's weight is its own, 1 as a rule.
    pub batch_max: usize,
    /// Batches under way at once.
    pub in_flight_max: usize,
    /// How long one batch is waited for before the next goes beside it though it is not full.
    pub overlap_after: Duration,
    /// How long a batch of patient items alone waits for an urgent one to ride with.
    pub linger_max: Duration,
}

/// What travels in a lane.
pub trait BatchItem: Send + 'static {
    /// What each item is answered with.
    type Answer: Send + 'static;

    /// How much of a batch it takes.
    fn weight(&self) -> usize {
        1
    }

    /// Whether it may wait for an urgent one.
    fn may_linger(&self) -> bool {
        false
    }
}

/// An item got no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BatcherError {
    /// The queue is full: nothing was done, come back later.
    #[error("too much is waiting already")]
    Full,
    /// The lane has ended; the effect of a queued item is unknown.
    #[error("the lane has ended")]
    Closed,
}

type Queued<T> = (T, oneshot::Sender<<T as BatchItem>::Answer>);
type Apply<T> =
    Arc<dyn Fn(Vec<T>) -> BoxFuture<'static, Vec<<T as BatchItem>::Answer>> + Send + Sync>;

/// A queue whose worker turns what waits into batches. The worker ends with the lane.
pub struct Batcher<T: BatchItem> {
    queue: mpsc::Sender<Queued<T>>,
    /// Told when as much waits as fills a batch.
    full: Arc<Notify>,
    batch_max: usize,
    worker: JoinHandle<()>,
}

impl<T: BatchItem> Batcher<T> {
    /// Starts the worker. `apply` must return one answer an item, in order.
    pub fn start(
        bounds: BatcherBounds,
        apply: impl Fn(Vec<T>) -> BoxFuture<'static, Vec<T::Answer>> + Send + Sync + 'static,
    ) -> Self {
        let (queue, waiting) = mpsc::channel(bounds.queue_max);
        let full = Arc::new(Notify::new());
        let worker = Worker {
            bounds,
            waiting,
            full: Arc::clone(&full),
            next: None,
            under_way: JoinSet::new(),
            sent: Vec::new(),
        };
        Self {
            queue,
            full,
            batch_max: bounds.batch_max,
            worker: tokio::spawn(worker.run(Arc::new(apply))),
        }
    }

    /// Queues an item and waits for its answer.
    ///
    /// # Errors
    /// [`BatcherError`].
    ///
    /// # Cancel safety
    /// Dropping the future does not take the item back.
    pub async fn call(&self, item: T) -> Result<T::Answer, BatcherError> {
        let (answer, answered) = oneshot::channel();
        self.queue
            .try_send((item, answer))
            .map_err(|error| match error {
                mpsc::error::TrySendError::Full(_) => BatcherError::Full,
                mpsc::error::TrySendError::Closed(_) => BatcherError::Closed,
            })?;
        if self.queue.max_capacity() - self.queue.capacity() == self.batch_max {
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

/// The task behind a lane.
struct Worker<T: BatchItem> {
    bounds: BatcherBounds,
    waiting: mpsc::Receiver<Queued<T>>,
    full: Arc<Notify>,
    /// What did not fit into the last batch.
    next: Option<Queued<T>>,
    /// Batches that are out; each returns when it was sent.
    under_way: JoinSet<Instant>,
    /// When those were sent.
    sent: Vec<Instant>,
}

impl<T: BatchItem> Worker<T> {
    async fn run(mut self, apply: Apply<T>) {
        loop {
            self.until_another_may_go().await;
            let Some(batch) = self.collect().await else {
                return;
            };
            let (items, answers): (Vec<_>, Vec<_>) = batch.into_iter().unzip();
            let applied = apply(items);
            let run = async move {
                for (answer, to) in applied.await.into_iter().zip(answers) {
                    // Whoever asked may have left; the work is done all the same.
                    let _ = to.send(answer);
                }
            };
            match self.bounds.in_flight_max {
                1 => run.await,
                _ => self.send(run),
            }
        }
    }

    fn send(&mut self, run: impl Future<Output = ()> + Send + 'static) {
        let now = Instant::now();
        self.sent.push(now);
        self.under_way.spawn(async move {
            run.await;
            now
        });
    }

    /// Waits until no batch is out, or another may go beside those that are.
    async fn until_another_may_go(&mut self) {
        while let Some(last) = self.sent.iter().max().copied() {
            let has_room = self.sent.len() < self.bounds.in_flight_max;
            if has_room && self.waiting.len() >= self.bounds.batch_max {
                return;
            }
            tokio::select! {
                biased;
                ended = self.under_way.join_next() => self.forget(ended),
                () = self.full.notified(), if has_room => {}
                () = tokio::time::sleep_until(last + self.bounds.overlap_after), if has_room => return,
            }
        }
    }

    fn forget(&mut self, ended: Option<Result<Instant, tokio::task::JoinError>>) {
        match ended {
            Some(Ok(sent)) => {
                let place = self.sent.iter().position(|other| *other == sent);
                place.map(|place| self.sent.swap_remove(place));
            }
            // One that panicked took its answers along; nobody knows which it was.
            Some(Err(_)) => drop(self.sent.pop()),
            None => self.sent.clear(),
        }
    }

    /// Waits for the first item, then takes what else is there.
    async fn collect(&mut self) -> Option<Vec<Queued<T>>> {
        let first = match self.next.take() {
            Some(first) => first,
            None => self.waiting.recv().await?,
        };
        // Whoever is about to come comes along: those who were answered together ask together again.
        tokio::task::yield_now().await;
        let mut weight = first.0.weight();
        let mut patient = first.0.may_linger();
        let mut batch = vec![first];
        let linger_max = tokio::time::sleep(self.bounds.linger_max);
        tokio::pin!(linger_max);
        while weight < self.bounds.batch_max {
            let item = match self.waiting.try_recv() {
                Ok(item) => item,
                Err(_) if patient => tokio::select! {
                    biased;
                    item = self.waiting.recv() => item?,
                    () = &mut linger_max => break,
                },
                Err(_) => break,
            };
            weight += item.0.weight();
            patient &= item.0.may_linger();
            if weight > self.bounds.batch_max {
                self.next = Some(item);
                break;
            }
            batch.push(item);
        }
        Some(batch)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use futures::FutureExt;

    use super::*;

    struct Item(u32, bool);

    impl BatchItem for Item {
        type Answer = u32;

        fn may_linger(&self) -> bool {
            self.1
        }
    }

    type Batches = Arc<Mutex<Vec<Vec<u32>>>>;

    fn lane(bounds: BatcherBounds) -> (Arc<Batcher<Item>>, Batches) {
        let batches = Batches::default();
        let seen = Arc::clone(&batches);
        let lane = Batcher::start(bounds, move |items: Vec<Item>| {
            let seen = Arc::clone(&seen);
            async move {
                let numbers: Vec<u32> = items.iter().map(|item| item.0).collect();
                seen.lock().unwrap().push(numbers.clone());
                tokio::time::sleep(Duration::from_millis(10)).await;
                numbers.into_iter().map(|number| number * 2).collect()
            }
            .boxed()
        });
        (Arc::new(lane), batches)
    }

    const BOUNDS: BatcherBounds = BatcherBounds {
        queue_max: 8,
        batch_max: 4,
        in_flight_max: 1,
        overlap_after: Duration::ZERO,
        linger_max: Duration::from_millis(50),
    };

    const TWO: BatcherBounds = BatcherBounds {
        in_flight_max: 2,
        overlap_after: Duration::from_millis(8),
        ..BOUNDS
    };

    #[tokio::test(start_paused = true)]
    async fn what_queued_while_a_batch_ran_becomes_the_next_one() {
        let (lane, batches) = lane(BOUNDS);
        let calls = (1..=6).map(|number| lane.call(Item(number, false)));
        let first = lane.call(Item(0, false));
        let (zero, rest) = futures::join!(first, futures::future::join_all(calls));
        assert_eq!(zero, Ok(0));
        assert_eq!(
            rest,
            (1..=6).map(|number| Ok(number * 2)).collect::<Vec<_>>()
        );
        let batches = batches.lock().unwrap().clone();
        assert!(
            batches.len() <= 3 && batches.iter().all(|batch| batch.len() <= 4),
            "{batches:?}"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_patient_item_rides_with_an_urgent_one() {
        let (lane, batches) = lane(BOUNDS);
        let late = async {
            tokio::time::sleep(Duration::from_millis(5)).await;
            lane.call(Item(2, false)).await
        };
        let (one, two) = futures::join!(lane.call(Item(1, true)), late);
        assert_eq!((one, two), (Ok(2), Ok(4)));
        assert_eq!(*batches.lock().unwrap(), [vec![1, 2]]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_patient_item_alone_does_not_wait_for_ever() {
        let (lane, _) = lane(BOUNDS);
        assert_eq!(lane.call(Item(1, true)).await, Ok(2));
    }

    #[tokio::test(start_paused = true)]
    async fn a_full_queue_refuses() {
        let (lane, _) = lane(BOUNDS);
        let calls = (0..20).map(|number| lane.call(Item(number, false)));
        let answers = futures::future::join_all(calls).await;
        assert!(answers.contains(&Err(BatcherError::Full)));
    }

    /// How many milliseconds after the first each batch was sent, and its size; an item a millisecond comes.
    async fn sent(items: u32, bounds: BatcherBounds) -> Vec<(u128, usize)> {
        let sent = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&sent);
        let lane = Batcher::start(bounds, move |items: Vec<Item>| {
            noted.lock().unwrap().push((Instant::now(), items.len()));
            async move {
                tokio::time::sleep(Duration::from_millis(10)).await;
                items.into_iter().map(|item| item.0).collect()
            }
            .boxed()
        });
        let call = async |number| {
            tokio::time::sleep(Duration::from_millis(number)).await;
            lane.call(Item(0, false)).await
        };
        futures::future::join_all((1..=items).map(|number| call(number.into()))).await;
        let sent = sent.lock().unwrap();
        let since = |(at, size): &(Instant, usize)| ((*at - sent[0].0).as_millis(), *size);
        sent.iter().map(since).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn while_a_batch_is_out_the_next_gathers() {
        let bounds = BatcherBounds {
            overlap_after: Duration::from_secs(1),
            ..TWO
        };
        let batches = sent(3, bounds).await;
        assert_eq!(batches, [(0, 1), (10, 2)]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_full_batch_goes_beside_the_one_that_is_out() {
        let batches = sent(5, TWO).await;
        assert_eq!(batches, [(0, 1), (4, 4)]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_batch_that_may_be_lost_is_not_waited_for() {
        let batches = sent(3, TWO).await;
        assert_eq!(batches, [(0, 1), (8, 2)]);
    }
}
