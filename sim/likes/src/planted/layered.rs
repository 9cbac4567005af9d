//! The parts of likes with a layer before the routes of a service, for planted bugs that are neither an effect nor a rule.

use futures::{FutureExt, future::BoxFuture};
use likewise_saga::{
    participant::{Barrier, Effect},
    service::Service,
    store::OpenError,
};
use likewise_world::{ProcessStart, SystemParts, plan::Name};

/// These parts, and what is done to each service before it serves.
pub(super) struct Layered {
    pub(super) parts: Box<dyn SystemParts>,
    pub(super) layer: fn(Name, Service) -> Service,
}

impl SystemParts for Layered {
    fn open(&self, process: ProcessStart) -> BoxFuture<'_, Result<Service, OpenError>> {
        let name = process.service;
        async move { Ok((self.layer)(name, self.parts.open(process).await?)) }.boxed()
    }

    fn barrier(&self) -> &dyn Barrier {
        self.parts.barrier()
    }

    fn effect(&self, service: Name) -> Option<&dyn Effect> {
        self.parts.effect(service)
    }
}
