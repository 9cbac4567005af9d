//! Opens a service: from its configuration to its routes.

use std::sync::Arc;

use likewise_saga::{
    admin,
    env::Env,
    participant::{InProcessLookups, LookupHandler, ParticipantClients},
    service::{InProcess, Service, coordinator, open_log, participant},
    store::{Database, DatabaseUrl, OpenError, PoolConfig},
};

use super::parts::Parts;
use crate::{
    article::{self, ArticleStore},
    config::{Role, ServiceConfig},
    coordinator::{
        ArticleClients, CoordinatorConfig, LIKES, LikeParticipantClients, Likes, UserClients,
        routes,
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
        Role::Coordinator(role) => {
            let clients = LikeParticipantClients::http(&role.article, &role.user, &env);
            open_coordinator(url, pool, role.config.clone(), env, parts, clients).await
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
    let schema = article::ARTICLE_SCHEMA;
    let database = Database::open(url, schema, pool, Arc::clone(&env.store)).await?;
    let store = ArticleStore::new(database.clone());
    let lookups = article::lookups(store.clone());
    let effect = Arc::clone(&parts.article);
    let (service, clients) = participant(database, env.clone(), &parts.kit, effect);
    let service = service
        .with_routes(article::routes(store, env))
        .with_lookups(&lookups);
    Ok((service, in_process(clients, lookups)))
}

/// Opens the user service. Also returns the clients for a coordinator in the same process.
pub(crate) async fn open_user(
    url: &DatabaseUrl,
    pool: PoolConfig,
    env: Env,
    parts: &Parts,
) -> Result<(Service, UserClients), OpenError> {
    let schema = user::USER_SCHEMA;
    let database = Database::open(url, schema, pool, Arc::clone(&env.store)).await?;
    let store = UserStore::new(database.clone());
    let lookups = user::lookups(store.clone());
    let effect = Arc::clone(&parts.user);
    let (service, clients) = participant(database, env.clone(), &parts.kit, effect);
    let service = service
        .with_routes(user::routes(store.clone(), env.clone()))
        .with_operations(admin::Role::Operate, user::operations(store, env))
        .with_lookups(&lookups);
    Ok((service, in_process(clients, lookups)))
}

/// Opens a coordinator that reaches the participants through these clients.
pub(crate) async fn open_coordinator(
    url: &DatabaseUrl,
    pool: PoolConfig,
    config: CoordinatorConfig,
    env: Env,
    parts: &Parts,
    clients: LikeParticipantClients,
) -> Result<Service, OpenError> {
    let log = open_log(url, pool, &env).await?;
    let (participants, lookups) = clients.start(&config);
    let started = log.start(config, &LIKES, participants, env, &parts.kit);
    let likes = Likes {
        coordinator: started.await?,
        lookups,
        lock_key: parts.lock_key,
    };
    let shared = Arc::clone(&likes.coordinator);
    Ok(coordinator(shared, routes(Arc::new(likes))))
}

/// The clients that a coordinator in the same process uses.
fn in_process<Q, A>(clients: InProcess, lookups: LookupHandler<Q, A>) -> ParticipantClients<Q, A>
where
    Q: Send + 'static,
    A: Send + 'static,
{
    ParticipantClients {
        steps: Arc::new(clients.steps),
        lookups: Arc::new(InProcessLookups(lookups)),
        watermarks: Arc::new(clients.watermarks),
        rows: Arc::new(clients.rows),
    }
}
