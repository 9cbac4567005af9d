//! Opens a PostgreSQL database and migrates it. Everything is checked before anything is changed.

use std::time::Duration;

use futures::FutureExt;
use sqlx::{
    Connection, PgConnection,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use super::pool::PostgresPool;
use crate::{
    bound::{Bound, within},
    store::{
        contents::Contents, open_error::OpenError, pool_config::PoolConfig, schema::Schema,
        url::DatabaseUrl,
    },
};

/// How long a server may take to accept the first connection.
const CONNECT_BOUND: Bound = Bound::new("the connection to the server", Duration::from_secs(10));

/// How long PostgreSQL keeps a transaction whose client sends nothing. Our transactions send one statement right after
/// another. A client that pauses inside a transaction would keep its locks, and nobody could take over the lease of the
/// saga log. SQLite has no such limit: a process that pauses inside a transaction keeps its file locked.
pub const IDLE_IN_TRANSACTION_TIMEOUT: Duration = Duration::from_secs(2);

/// How long a pooled connection may be idle before it is tested at its next use.
const TEST_IDLE_AFTER: Duration = Duration::from_secs(1);

/// Settings of the query planner. Every statement here finds its rows by an index, a batch at a time. A plan that is made
/// while a table is empty reads the whole table, and goes on doing so after the table has grown, until statistics are
/// gathered. So plans that read whole tables are disabled, and each plan is made once.
const PLANNER_SETTINGS: [(&str, &str); 5] = [
    ("enable_seqscan", "off"),
    ("enable_hashjoin", "off"),
    ("enable_mergejoin", "off"),
    ("plan_cache_mode", "force_generic_plan"),
    ("jit", "off"),
];

/// Connects to an existing database and migrates it.
///
/// # Errors
/// [`OpenError`]; nothing was changed.
pub(in crate::store) async fn open(
    url: &DatabaseUrl,
    options: &PgConnectOptions,
    schema: Schema,
    pool: PoolConfig,
) -> Result<PostgresPool, OpenError> {
    let options = options.clone().application_name("likewise");
    let mut connection = connect(url, &options).await?;
    check(url, &mut connection, schema).await?;
    let migrator = schema.postgres();
    let migrated = migrator.run_direct(None, &mut connection, false).await;
    migrated.map_err(|error| OpenError::migration(url, error))?;
    close(connection).await;
    let connections = PgPoolOptions::new()
        .max_connections(pool.connections_max)
        .acquire_timeout(pool.acquire_timeout)
        .after_connect(|connection, _| apply_session_settings(connection).boxed())
        // sqlx's own test pings at every use. That would double the round trips.
        .test_before_acquire(false)
        .before_acquire(|connection, idle| is_healthy(connection, idle.idle_for).boxed())
        .connect_lazy_with(options);
    Ok(PostgresPool::new(connections, pool))
}

/// Reads what a database holds and checks whether it could be opened. Changes nothing.
///
/// # Errors
/// The [`OpenError`] that opening it would return.
pub(in crate::store) async fn inspect(
    url: &DatabaseUrl,
    options: &PgConnectOptions,
    schema: Schema,
) -> Result<Contents, OpenError> {
    let mut connection = connect(url, options).await?;
    let checked = check(url, &mut connection, schema).await;
    close(connection).await;
    checked
}

/// Connects without a pool: a pool retries, and then reports only that it took too long.
async fn connect(url: &DatabaseUrl, options: &PgConnectOptions) -> Result<PgConnection, OpenError> {
    within(CONNECT_BOUND, PgConnection::connect_with(options))
        .await
        .map_err(|_| OpenError::unreachable(url, "the server does not answer"))?
        .map_err(|error| OpenError::unreachable(url, error))
}

async fn check(
    url: &DatabaseUrl,
    connection: &mut PgConnection,
    schema: Schema,
) -> Result<Contents, OpenError> {
    let contents = Contents::of_postgres(connection).await;
    let contents = contents.map_err(|error| OpenError::unreachable(url, error))?;
    contents.check(url, schema)?;
    Ok(contents)
}

/// Closes a connection that has done its work. If the server never learns of it, nothing is lost.
async fn close(connection: PgConnection) {
    let _ = connection.close().await;
}

/// Applies the settings of a session with a statement: connection poolers in front of the server refuse them as options
/// of the connection.
async fn apply_session_settings(connection: &mut PgConnection) -> sqlx::Result<()> {
    let idle = format!("{}ms", IDLE_IN_TRANSACTION_TIMEOUT.as_millis());
    let settings = [("idle_in_transaction_session_timeout", idle.as_str())];
    let settings = settings.iter().chain(&PLANNER_SETTINGS).copied();
    let (names, values): (Vec<_>, Vec<_>) = settings.unzip();
    sqlx::query("SELECT set_config(name, value, false) FROM unnest($1::text[], $2::text[]) AS s (name, value)")
        .bind(names)
        .bind(values)
        .execute(connection)
        .await
        .map(drop)
}

/// Whether a connection may be used. The server or a firewall may have closed one that was idle for long.
async fn is_healthy(connection: &mut PgConnection, idle_for: Duration) -> sqlx::Result<bool> {
    Ok(idle_for < TEST_IDLE_AFTER || connection.ping().await.is_ok())
}
