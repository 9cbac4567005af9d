//! A client that gathers requests into batches, with a time limit per batch.
//!
//! Whatever is queued while a batch is in flight becomes the next batch. A single request never waits
//! for others.

use std::{marker::PhantomData, sync::Arc, time::Duration};

use futures::FutureExt;

use super::reachability::Reachability;
use crate::{
    batcher::{BatchItem, BatchLimits, BatchStats, Batcher, BatcherBounds},
    bound::{Bound, within},
    participant::ParticipantClient,
    protocol::{NoReply, step::BATCH_STEPS_MAX},
};

/// The bounds of each queue.
///
/// While one request is in flight, the next batch gathers: a batch costs nearly the same whatever its
/// size. A second batch overlaps the first if it is full, or if the first is in flight for 25 ms.
/// Otherwise all requests would wait for one that is lost.
const BOUNDS: BatcherBounds = BatcherBounds {
    queue_max: 16_384,
    batch_max: BATCH_STEPS_MAX,
    in_flight_max: 2,
    overlap_after: Duration::from_millis(25),
    linger_max: Duration::ZERO,
    on_full: None,
};

/// A queue of requests to one endpoint of one service.
pub struct BatchedClient<Q, A>
where
    Q: Send + 'static,
    A: Send + 'static,
{
    batcher: Batcher<Item<Q, A>>,
}

/// A request in the queue, with the type of its reply.
struct Item<Q, A>(Q, PhantomData<fn() -> A>);

impl<Q: Send + 'static, A: Send + 'static> BatchItem for Item<Q, A> {
    type Answer = Result<A, NoReply>;
}

impl<Q, A> BatchedClient<Q, A>
where
    Q: Send + 'static,
    A: Send + 'static,
{
    /// Starts the queue. `timeout` limits each batch, because clients have no time limit of their own.
    /// Notes whether each batch was answered.
    pub(super) fn start(
        service: &'static str,
        client: Arc<dyn ParticipantClient<Q, A>>,
        (timeout, limits): (Duration, BatchLimits),
        stats: Arc<BatchStats>,
        reachability: Arc<Reachability>,
    ) -> Self {
        let bounds = limits.of("requests to a participant", BOUNDS);
        let batcher = Batcher::measured(bounds, stats, move |batch: Vec<Item<Q, A>>| {
            let (client, reachability) = (Arc::clone(&client), Arc::clone(&reachability));
            async move {
                let size = batch.len();
                let requests = batch.into_iter().map(|item| item.0).collect();
                let replies = send_batch(service, client.as_ref(), requests, timeout).await;
                match replies {
                    Ok(replies) => {
                        reachability.note_answer();
                        replies.into_iter().map(Ok).collect()
                    }
                    Err(unanswered) => {
                        reachability.suspect();
                        (0..size).map(|_| Err(unanswered.clone())).collect()
                    }
                }
            }
            .boxed()
        });
        Self { batcher }
    }

    /// Sends one request with the next batch.
    ///
    /// # Errors
    /// [`NoReply`]: the request may or may not have had an effect.
    ///
    /// # Cancel safety
    /// Dropping the future does not cancel the request.
    pub async fn send(&self, request: Q) -> Result<A, NoReply> {
        let reply = self.batcher.call(Item(request, PhantomData)).await;
        reply.unwrap_or_else(|error| Err(NoReply(error.to_string())))
    }
}

/// Sends one batch; the replies are as many as the requests and in their order.
async fn send_batch<Q, A>(
    service: &'static str,
    client: &dyn ParticipantClient<Q, A>,
    requests: Vec<Q>,
    timeout: Duration,
) -> Result<Vec<A>, NoReply> {
    let size = requests.len();
    match within(Bound::new(service, timeout), client.send(requests)).await {
        Ok(Ok(replies)) if replies.len() == size => Ok(replies),
        Ok(Ok(_)) => Err(NoReply(format!(
            "the {service} service answered another batch"
        ))),
        Ok(Err(unanswered)) => Err(unanswered),
        Err(_) => Err(NoReply(format!(
            "the {service} service did not answer within {timeout:?}"
        ))),
    }
}
