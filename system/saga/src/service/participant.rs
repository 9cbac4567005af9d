//! Opens a participant: a service that executes steps of sagas.

use std::{future::pending, sync::Arc};

use axum::Router;
use futures::FutureExt;

use super::{health::Fields, opened::Service, parts::KitParts};
use crate::{
    env::Env,
    participant::{Effect, StepsBatcher, step_routes, steps_batcher},
    store::Database,
};

/// Opens a participant over its database, whose schema must have the barrier table. It has the internal route `/v1/steps`
/// and no other yet; see [`Service::with_routes`] and [`Service::with_lookups`].
///
/// Also returns the batcher of its steps: the client for a coordinator in the same process.
///
/// The service is ready if its database answers. It has nothing to release at its end.
#[must_use]
pub fn participant(
    database: Database,
    env: Env,
    parts: &KitParts,
    effect: Arc<dyn Effect>,
) -> (Service, StepsBatcher) {
    let barrier = Arc::clone(&parts.barrier);
    let steps = steps_batcher(database.clone(), env, barrier, effect, parts.batches);
    let service = Service {
        public: Router::new(),
        internal: step_routes(steps.clone()),
        ready: Arc::new(move || {
            let database = database.clone();
            async move {
                let pinged = database.ping().await;
                pinged.map_err(|error| error.to_string())?;
                Ok(Fields::new())
            }
            .boxed()
        }),
        taken_over: Arc::new(|| pending().boxed()),
        close: Arc::new(|| async {}.boxed()),
    };
    (service, steps)
}
