//! Opens a coordinator: its saga log, its tasks, its routes.

use std::sync::Arc;

use axum::Router;
use futures::FutureExt;
use serde_json::{Value, json};

use super::{
    health::Fields, opened::Service, parts::KitParts, retained_watermarks::check_watermarks,
};
use crate::{
    admin::Role,
    coordinator::{
        Coordinator, CoordinatorConfig, CoordinatorStatus, Dependencies, Participant, Product,
        alert_routes, console, operate_routes, read_routes, routes,
    },
    env::Env,
    log::SAGA_LOG_SCHEMA,
    metrics::MetricSource,
    security::ServiceDoor,
    store::{Database, DatabaseUrl, OpenError, PoolConfig},
};

/// The database of a saga log, opened and migrated.
pub struct OpenedLog {
    url: String,
    database: Database,
}

/// Opens and migrates the database of a saga log.
///
/// # Errors
/// [`OpenError`]: the database was not changed.
pub async fn open_log(
    url: &DatabaseUrl,
    pool: PoolConfig,
    env: &Env,
) -> Result<OpenedLog, OpenError> {
    let opened = Database::open(url, SAGA_LOG_SCHEMA, pool, Arc::clone(&env.store)).await;
    Ok(OpenedLog {
        url: url.to_string(),
        database: opened?,
    })
}

impl OpenedLog {
    /// Starts a coordinator of the product over this log. It reaches the product's services through these participants.
    ///
    /// # Errors
    /// [`OpenError`]: a coordinator without a lease could not take over the saga log, or the configured retention does not fit
    /// the coordinator or the log.
    pub async fn start(
        self,
        config: CoordinatorConfig,
        product: &'static Product,
        participants: Vec<Participant>,
        env: Env,
        parts: &KitParts,
    ) -> Result<Arc<Coordinator>, OpenError> {
        let log = (parts.log)(self.database.clone());
        let log_lease = (parts.log_lease)(self.database.clone());
        if let Some(retention) = config.retention {
            let checked = retention.check(&config).map_err(|error| error.to_string());
            let checked = match checked {
                Ok(()) => check_watermarks(&*log, &*log_lease, &participants).await,
                refused => refused,
            };
            if let Err(reason) = checked {
                let url = self.url;
                return Err(OpenError::Retention { url, reason });
            }
        }
        let dependencies = Dependencies {
            env,
            database: self.database,
            product,
            participants,
            rules: Arc::clone(&parts.rules),
            log,
            log_lease,
            start_task: parts.start_task,
            order_tag: parts.order_tag,
        };
        let started = Coordinator::start(config, dependencies).await;
        started.map_err(|error| OpenError::Migration {
            url: self.url,
            reason: format!("the saga log could not be taken over: {error}"),
        })
    }
}

/// The service of a coordinator. `writes` are the product's routes that start sagas: a standby forwards their requests to
/// the leader. The routes of the transaction log and of the coordinator's status are added.
///
/// It is ready if a saga can succeed. It must be closed at its end, so that a standby takes over at once.
#[must_use]
pub fn coordinator(coordinator: Arc<Coordinator>, writes: Router) -> Service {
    let public = routes(&coordinator, writes);
    let (watched, closing) = (Arc::clone(&coordinator), Arc::clone(&coordinator));
    Service {
        public,
        operations: Router::new(),
        internal: Router::new(),
        door: ServiceDoor::new(&coordinator.env),
        admin: [
            vec![
                (Role::Read, read_routes(&coordinator)),
                (Role::Operate, operate_routes(&coordinator)),
            ],
            alert_routes(&coordinator),
        ]
        .concat(),
        console: Some(console(&coordinator)),
        metrics: vec![
            Arc::clone(&coordinator) as Arc<dyn MetricSource>,
            Arc::new(coordinator.database.clone()),
        ],
        ready: Arc::new(move |run| {
            let coordinator = Arc::clone(&coordinator);
            async move { coordinator.ready(&run).await.map(status_fields) }.boxed()
        }),
        taken_over: Arc::new(move || {
            let coordinator = Arc::clone(&watched);
            async move { coordinator.taken_over().await }.boxed()
        }),
        close: Arc::new(move || {
            let coordinator = Arc::clone(&closing);
            async move { coordinator.close().await }.boxed()
        }),
    }
}

/// The coordinator's fields in the body of `/readyz`; none for a coordinator without a lease.
fn status_fields(status: Option<CoordinatorStatus>) -> Fields {
    match status.map(|status| json!(status)) {
        Some(Value::Object(fields)) => fields,
        _ => Fields::new(),
    }
}
