//! Opens a participant: a service that executes steps of sagas.

use std::{future::pending, sync::Arc};

use axum::Router;
use futures::FutureExt;

use super::{health::Fields, opened::Service, parts::KitParts};
use crate::{
    env::Env,
    participant::{
        BarrierRows, Effect, ParticipantMetrics, StepsBatcher, Watermarks, barrier_rows_routes,
        step_routes, steps_batcher, watermark_routes,
    },
    security::ServiceDoor,
    store::Database,
};

/// The clients of a participant for a coordinator in the same process.
pub struct InProcess {
    /// The batcher of its steps.
    pub steps: StepsBatcher,
    /// Its retention watermark.
    pub watermarks: Watermarks,
    /// Its barrier rows.
    pub rows: BarrierRows,
}

/// Opens a participant over its database, whose schema must have the tables of the barrier. It has the internal routes
/// `/v1/steps`, `/v1/watermarks` and `/v1/barrier-rows`, and no other yet; see [`Service::with_routes`] and [`Service::with_lookups`].
///
/// Also returns the clients for a coordinator in the same process.
///
/// The service is ready if its database answers. It has nothing to release at its end.
#[must_use]
pub fn participant(
    database: Database,
    env: Env,
    parts: &KitParts,
    effect: Arc<dyn Effect>,
) -> (Service, InProcess) {
    let barrier = Arc::clone(&parts.barrier);
    let watermarks = Watermarks::new(database.clone(), Arc::clone(&parts.watermarks));
    let rows = BarrierRows::new(database.clone());
    let clock = Arc::clone(&env.clock);
    let door = ServiceDoor::new(&env);
    let steps = steps_batcher(database.clone(), env, barrier, effect, parts.batches);
    let metrics = ParticipantMetrics {
        service: database.service(),
        steps: steps.clone(),
        watermarks: watermarks.clone(),
        clock,
    };
    let service = Service {
        public: Router::new(),
        metrics: vec![Arc::new(database.clone()), Arc::new(metrics)],
        operations: Router::new(),
        internal: step_routes(steps.clone())
            .merge(watermark_routes(watermarks.clone()))
            .merge(barrier_rows_routes(rows.clone())),
        door,
        admin: Vec::new(),
        console: None,
        ready: Arc::new(move |run| {
            let database = database.clone();
            async move {
                let pinged = database.ping().await.map_err(|error| error.to_string());
                run.note(&format!("{} database", database.service()), pinged)?;
                Ok(Fields::new())
            }
            .boxed()
        }),
        taken_over: Arc::new(|| pending().boxed()),
        close: Arc::new(|| async {}.boxed()),
    };
    let clients = InProcess {
        steps,
        watermarks,
        rows,
    };
    (service, clients)
}
