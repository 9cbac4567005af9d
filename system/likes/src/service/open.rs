//! Opens a service: from its configuration to its routes.

use std::{future::pending, sync::Arc};

use axum::Router;
use futures::FutureExt;
use likewise_saga::{
    env::Env,
    log,
    participant::{
        Effect, InProcessLookups, LookupHandler, ParticipantClients, StepsBatcher, lookup_routes,
        step_routes, steps_batcher,
    },
    store::{Database, DatabaseUrl, OpenError, PoolConfig, Schema},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::{health::Fields, opened::Service, parts::Parts};
use crate::{
    article::{self, ArticleStore},
    config::{Role, ServiceConfig},
    coordinator::{
        self, ArticleClients, Coordinator, CoordinatorConfig, CoordinatorStatus, Dependencies,
        LikeParticipantClients, UserClients,
    },
    user::{self, UserStore},
};

/// Opens the database of a service, migrates it, and starts the service's tasks.
///
/// # Errors
/// [`OpenError`]: the database was not changed. A coordinator without a lease also fails if the saga log
/// cannot be taken over.
pub async fn open(config: &ServiceConfig, env: Env, parts: &Parts) -> Result<Service, OpenError> {
    let (url, pool) = (&config.database, config.pool);
    match &config.role {
        Role::Article => {
            let (service, _) = open_article(url, pool, env, parts).await?;
            Ok(service)
        }
        Role::User => {
            let (service, _) = open_user(url, pool, env, parts).await?;
            Ok(service)
        }
        Role::Coordinator(config) => {
            let participants = LikeParticipantClients::http(&config.article, &config.user, &env);
            open_coordinator(url, pool, (**config).clone(), env, parts, participants).await
        }
    }
}

/// Opens the article service. Also returns the clients for a coordinator in the same process.
pub(crate) async fn open_article(
    url: &DatabaseUrl,
    pool: PoolConfig,
    env: Env,
    parts: &Parts,
) -> Result<(Service, ArticleClients), OpenError> {
    let database = open_database(url, pool, &env, article::ARTICLE_SCHEMA).await?;
    let store = ArticleStore::new(database.clone());
    let lookups = article::lookups(store.clone());
    let public = article::routes(store, env.clone());
    let steps = steps(&database, env, parts, &parts.article);
    let internal = internal_routes(&steps, &lookups);
    let service = participant(public, internal, database);
    Ok((service, in_process(steps, lookups)))
}

/// Opens the user service. Also returns the clients for a coordinator in the same process.
pub(crate) async fn open_user(
    url: &DatabaseUrl,
    pool: PoolConfig,
    env: Env,
    parts: &Parts,
) -> Result<(Service, UserClients), OpenError> {
    let database = open_database(url, pool, &env, user::USER_SCHEMA).await?;
    let store = UserStore::new(database.clone());
    let lookups = user::lookups(store.clone());
    let public = user::routes(store, env.clone());
    let steps = steps(&database, env, parts, &parts.user);
    let internal = internal_routes(&steps, &lookups);
    let service = participant(public, internal, database);
    Ok((service, in_process(steps, lookups)))
}

/// Opens a coordinator that reaches the participants through these clients.
pub(crate) async fn open_coordinator(
    url: &DatabaseUrl,
    pool: PoolConfig,
    config: CoordinatorConfig,
    env: Env,
    parts: &Parts,
    participants: LikeParticipantClients,
) -> Result<Service, OpenError> {
    let database = open_database(url, pool, &env, log::SAGA_LOG_SCHEMA).await?;
    let dependencies = Dependencies {
        env,
        participants,
        rules: Arc::clone(&parts.kit.rules),
        log: (parts.kit.log)(database.clone()),
        log_lease: (parts.kit.log_lease)(database),
        lock_key: parts.lock_key,
        start_task: parts.kit.start_task,
    };
    let started = Coordinator::start(config, dependencies).await;
    let coordinator = started.map_err(|error| OpenError::Migration {
        url: url.to_string(),
        reason: format!("the saga log could not be taken over: {error}"),
    })?;
    let (watched, closing) = (Arc::clone(&coordinator), Arc::clone(&coordinator));
    Ok(Service {
        public: coordinator::routes(Arc::clone(&coordinator)),
        internal: Router::new(),
        ready: Arc::new(move || {
            let coordinator = Arc::clone(&coordinator);
            async move { coordinator.ready().await.map(status_fields) }.boxed()
        }),
        taken_over: Arc::new(move || {
            let coordinator = Arc::clone(&watched);
            async move { coordinator.taken_over().await }.boxed()
        }),
        close: Arc::new(move || {
            let coordinator = Arc::clone(&closing);
            async move { coordinator.close().await }.boxed()
        }),
    })
}

async fn open_database(
    url: &DatabaseUrl,
    pool: PoolConfig,
    env: &Env,
    schema: Schema,
) -> Result<Database, OpenError> {
    Database::open(url, schema, pool, Arc::clone(&env.store)).await
}

/// The coordinator's fields in the body of `/readyz`; none for a coordinator without a lease.
fn status_fields(status: Option<CoordinatorStatus>) -> Fields {
    match status.map(|status| json!(status)) {
        Some(Value::Object(fields)) => fields,
        _ => Fields::new(),
    }
}

/// The batcher that applies steps to a participant's database, through the barrier.
fn steps(database: &Database, env: Env, parts: &Parts, effect: &Arc<dyn Effect>) -> StepsBatcher {
    let barrier = Arc::clone(&parts.kit.barrier);
    steps_batcher(database.clone(), env, barrier, Arc::clone(effect))
}

/// The routes that a coordinator in another process uses.
fn internal_routes<Q, A>(steps: &StepsBatcher, lookups: &LookupHandler<Q, A>) -> Router
where
    Q: DeserializeOwned + Send + 'static,
    A: Serialize + 'static,
{
    step_routes(steps.clone()).merge(lookup_routes(Arc::clone(lookups)))
}

/// The clients that a coordinator in the same process uses.
fn in_process<Q, A>(steps: StepsBatcher, lookups: LookupHandler<Q, A>) -> ParticipantClients<Q, A>
where
    Q: Send + 'static,
    A: Send + 'static,
{
    ParticipantClients {
        steps: Arc::new(steps),
        lookups: Arc::new(InProcessLookups(lookups)),
    }
}

/// A participant is ready if its database answers. It has nothing to release at its end.
fn participant(public: Router, internal: Router, database: Database) -> Service {
    Service {
        public,
        internal,
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
    }
}
