//! The parts of a system whose services are opened as the kit opens them, and reach each other over HTTP.
//!
//! A product whose own process opens its services in another way implements [`SystemParts`] itself, and calls that code there:
//! what runs in the simulator must be what runs in production.

use std::sync::Arc;

use axum::Router;
use futures::{FutureExt, future::BoxFuture};
use likewise_saga::{
    coordinator::{Coordinator, Participant, Product},
    participant::{Barrier, Effect, OneByOne, SingleEffect},
    service::{KitParts, Service, coordinator, open_log, participant},
    store::{Database, OpenError},
};

use super::{ProcessStart, ServiceSpec, SystemParts};
use crate::{hosts::balancer, plan::Name, planted};

/// The effects of a system's services.
pub type Effects = Vec<(&'static str, Arc<dyn Effect>)>;

/// The parts of a system that has nothing but what the kit opens.
pub struct KitServices {
    /// The parts of the kit.
    pub kit: KitParts,
    /// The sagas.
    pub product: &'static Product,
    /// The services.
    pub services: &'static [ServiceSpec],
    /// The effect of each service that executes steps.
    pub effects: Effects,
    /// The routes of a participant for its clients.
    pub routes: fn(&str, Database) -> Router,
    /// The routes of the coordinator that start sagas.
    pub writes: fn(Arc<Coordinator>) -> Router,
}

impl SystemParts for KitServices {
    fn open(&self, process: ProcessStart) -> BoxFuture<'_, Result<Service, OpenError>> {
        match process.service {
            Name::COORDINATOR => self.coordinator(process).boxed(),
            _ => self.participant(process).boxed(),
        }
    }

    fn barrier(&self) -> &dyn Barrier {
        self.kit.barrier.as_ref()
    }

    fn effect(&self, service: Name) -> Option<&dyn Effect> {
        self.effect_of(service).map(Arc::as_ref)
    }
}

impl KitServices {
    /// The parts without effects and without routes of participants. `writes` are the routes that start sagas.
    #[must_use]
    pub fn new(
        product: &'static Product,
        services: &'static [ServiceSpec],
        writes: fn(Arc<Coordinator>) -> Router,
    ) -> Self {
        Self {
            kit: planted::product(),
            product,
            services,
            effects: Effects::new(),
            routes: |_, _| Router::new(),
            writes,
        }
    }

    /// The same parts with this effect of a service, in place of the one it had. A planted bug begins like this.
    #[must_use]
    pub fn with_effect(
        mut self,
        service: &'static str,
        effect: impl SingleEffect + 'static,
    ) -> Self {
        self.effects.retain(|(name, _)| *name != service);
        self.effects.push((service, Arc::new(OneByOne(effect))));
        self
    }

    /// The same parts with these routes of participants.
    #[must_use]
    pub fn with_routes(self, routes: fn(&str, Database) -> Router) -> Self {
        Self { routes, ..self }
    }

    fn effect_of(&self, service: Name) -> Option<&Arc<dyn Effect>> {
        let mut effects = self.effects.iter();
        effects.find_map(|(name, effect)| (*name == service.text()).then_some(effect))
    }

    async fn participant(&self, process: ProcessStart) -> Result<Service, OpenError> {
        let service = process.service;
        let spec = self.services.iter().find(|spec| spec.name == service);
        let (Some(spec), Some(effect)) = (spec, self.effect_of(service)) else {
            panic!("the service {service} has no effect: add it to `effects`");
        };
        let store = Arc::clone(&process.env.store);
        let database = Database::open(&process.database, spec.schema, process.pool, store).await?;
        let effect = Arc::clone(effect);
        let kit = KitParts {
            batches: process.batches,
            ..self.kit.clone()
        };
        let (opened, _) = participant(database.clone(), process.env, &kit, effect);
        Ok(opened.with_routes((self.routes)(service.text(), database)))
    }

    async fn coordinator(&self, process: ProcessStart) -> Result<Service, OpenError> {
        let (env, config) = (process.env, process.coordinator);
        let participants = self.effects.iter().map(|(service, _)| {
            let url = format!("http://{}", balancer(Name::new(service))).parse();
            let url = url.expect("the name of a host is a valid address");
            Participant::http(service, &url, &env, &config, self.product)
        });
        let participants = participants.collect();
        let log = open_log(&process.database, process.pool, &env).await?;
        let started = log.start(config, self.product, participants, env, &self.kit);
        let started = started.await?;
        let writes = (self.writes)(Arc::clone(&started));
        Ok(coordinator(started, writes))
    }
}
