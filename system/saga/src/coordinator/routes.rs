//! The route table of a coordinator.

use std::sync::Arc;

use axum::{Router, middleware::from_fn_with_state, routing::get};

use super::{forward, instance::Coordinator, status, transactions};

/// All routes of a coordinator. `writes` are the product's routes that start sagas.
///
/// With a lease, writes are forwarded to the leader. Reads are not: they come from the saga log, which
/// every coordinator can read.
pub(crate) fn routes(coordinator: &Arc<Coordinator>, mut writes: Router) -> Router {
    // A layer on no routes would be a mistake to axum.
    if coordinator.leadership.has_lease() && writes.has_routes() {
        let to_leader = from_fn_with_state(Arc::clone(coordinator), forward::to_leader);
        writes = writes.route_layer(to_leader);
    }
    let reads = Router::new()
        .merge(transactions::routes())
        .route("/v1/coordinator", get(status::show));
    writes.merge(reads.with_state(Arc::clone(coordinator)))
}
