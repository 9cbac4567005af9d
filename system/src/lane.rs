//! A lane: self-clocking batches. Whatever queued while the last batches ran becomes the next
//! one, so a lone item never waits and a crowd shares one commit or one request.
//!
//! ```text
//!  call(item) ──► bounded queue ──► worker ──► apply([item, …]) ──► one answer an item
//! ```

use std::{sync::Arc, time::Duration};

use futures::future::BoxFuture;
use tokio::{
    sync::{Semaphore, mpsc, oneshot},
    task::JoinHandle,
};

/// The bounds of a lane.
#[derive(Debug, Clone, Copy)]
pub struct LaneBounds {
    /// Items that may wait; one more is refused.
    pub queue_max: usize,
    /// Weight of one batch at most; an item's weight is its own, 1 as a rule.
    pub batch_max: usize,
    /// Batches under way at once.
    pub in_flight_max: usize,
    /// How long a batch of patient items alone waits for an urgent one to ride with.
    pub patience: Duration,
}

/// What travels in a lane.
pub trait LaneItem: Send + 'static {
    /// What each item is answered with.
    type Answer: Send + 'static;

    /// How much of a batch it takes.
    fn weight(&self) -> usize {
        1
    }

    /// Whether it may wait for an urgent one.
    fn is_patient(&self) -> bool {
        false
    }
}

/// An item got no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LaneError {
    /// The queue is full: nothing was done, come back later.
    #[error("too much is waiting already")]
    Full,
    /// The lane has ended; the effect of a queued item is unknown.
    #[error("the lane has ended")]
    Ended,
}

type Queued<T> = (T, oneshot::Sender<<T as LaneItem>::Answer>);
type Apply<T> =
    Arc<dyn Fn(Vec<T>) -> BoxFuture<'static, Vec<<T as LaneItem>::Answer>> + Send + Sync>;

/// A queue whose worker turns what waits into batches. The worker ends with the lane.
pub struct Lane<T: LaneItem> {
    queue: mpsc::Sender<Queued<T>>,
    worker: JoinHandle<()>,
}

impl<T: LaneItem> Lane<T> {
    /// Starts the worker. `apply` must return one answer an item, in order.
    pub fn start(
        bounds: LaneBounds,
        apply: impl Fn(Vec<T>) -> BoxFuture<'static, Vec<T::Answer>> + Send + Sync + 'static,
    ) -> Self {
        let (queue, waiting) = mpsc::channel(bounds.queue_max);
        let worker = tokio::spawn(work(bounds, waiting, Arc::new(apply)));
        Self { queue, worker }
    }

    /// Queues an item and waits for its answer.
    ///
    /// # Errors
    /// [`LaneError`].
    ///
    /// # Cancel safety
    /// Dropping the future does not take the item back.
    pub async fn call(&self, item: T) -> Result<T::Answer, LaneError> {
        let (answer, answered) = oneshot::channel();
        self.queue
            .try_send((item, answer))
            .map_err(|error| match error {
                mpsc::error::TrySendError::Full(_) => LaneError::Full,
                mpsc::error::TrySendError::Closed(_) => LaneError::Ended,
            })?;
        answered.await.map_err(|_| LaneError::Ended)
    }
}

impl<T: LaneItem> Drop for Lane<T> {
    fn drop(&mut self) {
        self.worker.abort();
    }
}

async fn work<T: LaneItem>(
    bounds: LaneBounds,
    mut waiting: mpsc::Receiver<Queued<T>>,
    apply: Apply<T>,
) {
    let flights = Arc::new(Semaphore::new(bounds.in_flight_max));
    let mut next = None;
    loop {
        let Ok(flight) = Arc::clone(&flights).acquire_owned().await else {
            return;
        };
        let Some(batch) = collect(&bounds, &mut waiting, &mut next).await else {
            return;
        };
        let apply = Arc::clone(&apply);
        let run = async move {
            let (items, answers): (Vec<_>, Vec<_>) = batch.into_iter().unzip();
            for (answer, to) in apply(items).await.into_iter().zip(answers) {
                // Whoever asked may have left; the work is done all the same.
                let _ = to.send(answer);
            }
            drop(flight);
        };
        match bounds.in_flight_max {
            1 => run.await,
            _ => drop(tokio::spawn(run)),
        }
    }
}

/// Waits for the first item, then takes what else is there. `next` keeps the one that did not fit.
async fn collect<T: LaneItem>(
    bounds: &LaneBounds,
    waiting: &mut mpsc::Receiver<Queued<T>>,
    next: &mut Option<Queued<T>>,
) -> Option<Vec<Queued<T>>> {
    let first = match next.take() {
        Some(first) => first,
        None => waiting.recv().await?,
    };
    // Whoever is about to come comes along: those who were answered together ask together again.
    tokio::task::yield_now().await;
    let mut weight = first.0.weight();
    let mut patient = first.0.is_patient();
    let mut batch = vec![first];
    let patience = tokio::time::sleep(bounds.patience);
    tokio::pin!(patience);
    while weight < bounds.batch_max {
        let item = match waiting.try_recv() {
            Ok(item) => item,
            Err(_) if patient => tokio::select! {
                biased;
                item = waiting.recv() => item?,
                () = &mut patience => break,
            },
            Err(_) => break,
        };
        weight += item.0.weight();
        patient &= item.0.is_patient();
        if weight > bounds.batch_max {
            *next = Some(item);
            break;
        }
        batch.push(item);
    }
    Some(batch)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use futures::FutureExt;

    use super::*;

    struct Item(u32, bool);

    impl LaneItem for Item {
        type Answer = u32;

        fn is_patient(&self) -> bool {
            self.1
        }
    }

    type Batches = Arc<Mutex<Vec<Vec<u32>>>>;

    fn lane(bounds: LaneBounds) -> (Arc<Lane<Item>>, Batches) {
        let batches = Batches::default();
        let seen = Arc::clone(&batches);
        let lane = Lane::start(bounds, move |items: Vec<Item>| {
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

    const BOUNDS: LaneBounds = LaneBounds {
        queue_max: 8,
        batch_max: 4,
        in_flight_max: 1,
        patience: Duration::from_millis(50),
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
        assert!(answers.contains(&Err(LaneError::Full)));
    }
}
