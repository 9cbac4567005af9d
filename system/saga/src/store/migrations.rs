//! Which migrations a database lacks, and applying them without opening it for work.

use super::{
    contents::Contents, executor::StoreExecutor, open_error::OpenError, postgres, schema::Schema,
    sqlite, url::DatabaseUrl,
};

/// The migrations of a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationStatus {
    /// The last migration that was applied; 0 if none was.
    pub found: i64,
    /// The last migration that this program knows.
    pub known: i64,
    /// Those that were not applied, in order.
    pub pending: Vec<PendingMigration>,
}

/// A migration that was not applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingMigration {
    /// Its number.
    pub version: i64,
    /// What it adds, in a few words.
    pub description: String,
}

impl MigrationStatus {
    /// The migrations of a database that does not exist yet.
    #[must_use]
    pub fn of_nothing(url: &DatabaseUrl, schema: Schema) -> Self {
        Contents::default().status(url, schema)
    }

    /// Checks that nothing is pending.
    ///
    /// # Errors
    /// [`OpenError::Older`].
    pub fn check_complete(&self, url: &DatabaseUrl) -> Result<(), OpenError> {
        match self.pending.is_empty() {
            true => Ok(()),
            false => Err(OpenError::Older {
                url: url.to_string(),
                found: self.found,
                known: self.known,
            }),
        }
    }
}

/// Reads which migrations a database lacks, and changes nothing. A SQLite file that does not exist yet lacks all of them.
///
/// # Errors
/// The [`OpenError`] that opening it would return.
///
/// # Cancel safety
/// Safe.
pub async fn migration_status(
    url: &DatabaseUrl,
    schema: Schema,
    executor: &dyn StoreExecutor,
) -> Result<MigrationStatus, OpenError> {
    let contents = match url {
        DatabaseUrl::Sqlite(path) => {
            sqlite::inspect::read_or_empty(url, path, schema, executor).await?
        }
        DatabaseUrl::Postgres(server) => postgres::open::inspect(url, server, schema).await?,
    };
    Ok(contents.status(url, schema))
}

/// Applies the missing migrations. Processes that migrate one database at one time take turns: each waits for a minute, on
/// PostgreSQL for an advisory lock, on SQLite for the write lock of the file.
///
/// # Errors
/// [`OpenError`]; the migration that failed was rolled back.
///
/// # Cancel safety
/// A migration that has begun may still be completed.
pub async fn migrate(
    url: &DatabaseUrl,
    schema: Schema,
    executor: &dyn StoreExecutor,
) -> Result<(), OpenError> {
    match url {
        DatabaseUrl::Sqlite(path) => sqlite::open::migrate_file(url, path, schema, executor).await,
        DatabaseUrl::Postgres(server) => {
            postgres::open::migrate_database(url, server, schema).await
        }
    }
}
