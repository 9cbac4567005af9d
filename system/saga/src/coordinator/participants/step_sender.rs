//! The services of a product, as its coordinator reaches them.

use async_trait::async_trait;

use super::participant::Participant;
use crate::{
    executor::StepSender,
    protocol::{NoReply, StepReply, StepRequest},
    service::CheckRun,
};

/// The services of a product.
pub(in crate::coordinator) struct Participants(pub(in crate::coordinator) Vec<Participant>);

impl Participants {
    /// The service with this name. A product has a few services: comparing their names costs less than a map.
    pub(in crate::coordinator) fn named(&self, service: &str) -> Option<&Participant> {
        self.0.iter().find(|known| known.service == service)
    }

    /// Whether all services can do their work now, so that a saga can succeed.
    ///
    /// # Errors
    /// One of them cannot; the text says which, and why.
    pub(in crate::coordinator) async fn check(&self, run: &CheckRun) -> Result<(), String> {
        let checks = self.0.iter().map(|service| async move {
            let checked = service.reachability.check().await;
            run.note(&format!("{} service", service.service), checked)
        });
        futures::future::try_join_all(checks).await.map(drop)
    }
}

#[async_trait]
impl StepSender for Participants {
    async fn send(
        &self,
        service: &'static str,
        request: StepRequest,
    ) -> Result<StepReply, NoReply> {
        let participant = self.named(service);
        let unknown = || NoReply(format!("the coordinator has no service called {service}"));
        participant.ok_or_else(unknown)?.send(request).await
    }
}
