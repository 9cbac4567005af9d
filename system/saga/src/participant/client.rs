//! How a coordinator reaches a participant: it sends batches of requests and gets batches of replies.
//!
//! The client over HTTP is `http_client.rs`. In one process the same batches go to the same batcher and barrier without JSON
//! and sockets; no part of the protocol is skipped.

use std::sync::Arc;

use async_trait::async_trait;

use super::{rows::BarrierRowsClient, watermark::WatermarkClient};
use crate::protocol::{NoReply, StepReply, StepRequest};

/// Sends batches of one kind of request to one participant.
#[async_trait]
pub trait ParticipantClient<Q, A>: Send + Sync {
    /// Sends a batch and returns one reply per request, in order. The caller adds the time-out.
    ///
    /// # Errors
    /// [`NoReply`]: the effect of every request is unknown.
    async fn send(&self, requests: Vec<Q>) -> Result<Vec<A>, NoReply>;
}

/// A client for steps. The reply to a step that was not applied is `None`: send it again.
pub type StepsClient = Arc<dyn ParticipantClient<StepRequest, Option<StepReply>>>;

/// The clients of one participant: for steps, for what the coordinator looks up before a saga, for the watermark, and for its
/// barrier rows.
#[derive(Clone)]
pub struct ParticipantClients<Q, A> {
    /// Sends steps.
    pub steps: StepsClient,
    /// Sends lookups.
    pub lookups: Arc<dyn ParticipantClient<Q, A>>,
    /// Publishes the retention watermark.
    pub watermarks: Arc<dyn WatermarkClient>,
    /// Reads the barrier rows.
    pub rows: Arc<dyn BarrierRowsClient>,
}
