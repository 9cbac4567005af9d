//! Requests that the network host delivers: held back, repeated, or sent by the probes.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Request, Response};
use likewise_saga::{
    bound::{Bound, within},
    env::ExchangeError,
};
use tokio::sync::{Notify, oneshot};

use super::message::Message;
pub use crate::record::PROBE;

/// How long a reordered request waits for the next one on its link, and how much later than that one it leaves.
const OVERTAKEN: Bound = Bound::new("the message that overtakes", Duration::from_millis(1_500));
const OVERTAKING_TAKES: Duration = Duration::from_millis(100);

/// A request that the network host delivers later.
pub struct PendingDelivery {
    /// The number of the message.
    pub message: u64,
    /// The request.
    pub request: Request<Bytes>,
    /// The request as the world reads it.
    pub content: Message,
    /// When to deliver it.
    pub hold: Hold,
    /// Where the answer goes. A copy has nobody who waits for its answer.
    pub answer: Option<oneshot::Sender<Result<Response<Bytes>, ExchangeError>>>,
}

/// How long a request is held back.
///
/// A request that nobody overtakes is delivered after a bound, because a run must not wait for a message that never
/// comes.
pub enum Hold {
    /// For this long.
    For(Duration),
    /// Until the next request on its link has left, plus a short time so that it arrives first.
    UntilOvertaken(Arc<Notify>),
}

impl Hold {
    /// The longest that it holds, in milliseconds.
    pub(super) fn millis_max(&self) -> u64 {
        let most = match self {
            Self::For(time) => *time,
            Self::UntilOvertaken(_) => OVERTAKEN.limit,
        };
        u64::try_from(most.as_millis()).unwrap_or(u64::MAX)
    }

    pub(super) async fn over(&self) {
        match self {
            Self::For(time) => tokio::time::sleep(*time).await,
            Self::UntilOvertaken(overtaken) => {
                if within(OVERTAKEN, overtaken.notified()).await.is_ok() {
                    tokio::time::sleep(OVERTAKING_TAKES).await;
                }
            }
        }
    }
}
