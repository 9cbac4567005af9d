//! The route table of the coordinator.

use std::sync::Arc;

use axum::{Router, middleware::from_fn_with_state, routing::get};

use super::{forward, instance::Coordinator, like, status, transactions};

/// All routes of the coordinator.
///
/// With a lease, likes are forwarded to the leader. Reads are not: they come from the saga log, which
/// every coordinator can read.
pub(crate) fn routes(coordinator: Arc<Coordinator>) -> Router {
    let mut writes = like::routes();
    if coordinator.leadership.has_lease() {
        let to_leader = from_fn_with_state(Arc::clone(&coordinator), forward::to_leader);
        writes = writes.route_layer(to_leader);
    }
    let reads = Router::new()
        .merge(transactions::routes())
        .route("/v1/coordinator", get(status::show));
    writes.merge(reads).with_state(coordinator)
}
