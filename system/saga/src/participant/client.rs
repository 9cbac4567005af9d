//! The ways from the coordinator to a service: batches of questions there, their answers back.
//!
//! ```text
//!  coordinator ──► ParticipantClient ──┬─ HTTP (coordinator/call.rs) ──► routes ──► lane ──► barrier
//!                         └─ in one process ──────────────────────────► lane ──► barrier
//! ```
//!
//! In one process nothing is written as JSON and read again, but the same lanes and barriers take the same
//! batches: nothing is short-cut that the protocol is needed for.

use std::sync::Arc;

use async_trait::async_trait;

use crate::protocol::{StepReply, StepRequest, Unanswered};

/// A way for one kind of question.
#[async_trait]
pub trait ParticipantClient<Q, A>: Send + Sync {
    /// Asks a batch; one answer each, in order. Has no time-out of its own.
    ///
    /// # Errors
    /// [`Unanswered`]: whatever was asked may or may not have taken effect.
    async fn ask(&self, questions: Vec<Q>) -> Result<Vec<A>, Unanswered>;
}

/// Of a step that was not applied nothing is said: it is to be asked for again.
pub type Steps = Arc<dyn ParticipantClient<StepRequest, Option<StepReply>>>;

/// Both ways to a service: steps, and what is looked up before a saga.
#[derive(Clone)]
pub struct ParticipantClients<Q, A> {
    /// Applies batches of steps.
    pub steps: Steps,
    /// Answers what the coordinator looks up before a saga.
    pub lookups: Arc<dyn ParticipantClient<Q, A>>,
}
