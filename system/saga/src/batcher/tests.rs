//! When batches are sent, and which items they carry. Time is paused, so every time in these tests is exact.

use std::{sync::Mutex, time::Duration};

use futures::FutureExt;

use super::*;

/// A number, and whether it may linger. The answer is twice the number.
struct Item(u32, bool);

impl BatchItem for Item {
    type Answer = u32;

    fn may_linger(&self) -> bool {
        self.1
    }
}

/// The numbers in each batch.
type Batches = Arc<Mutex<Vec<Vec<u32>>>>;

fn batcher(bounds: BatcherBounds) -> (Arc<Batcher<Item>>, Batches) {
    let batches = Batches::default();
    let recorded = Arc::clone(&batches);
    let batcher = Batcher::start(bounds, move |items: Vec<Item>| {
        let recorded = Arc::clone(&recorded);
        async move {
            let numbers: Vec<u32> = items.iter().map(|item| item.0).collect();
            recorded.lock().unwrap().push(numbers.clone());
            tokio::time::sleep(Duration::from_millis(10)).await;
            numbers.into_iter().map(|number| number * 2).collect()
        }
        .boxed()
    });
    (Arc::new(batcher), batches)
}

const BOUNDS: BatcherBounds = BatcherBounds {
    queue_max: 8,
    batch_max: 4,
    in_flight_max: 1,
    overlap_after: Duration::ZERO,
    linger_max: Duration::from_millis(50),
    on_full: None,
};

/// Two batches may be in flight.
const TWO: BatcherBounds = BatcherBounds {
    in_flight_max: 2,
    overlap_after: Duration::from_millis(8),
    ..BOUNDS
};

/// The batch is the clock: there is no timer, and a single item does not wait.
#[tokio::test(start_paused = true)]
async fn items_that_queue_while_a_batch_runs_become_the_next_batch() {
    let (batcher, batches) = batcher(BOUNDS);
    let calls = (1..=6).map(|number| batcher.call(Item(number, false)));
    let first = batcher.call(Item(0, false));
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

/// The end of a saga waits for the start of another one and costs no commit of its own.
#[tokio::test(start_paused = true)]
async fn a_lingering_item_shares_the_batch_of_an_urgent_one() {
    let (batcher, batches) = batcher(BOUNDS);
    let late = async {
        tokio::time::sleep(Duration::from_millis(5)).await;
        batcher.call(Item(2, false)).await
    };
    let (one, two) = futures::join!(batcher.call(Item(1, true)), late);
    assert_eq!((one, two), (Ok(2), Ok(4)));
    assert_eq!(*batches.lock().unwrap(), [vec![1, 2]]);
}

/// Nobody else comes. The bound is what makes lingering safe for an idle system.
#[tokio::test(start_paused = true)]
async fn a_lingering_item_alone_is_sent_after_linger_max() {
    let (batcher, _) = batcher(BOUNDS);
    assert_eq!(batcher.call(Item(1, true)).await, Ok(2));
}

/// A queue without a bound would hide an overload until the memory is used up.
#[tokio::test(start_paused = true)]
async fn a_full_queue_refuses_items() {
    let (batcher, _) = batcher(BOUNDS);
    let calls = (0..20).map(|number| batcher.call(Item(number, false)));
    let answers = futures::future::join_all(calls).await;
    assert!(answers.contains(&Err(BatcherError::Full)));
}

/// Calls with one item each millisecond, where a batch takes 10 ms. Returns when each batch was sent, in milliseconds after the
/// first, and its size.
async fn batches_sent(items: u32, bounds: BatcherBounds) -> Vec<(u128, usize)> {
    let sent = Arc::new(Mutex::new(Vec::new()));
    let recorded = Arc::clone(&sent);
    let batcher = Batcher::start(bounds, move |items: Vec<Item>| {
        recorded.lock().unwrap().push((Instant::now(), items.len()));
        async move {
            tokio::time::sleep(Duration::from_millis(10)).await;
            items.into_iter().map(|item| item.0).collect()
        }
        .boxed()
    });
    let call = async |number| {
        tokio::time::sleep(Duration::from_millis(number)).await;
        batcher.call(Item(0, false)).await
    };
    futures::future::join_all((1..=items).map(|number| call(number.into()))).await;
    let sent = sent.lock().unwrap();
    let since = |(at, size): &(Instant, usize)| ((*at - sent[0].0).as_millis(), *size);
    sent.iter().map(since).collect()
}

/// A second batch in flight would be small, and small batches are what costs.
#[tokio::test(start_paused = true)]
async fn while_a_batch_is_in_flight_the_next_one_gathers() {
    let bounds = BatcherBounds {
        overlap_after: Duration::from_secs(1),
        ..TWO
    };
    let batches = batches_sent(3, bounds).await;
    assert_eq!(batches, [(0, 1), (10, 2)]);
}

/// It cannot grow any more, so there is nothing to wait for.
#[tokio::test(start_paused = true)]
async fn a_full_batch_is_sent_while_another_is_in_flight() {
    let batches = batches_sent(5, TWO).await;
    assert_eq!(batches, [(0, 1), (4, 4)]);
}

/// One lost request must not delay every saga by a time-out.
#[tokio::test(start_paused = true)]
async fn a_batch_that_may_be_lost_does_not_block_the_next_one() {
    let batches = batches_sent(3, TWO).await;
    assert_eq!(batches, [(0, 1), (8, 2)]);
}

/// A full batch counts only if more items wait: otherwise a limit of one would count every item.
#[tokio::test(start_paused = true)]
async fn a_full_batch_and_a_full_queue_are_told() {
    static TOLD: Mutex<Vec<(&str, Full)>> = Mutex::new(Vec::new());
    let limits = BatchLimits {
        batch_max: Some(2),
        queue_max: Some(3),
        on_full: Some(|name, full| TOLD.lock().unwrap().push((name, full))),
    };
    let bounds = limits.of("numbers", BOUNDS);
    assert_eq!((bounds.batch_max, bounds.queue_max), (2, 3));
    let (batcher, batches) = batcher(bounds);
    let calls = (0..4).map(|number| batcher.call(Item(number, false)));
    let refused = futures::future::join_all(calls).await;
    assert_eq!(refused.iter().filter(|answer| answer.is_err()).count(), 1);
    assert_eq!(*batches.lock().unwrap(), [vec![0, 1], vec![2]]);
    let told = TOLD.lock().unwrap().clone();
    assert_eq!(told, [("numbers", Full::Queue), ("numbers", Full::Batch)]);
}
