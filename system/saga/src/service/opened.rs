//! An opened service: its routes, its readiness check and its end.

use std::sync::Arc;

use axum::{
    Router,
    extract::Request,
    middleware::{Next, from_fn},
};
use futures::{FutureExt, TryFutureExt, future::BoxFuture};
use serde::{Serialize, de::DeserializeOwned};

use super::{
    check_run::CheckRun,
    health::{ReadinessCheck, health},
};
use crate::{
    admin::{Console, Role},
    coordinator::Probe,
    http::{HttpMetrics, Problem, with_fallbacks_measured},
    metrics::MetricSource,
    participant::{LookupHandler, lookup_routes},
    security::{ServiceDoor, identity::IdentityLayer},
};

/// A service with an open database. It does nothing until its routes are served.
pub struct Service {
    /// The routes for clients.
    pub public: Router,
    /// Routes for operators that the admin listener has, too. Without credentials anywhere, the public listener serves them to
    /// everybody. See [`Service::behind`].
    pub operations: Router,
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

    /// The same service with routes for operators, which need this role at the admin listener.
    #[must_use]
    pub fn with_operations(mut self, role: Role, routes: Router) -> Self {
        self.admin.push((role, routes.clone()));
        self.operations = self.operations.merge(routes);
        self
    }

    /// The same service, which checks who sends a request. `is_open` says whether its routes for operators are open to everybody;
    /// else the public listener refuses them.
    #[must_use]
    pub fn behind(mut self, identity: &IdentityLayer, is_open: bool) -> Self {
        (self.public, self.operations) = behind(self.public, self.operations, identity, is_open);
        self
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
        let routes = self.public.merge(self.operations).merge(internal);
        listener_measured(routes, vec![self.ready], metrics)
    }
}

/// The routes for clients and for operators of one listener, as [`Service::behind`] changes them.
#[must_use]
pub fn behind(
    public: Router,
    operations: Router,
    identity: &IdentityLayer,
    is_open: bool,
) -> (Router, Router) {
    (
        identity.in_front_of(public),
        closed_unless(operations, is_open),
    )
}

/// Routes for operators on the public listener.
fn closed_unless(routes: Router, is_open: bool) -> Router {
    let refuse = || async {
        Problem::forbidden(
            "This request is for operators: send it to the admin listener, with a token whose role is `operate`. Nothing was done.",
        )
    };
    match is_open || !routes.has_routes() {
        true => routes,
        false => routes.route_layer(from_fn(move |_: Request, _: Next| refuse())),
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
