//! What the parts of a request tell its edge: the route that answered it, and the saga that it started.
//!
//! It is kept in a local of the task, and only if somebody wants to know. So it costs no other request anything.

use std::sync::{Arc, OnceLock};

use axum::extract::{MatchedPath, Request};
use tokio::task::futures::TaskLocalFuture;

use super::TraceContext;
use crate::id::SagaId;

tokio::task_local! {
    static REQUEST: Arc<Observed>;
}

/// What is known about the request of this task.
#[derive(Default)]
pub(crate) struct Observed {
    /// The trace that the request belongs to.
    pub(crate) context: Option<TraceContext>,
    route: OnceLock<MatchedPath>,
    saga: OnceLock<SagaId>,
}

impl Observed {
    pub(crate) fn new(context: Option<TraceContext>) -> Self {
        Self {
            context,
            ..Self::default()
        }
    }

    /// Makes the call of a service, and what it returns, a part of this request.
    pub(crate) fn observe<F: Future>(
        self: &Arc<Self>,
        call: impl FnOnce() -> F,
    ) -> TaskLocalFuture<Arc<Self>, F> {
        let future = REQUEST.sync_scope(Arc::clone(self), call);
        REQUEST.scope(Arc::clone(self), future)
    }

    /// The route, as it is written in the API. `None` if there is none.
    pub(crate) fn route(&self) -> Option<&str> {
        self.route.get().map(MatchedPath::as_str)
    }

    pub(crate) fn saga(&self) -> Option<SagaId> {
        self.saga.get().copied()
    }
}

/// The trace of the request that this task answers.
pub(crate) fn request_context() -> Option<TraceContext> {
    let context = REQUEST.try_with(|observed| observed.context);
    context.ok().flatten()
}

/// Notes the saga that the request has started. The first one counts.
pub(crate) fn note_saga(saga: SagaId) {
    // Nobody watches this request.
    let _ = REQUEST.try_with(|observed| observed.saga.set(saga));
}

/// Notes the route that answers the request.
pub(crate) fn note_route(request: &Request) {
    let _ = REQUEST.try_with(|observed| {
        let route = request.extensions().get::<MatchedPath>();
        route.map(|route| observed.route.set(route.clone()))
    });
}
