//! The wiring of a service: database, barrier, effects, routes. It exists once; the binary and
//! the simulator call the same [`open`] and the same [`serve`](likewise_saga::http::serve).

use std::sync::Arc;

use axum::{Json, Router, http::StatusCode, routing::get};
use futures::{FutureExt, future::BoxFuture};
use serde_json::{Value, json};

use crate::{
    article::{self, ArticleEffect, ArticleStore},
    config::{Role, ServiceConfig},
    coordinator::{self, Coordinator, CoordinatorStatus, Dependencies, LikeRequest},
    participant_clients::{ArticleClients, LikeParticipantClients, UserClients},
    user::{self, UserEffect, UserStore},
};
use likewise_saga::{
    env::Env,
    executor::{self, StartTask},
    http::with_fallbacks,
    lease::{LogLease, SqlLogLease},
    log::{self, SagaLog, SqlSagaLog},
    participant::{
        Barrier, Effect, InProcessLookups, LookupHandler, ParticipantClients, SqlBarrier,
        StepsBatcher, lookup_routes, step_routes, steps_batcher,
    },
    protocol::{Rules, SagaRules},
    store::{Database, OpenError, Schema},
};

/// The parts whose correctness the whole depends on. The defaults are the product; a test that
/// wants to know whether its checks can fail puts a wrong one in.
#[derive(Clone)]
pub struct Parts {
    /// The saga's rules.
    pub rules: Arc<dyn Rules>,
    /// The barrier of both services.
    pub barrier: Arc<dyn Barrier>,
    /// What the article service's steps do.
    pub article: Arc<dyn Effect>,
    /// What the user service's steps do.
    pub user: Arc<dyn Effect>,
    /// The saga log over the coordinator's database.
    pub log: fn(Database) -> Arc<dyn SagaLog>,
    /// The lease of the saga log, in the coordinator's database.
    pub shard: fn(Database) -> Arc<dyn LogLease>,
    /// What a saga holds the semantic lock on while it is open, for what a client asks.
    pub lock_key: fn(&LikeRequest) -> String,
    /// How the task of a saga is started: it must outlive the request that asked for it.
    pub start_task: StartTask,
}

impl Default for Parts {
    fn default() -> Self {
        Self {
            rules: Arc::new(SagaRules),
            barrier: Arc::new(SqlBarrier),
            article: Arc::new(ArticleEffect),
            user: Arc::new(UserEffect),
            log: |database| Arc::new(SqlSagaLog::new(database)),
            shard: |database| Arc::new(SqlLogLease::new(database)),
            lock_key: LikeRequest::pair,
            start_task: executor::detached,
        }
    }
}

/// An opened service, ready to be served.
pub struct Service {
    /// What clients use.
    pub public: Router,
    /// What the coordinator uses; empty for the coordinator itself.
    pub internal: Router,
    /// What a coordinator in the same process uses instead.
    pub(crate) inside: Inside,
    /// Whether it can do its work.
    pub ready: Ready,
    /// Gives up what others wait for; called last, once nothing is served any more.
    pub close: Close,
}

/// The way to a service in one process.
pub(crate) enum Inside {
    Article(ArticleClients),
    User(UserClients),
    /// To a coordinator.
    Nothing,
}

/// Ends a service's work.
pub type Close = Arc<dyn Fn() -> BoxFuture<'static, ()> + Send + Sync>;

/// Asks a service whether it can do its work: what else there is to say of it, as the fields of an
/// object, or the reason why not.
pub type Ready = Arc<dyn Fn() -> BoxFuture<'static, Result<Fields, String>> + Send + Sync>;

/// Fields of an object.
pub type Fields = serde_json::Map<String, Value>;

impl Service {
    /// Everything on one listener: what a service of its own serves.
    pub fn routes(self) -> Router {
        listener(self.public.merge(self.internal), vec![self.ready])
    }
}

/// Finishes the routes of one listener: health, limits, problems.
pub fn listener(routes: Router, ready: Vec<Ready>) -> Router {
    with_fallbacks(routes.merge(health(ready)))
}

/// Opens a service's database and starts its work.
///
/// # Errors
/// [`OpenError`]; nothing was changed then.
pub async fn open(config: &ServiceConfig, env: Env, parts: &Parts) -> Result<Service, OpenError> {
    open_linked(config, env, parts, None).await
}

/// The same; a coordinator reaches the other services by these links, over HTTP without them.
pub(crate) async fn open_linked(
    config: &ServiceConfig,
    env: Env,
    parts: &Parts,
    links: Option<LikeParticipantClients>,
) -> Result<Service, OpenError> {
    let database = |schema: Schema| {
        Database::open(
            &config.database,
            schema,
            config.pool,
            Arc::clone(&env.store),
        )
    };
    match &config.role {
        Role::Article => {
            let database = database(article::ARTICLE_SCHEMA).await?;
            let store = ArticleStore::new(database.clone());
            let lookups = article::lookups(store.clone());
            let public = article::routes(store, env.clone());
            let effect = &parts.article;
            let steps = steps(database.clone(), env, parts, effect);
            let internal = step_routes(steps.clone()).merge(lookup_routes(Arc::clone(&lookups)));
            let inside = Inside::Article(link(steps, lookups));
            Ok(participant(public, internal, inside, database))
        }
        Role::User => {
            let database = database(user::USER_SCHEMA).await?;
            let store = UserStore::new(database.clone());
            let lookups = user::lookups(store.clone());
            let public = user::routes(store, env.clone());
            let effect = &parts.user;
            let steps = steps(database.clone(), env, parts, effect);
            let internal = step_routes(steps.clone()).merge(lookup_routes(Arc::clone(&lookups)));
            let inside = Inside::User(link(steps, lookups));
            Ok(participant(public, internal, inside, database))
        }
        Role::Coordinator(coordinator) => {
            let database = database(log::SAGA_LOG_SCHEMA).await?;
            let links = links.unwrap_or_else(|| coordinator::http_participants(coordinator, &env));
            let started = Coordinator::start(
                (**coordinator).clone(),
                Dependencies { env, links },
                Arc::clone(&parts.rules),
                (parts.log)(database.clone()),
                (parts.shard)(database),
                parts.lock_key,
                parts.start_task,
            )
            .await;
            let coordinator = started.map_err(|error| OpenError::Migration {
                url: config.database.to_string(),
                reason: format!("the saga log could not be taken over: {error}"),
            })?;
            let closing = Arc::clone(&coordinator);
            Ok(Service {
                public: coordinator.routes(),
                internal: Router::new(),
                inside: Inside::Nothing,
                ready: Arc::new(move || {
                    let coordinator = Arc::clone(&coordinator);
                    async move { coordinator.ready().await.map(fields) }.boxed()
                }),
                close: Arc::new(move || {
                    let coordinator = Arc::clone(&closing);
                    async move { coordinator.close().await }.boxed()
                }),
            })
        }
    }
}

/// What a coordinator is, for `/readyz`; one that is alone is the holder, and need not say so.
fn fields(status: Option<CoordinatorStatus>) -> Fields {
    match status.map(|status| json!(status)) {
        Some(Value::Object(fields)) => fields,
        _ => Fields::new(),
    }
}

fn steps(database: Database, env: Env, parts: &Parts, effect: &Arc<dyn Effect>) -> StepsBatcher {
    steps_batcher(
        database,
        env,
        Arc::clone(&parts.barrier),
        Arc::clone(effect),
    )
}

fn link<Q, A>(steps: StepsBatcher, lookups: LookupHandler<Q, A>) -> ParticipantClients<Q, A>
where
    Q: Send + 'static,
    A: Send + 'static,
{
    ParticipantClients {
        steps: Arc::new(steps),
        lookups: Arc::new(InProcessLookups(lookups)),
    }
}

fn participant(public: Router, internal: Router, inside: Inside, database: Database) -> Service {
    Service {
        public,
        internal,
        inside,
        ready: Arc::new(move || {
            let database = database.clone();
            async move {
                let pinged = database.ping().await;
                pinged.map_err(|error| error.to_string())?;
                Ok(Fields::new())
            }
            .boxed()
        }),
        close: Arc::new(|| async {}.boxed()),
    }
}

fn health(ready: Vec<Ready>) -> Router {
    let check = move || {
        let ready = ready.clone();
        async move {
            let mut body = Fields::new();
            for ask in &ready {
                match ask().await {
                    Ok(fields) => body.extend(fields),
                    Err(reason) => {
                        let body = json!({ "status": "unavailable", "reason": reason });
                        return (StatusCode::SERVICE_UNAVAILABLE, Json(body));
                    }
                }
            }
            body.insert("status".to_owned(), json!("ready"));
            (StatusCode::OK, Json(Value::Object(body)))
        }
    };
    Router::new()
        .route(
            "/livez",
            get(|| async { Json(json!({ "status": "alive" })) }),
        )
        .route("/readyz", get(check))
}
