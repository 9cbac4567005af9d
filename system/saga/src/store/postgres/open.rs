//! Opens a PostgreSQL database and migrates it. Everything is checked before anything is changed.

use std::time::Duration;

use sqlx::{Connection, PgConnection, postgres::PgConnectOptions};

use super::{limits::Limits, pool::PostgresPool, session};
use crate::{
    bound::{Bound, within},
    store::{
        contents::Contents, open_error::OpenError, pool_config::PoolConfig, schema::Schema,
        url::DatabaseUrl,
    },
};

/// How long a server may take to accept the first connection, and to show what the database holds.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The limits of the migrations. One may build an index of a large table. None may wait for a lock for long: whoever comes
/// after it would wait, too.
const MIGRATION_LIMITS: Limits = Limits {
    statement: Duration::from_secs(30 * 60),
    lock: Duration::from_secs(60),
};

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
    migrate(url, &mut connection, schema).await?;
    close(connection).await;
    Ok(PostgresPool::new(schema.service, options, pool))
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
    let bound = Bound::new("a connection to the database", CONNECT_TIMEOUT);
    within(bound, PgConnection::connect_with(options))
        .await
        .map_err(|error| OpenError::unreachable(url, error))?
        .map_err(|error| OpenError::unreachable(url, error))
}

async fn check(
    url: &DatabaseUrl,
    connection: &mut PgConnection,
    schema: Schema,
) -> Result<Contents, OpenError> {
    let bound = Bound::new("the list of the tables", CONNECT_TIMEOUT);
    let contents = within(bound, Contents::of_postgres(connection)).await;
    let contents = contents
        .map_err(|error| OpenError::unreachable(url, error))?
        .map_err(|error| OpenError::unreachable(url, error))?;
    contents.check(url, schema)?;
    Ok(contents)
}

async fn migrate(
    url: &DatabaseUrl,
    connection: &mut PgConnection,
    schema: Schema,
) -> Result<(), OpenError> {
    let migrator = schema.postgres();
    let work = async {
        session::apply(connection, MIGRATION_LIMITS).await?;
        migrator.run_direct(None, connection, false).await
    };
    let bound = Bound::new("the migration", MIGRATION_LIMITS.answer_timeout());
    within(bound, work)
        .await
        .map_err(|error| OpenError::migration(url, error))?
        .map_err(|error| OpenError::migration(url, error))
}

/// Closes a connection that has done its work. If the server never learns of it, nothing is lost.
async fn close(connection: PgConnection) {
    let bound = Bound::new("the end of a connection", CONNECT_TIMEOUT);
    let _ = within(bound, connection.close()).await;
}
