//! Opens a PostgreSQL database and migrates it. Everything is checked before anything is changed.

use std::time::Duration;

use sqlx::{Connection, Executor, PgConnection, migrate::MigrateError, postgres::PgConnectOptions};

use super::{limits::Limits, pool::PostgresPool, transaction};
use crate::{
    bound::{Bound, within},
    store::{
        contents::Contents,
        open_error::OpenError,
        pool_config::PoolConfig,
        schema::Schema,
        url::{DatabaseUrl, PostgresUrl},
    },
};

/// How long a server may take to accept the first connection.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The limits of the list of tables and migrations. Another process may be migrating them.
pub(super) const CHECK_LIMITS: Limits = Limits {
    statement: Duration::from_secs(10),
    lock: Duration::from_secs(10),
};

/// The limits of the migrations. One may build an index of a large table. None may wait for a lock for long: later
/// statements would queue behind it.
pub(super) const MIGRATION_LIMITS: Limits = Limits {
    statement: Duration::from_secs(30 * 60),
    lock: Duration::from_secs(60),
};

/// Waits for the migrations of other processes, until the end of the transaction. The number has no meaning.
const TAKE_TURNS: &str = "SELECT pg_advisory_xact_lock(7224197038158613)";

/// sqlx leaves prepared statements behind. Behind a pooler the connection goes to somebody else, whose statements may have
/// the same names.
const FORGET_STATEMENTS: &str = "DEALLOCATE ALL";

/// Connects to an existing database and migrates it.
///
/// # Errors
/// [`OpenError`]; nothing was changed.
pub(in crate::store) async fn open(
    url: &DatabaseUrl,
    server: &PostgresUrl,
    schema: Schema,
    pool: PoolConfig,
) -> Result<PostgresPool, OpenError> {
    let mut server = server.clone();
    server.options = server.options.application_name("likewise");
    let mut connection = connect(url, &server.options).await?;
    check(url, &mut connection, schema).await?;
    migrate(url, &mut connection, schema).await?;
    close(connection).await;
    Ok(PostgresPool::new(schema.service, server, pool))
}

/// Reads what a database holds and checks whether it could be opened. Changes nothing.
///
/// # Errors
/// The [`OpenError`] that opening it would return.
pub(in crate::store) async fn inspect(
    url: &DatabaseUrl,
    server: &PostgresUrl,
    schema: Schema,
) -> Result<Contents, OpenError> {
    let mut connection = connect(url, &server.options).await?;
    let checked = check(url, &mut connection, schema).await;
    close(connection).await;
    checked
}

/// Migrates an existing database, and opens no pool.
///
/// # Errors
/// [`OpenError`]; nothing was changed.
pub(in crate::store) async fn migrate_database(
    url: &DatabaseUrl,
    server: &PostgresUrl,
    schema: Schema,
) -> Result<(), OpenError> {
    let mut connection = connect(url, &server.options).await?;
    check(url, &mut connection, schema).await?;
    migrate(url, &mut connection, schema).await?;
    close(connection).await;
    Ok(())
}

/// Connects without a pool: the first connection has no settings.
pub(super) async fn connect(
    url: &DatabaseUrl,
    options: &PgConnectOptions,
) -> Result<PgConnection, OpenError> {
    let bound = Bound::new("a connection to the database", CONNECT_TIMEOUT);
    within(bound, PgConnection::connect_with(options))
        .await
        .map_err(|error| OpenError::unreachable(url, error))?
        .map_err(|error| OpenError::refused(url, &error))
}

async fn check(
    url: &DatabaseUrl,
    connection: &mut PgConnection,
    schema: Schema,
) -> Result<Contents, OpenError> {
    let work = async {
        let mut transaction = transaction::begin(connection, CHECK_LIMITS).await?;
        Contents::of_postgres(&mut transaction).await
    };
    let bound = Bound::new("the list of the tables", CHECK_LIMITS.answer_timeout());
    let contents = within(bound, work)
        .await
        .map_err(|error| OpenError::unreachable(url, error))?
        .map_err(|error| OpenError::refused(url, &error))?;
    contents.check(url, schema)?;
    Ok(contents)
}

/// Runs the missing migrations in one transaction. Processes that start at one time take turns.
async fn migrate(
    url: &DatabaseUrl,
    connection: &mut PgConnection,
    schema: Schema,
) -> Result<(), OpenError> {
    let mut migrator = schema.postgres();
    // It would lock the session, and behind a pooler the session is not ours.
    migrator.set_locking(false);
    let work = async {
        let mut transaction = transaction::begin(connection, MIGRATION_LIMITS).await?;
        transaction.execute(TAKE_TURNS).await?;
        migrator.run_direct(None, &mut *transaction, false).await?;
        transaction.execute(FORGET_STATEMENTS).await?;
        transaction.commit().await?;
        Ok::<_, MigrateError>(())
    };
    let bound = Bound::new("the migration", MIGRATION_LIMITS.answer_timeout());
    within(bound, work)
        .await
        .map_err(|error| OpenError::migration(url, error))?
        .map_err(|error| OpenError::migration(url, error))
}

/// Closes a connection that has done its work. If the server never learns of it, nothing is lost.
pub(super) async fn close(connection: PgConnection) {
    let bound = Bound::new("the end of a database connection", CONNECT_TIMEOUT);
    let _ = within(bound, connection.close()).await;
}
