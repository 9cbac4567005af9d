//! An opened service: its routes, its readiness check and its end.

use std::sync::Arc;

use axum::Router;
use futures::future::BoxFuture;
use likewise_saga::http::with_fallbacks;

use super::health::{ReadinessCheck, health};

/// A service with an open database. It does nothing until its routes are served.
pub struct Service {
    /// The routes for clients.
    pub public: Router,
    /// The routes for the coordinator, `/v1/steps` and `/v1/lookups`. The coordinator itself has none.
    pub internal: Router,
    /// Whether the service can do its work.
    pub ready: ReadinessCheck,
    /// Waits until the service must end because another process has replaced it.
    pub taken_over: TakenOver,
    /// Ends the service. Call it last, when the routes are no longer served.
    pub close: Close,
}

/// Waits until a service must end because another process has replaced it: a coordinator without a lease whose
/// saga log was taken over. For every other service it never completes.
pub type TakenOver = Arc<dyn Fn() -> BoxFuture<'static, ()> + Send + Sync>;

/// Ends a service, and releases what other processes wait for.
pub type Close = Arc<dyn Fn() -> BoxFuture<'static, ()> + Send + Sync>;

impl Service {
    /// All routes on one listener. A service in its own process serves these.
    pub fn routes(self) -> Router {
        listener(self.public.merge(self.internal), vec![self.ready])
    }
}

/// Completes the routes of one listener with health, limits and problems.
pub fn listener(routes: Router, checks: Vec<ReadinessCheck>) -> Router {
    with_fallbacks(routes.merge(health(checks)))
}
