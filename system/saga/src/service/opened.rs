//! An opened service: its routes, its readiness check and its end.

use std::sync::Arc;

use axum::Router;
use futures::{FutureExt, TryFutureExt, future::BoxFuture};
use serde::{Serialize, de::DeserializeOwned};

use super::{
    check_run::CheckRun,
    health::{ReadinessCheck, health},
};
use crate::{
    admin::{Console, Role},
    coordinator::Probe,
    http::{HttpMetrics, with_fallbacks_measured},
    metrics::MetricSource,
    participant::{LookupHandler, lookup_routes},
    security::ServiceDoor,
};

/// A service with an open database. It does nothing until its routes are served.
pub struct Service {
    /// The routes for clients.
    pub public: Router,
    /// The routes for the coordinator, `/v1/steps`, `/v1/lookups`, `/v1/watermarks` and `/v1/barrier-rows`. The coordinator
    /// itself has none. They are behind [`Service::routes`]' check of the service secret.
    pub internal: Router,
    /// What is in front of the internal routes.
    pub(super) door: ServiceDoor,
    /// The routes for operators, each with the role that it needs. Only an admin listener serves them.
    pub admin: Vec<(Role, Router)>,
    /// The pages for operators, if the service has some. Only an admin listener serves them.
    pub console: Option<Console>,
    /// Whether the service can do its work.
    pub ready: ReadinessCheck,
    /// Waits until the service must end because another process has replaced it.
    pub taken_over: TakenOver,
    /// Ends the service. Call it last, when the routes are no longer served.
    pub close: Close,
    /// What it counts, and its state in numbers.
    pub metrics: Vec<Arc<dyn MetricSource>>,
}

/// Waits until a service must end because another process has replaced it: a coordinator without a lease whose
/// saga log was taken over. For every other service it never completes.
pub type TakenOver = Arc<dyn Fn() -> BoxFuture<'static, ()> + Send + Sync>;

/// Ends a service, and releases what other processes wait for.
pub type Close = Arc<dyn Fn() -> BoxFuture<'static, ()> + Send + Sync>;

impl Service {
    /// The same service with further routes for clients.
    #[must_use]
    pub fn with_routes(self, routes: Router) -> Self {
        Self {
            public: self.public.merge(routes),
            ..self
        }
    }

    /// The same service with the internal route `/v1/lookups`: what a coordinator in another process reads before a saga.
    #[must_use]
    pub fn with_lookups<Q, A>(self, handler: &LookupHandler<Q, A>) -> Self
    where
        Q: DeserializeOwned + Send + 'static,
        A: Serialize + 'static,
    {
        Self {
            internal: self.internal.merge(lookup_routes(Arc::clone(handler))),
            ..self
        }
    }

    /// How a coordinator in the same process asks the service whether it can do its work.
    #[must_use]
    pub fn probe(&self) -> Probe {
        let ready = Arc::clone(&self.ready);
        Arc::new(move || ready(CheckRun::default()).map_ok(drop).boxed())
    }

    /// All routes on one listener. A service in its own process serves these.
    pub fn routes(self) -> Router {
        self.routes_measured(&HttpMetrics::new("none"))
    }

    /// Like [`routes`](Self::routes), and counts the requests of each route.
    pub fn routes_measured(self, metrics: &Arc<HttpMetrics>) -> Router {
        let internal = self.door.in_front_of(self.internal);
        let routes = self.public.merge(internal);
        listener_measured(routes, vec![self.ready], metrics)
    }
}

/// Completes the routes of one listener with health, limits and problems.
pub fn listener(routes: Router, checks: Vec<ReadinessCheck>) -> Router {
    listener_measured(routes, checks, &HttpMetrics::new("none"))
}

/// Like [`listener`], and counts the requests of each route.
pub fn listener_measured(
    routes: Router,
    checks: Vec<ReadinessCheck>,
    metrics: &Arc<HttpMetrics>,
) -> Router {
    with_fallbacks_measured(routes.merge(health(checks)), metrics)
}
