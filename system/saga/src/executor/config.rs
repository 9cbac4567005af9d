//! What an executor is given: its bounds, the sender of steps, and the definitions of sagas.

use std::time::Duration;

use async_trait::async_trait;

use crate::batcher::BatchLimits;
use crate::protocol::{Definition, Document, NoReply, StepReply, StepRequest};

/// The bounds of an executor.
#[derive(Debug, Clone, Copy)]
pub struct ExecutorConfig {
    /// The first pause between two attempts at one request. Each further pause is twice as long, with jitter. A step may have
    /// other pauses; see [`RetryPolicy`](crate::protocol::RetryPolicy).
    pub pause_min: Duration,
    /// The longest pause between two attempts, before its jitter, which at most doubles it.
    pub pause_max: Duration,
    /// Consecutive failed attempts at one request after which the saga is parked: an alert is logged, and the retries go on.
    pub park_after: u32,
    /// Sagas driven at one time. One more is refused with [`StartError::Overloaded`](super::StartError::Overloaded).
    pub sagas_open_max: usize,
    /// How long the log entry of an ended saga may wait, to share the batch of the next start.
    pub settle_linger_max: Duration,
    /// Limits of the coordinator's batches and queues: those of the saga log, and those in front of each participant.
    pub batches: BatchLimits,
}

/// Sends requests to participants, each with a time-out.
#[async_trait]
pub trait StepSender: Send + Sync {
    /// Sends one request and waits for its reply, for a bounded time.
    ///
    /// # Errors
    /// [`NoReply`]: the effect is unknown.
    async fn send(&self, service: &'static str, request: StepRequest)
    -> Result<StepReply, NoReply>;
}

/// Derives a saga's steps from its kind and arguments. Returns `None` for an unknown kind.
pub type Define = fn(kind: &str, args: &Document) -> Option<Definition>;
