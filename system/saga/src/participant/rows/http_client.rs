//! The leader's client of `POST /v1/barrier-rows`.

use async_trait::async_trait;

use super::{BarrierRow, BarrierRowsClient};
use crate::{
    participant::{ParticipantClient, http_client::HttpParticipant},
    protocol::{NoReply, StepKey},
};

/// Reads the barrier rows of one service over HTTP.
pub(in crate::participant) struct HttpBarrierRows(pub(in crate::participant) HttpParticipant);

#[async_trait]
impl BarrierRowsClient for HttpBarrierRows {
    async fn read(&self, steps: Vec<StepKey>) -> Result<Vec<Option<BarrierRow>>, NoReply> {
        self.0.send(steps).await
    }
}
