//! Checks whether a database could be opened, and changes nothing.
//!
//! A process inspects all of its databases before it opens the first one. If it refuses one, it leaves all of them as
//! they were.

use super::{
    executor::StoreExecutor, open_error::OpenError, postgres, schema::Schema, sqlite,
    url::DatabaseUrl,
};

/// Checks whether a database could be opened. Changes nothing, and leaves no file next to a SQLite file.
///
/// # Errors
/// The [`OpenError`] that opening it would return.
///
/// # Cancel safety
/// Safe.
pub async fn inspect(
    url: &DatabaseUrl,
    schema: Schema,
    executor: &dyn StoreExecutor,
) -> Result<(), OpenError> {
    match url {
        DatabaseUrl::Sqlite(path) => sqlite::inspect::inspect(url, path, schema, executor).await,
        DatabaseUrl::Postgres(server) => {
            postgres::open::inspect(url, server, schema).await.map(drop)
        }
    }
}

/// Checks that a database exists and has the schema of this version, and changes nothing. Opening it then migrates
/// nothing.
///
/// # Errors
/// The [`OpenError`] that opening it would return; [`OpenError::Unreachable`] also for a missing SQLite file, and
/// [`OpenError::Older`] if a migration is missing.
///
/// # Cancel safety
/// Safe.
pub async fn inspect_current(
    url: &DatabaseUrl,
    schema: Schema,
    executor: &dyn StoreExecutor,
) -> Result<(), OpenError> {
    let contents = match url {
        DatabaseUrl::Sqlite(path) => sqlite::inspect::read(url, path, schema, executor).await?,
        DatabaseUrl::Postgres(server) => postgres::open::inspect(url, server, schema).await?,
    };
    contents.check_complete(url, schema)
}
