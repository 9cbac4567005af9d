//! Requests that the network delivers later: held back, repeated, or sent by the checks.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Request, Response};
use likewise_saga::env::ExchangeError;
use tokio::{
    sync::{Notify, oneshot},
    time::timeout,
};

use super::message::Message;

/// How long a request waits for another one that overtakes it, and how much longer that one takes.
const OVERTAKEN_WITHIN: Duration = Duration::from_millis(1_500);
const OVERTAKING_TAKES: Duration = Duration::from_millis(100);

/// The number of the checks' own messages.
pub const PROBE: u64 = 0;

/// A request in the network's hands.
pub struct PendingDelivery {
    /// Of this message.
    pub message: u64,
    /// What to deliver.
    pub request: Request<Bytes>,
    /// The same, as the world sees it.
    pub content: Message,
    /// When.
    pub hold: Hold,
    /// Where the answer goes; nowhere, for a copy.
    pub answer: Option<oneshot::Sender<Result<Response<Bytes>, ExchangeError>>>,
}

/// Until when a request is held back.
pub enum Hold {
    /// For so long.
    For(Duration),
    /// Until the next request on its link has left, and a little longer.
    UntilOvertaken(Arc<Notify>),
}

impl Hold {
    /// For how many milliseconds at most.
    pub(super) fn millis_max(&self) -> u64 {
        let most = match self {
            Self::For(time) => *time,
            Self::UntilOvertaken(_) => OVERTAKEN_WITHIN,
        };
        u64::try_from(most.as_millis()).unwrap_or(u64::MAX)
    }

    pub(super) async fn over(&self) {
        match self {
            Self::For(time) => tokio::time::sleep(*time).await,
            Self::UntilOvertaken(overtaken) => {
                if timeout(OVERTAKEN_WITHIN, overtaken.notified())
                    .await
                    .is_ok()
                {
                    tokio::time::sleep(OVERTAKING_TAKES).await;
                }
            }
        }
    }
}
