//! Applies migrations to a SQLite file.
//!
//! What was applied is recorded in `_sqlx_migrations`, with the columns and checksums of sqlx: it applied the migrations
//! of older files, and it still applies those of PostgreSQL.

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use sqlx::migrate::Migration;
use tokio::time::Instant;

use crate::store::schema::Schema;

const CREATE_TABLE: &str = "CREATE TABLE IF NOT EXISTS _sqlx_migrations (
    version BIGINT PRIMARY KEY,
    description TEXT NOT NULL,
    installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    success BOOLEAN NOT NULL,
    checksum BLOB NOT NULL,
    execution_time BIGINT NOT NULL
)";
const SELECT_PARTIAL: &str =
    "SELECT version FROM _sqlx_migrations WHERE success = false ORDER BY version LIMIT 1";
const IS_APPLIED: &str = "SELECT EXISTS (SELECT 1 FROM _sqlx_migrations WHERE version = ?1)";
const INSERT: &str =
    "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
    VALUES (?1, ?2, TRUE, ?3, ?4)";

/// The migrations of a file could not be completed. Those that failed were rolled back.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MigrateError {
    /// The record of applied migrations could not be read or written.
    #[error("while recording migrations: {0}")]
    Record(#[from] rusqlite::Error),
    /// SQLite refused a statement of a migration.
    #[error("while executing migration {version}: {error}")]
    Execute {
        /// The number of the migration.
        version: i64,
        /// What SQLite reported.
        error: rusqlite::Error,
    },
    /// Another program recorded a migration as incomplete.
    #[error("migration {0} is partially applied")]
    Partial(i64),
}

/// Applies the migrations that are not recorded yet, each in a transaction with its record. The caller has checked that
/// those that are recorded are known and unchanged.
///
/// # Errors
/// [`MigrateError`]. The migrations before the one that failed stay applied.
pub(super) fn migrate(connection: &mut Connection, schema: Schema) -> Result<(), MigrateError> {
    connection.execute_batch(CREATE_TABLE)?;
    let partial = connection.query_row(SELECT_PARTIAL, [], |row| row.get(0));
    if let Some(version) = partial.optional()? {
        return Err(MigrateError::Partial(version));
    }
    for migration in schema.sqlite().iter() {
        if !is_applied(connection, migration)? {
            apply(connection, migration)?;
        }
    }
    Ok(())
}

fn is_applied(connection: &Connection, migration: &Migration) -> rusqlite::Result<bool> {
    connection.query_row(IS_APPLIED, [migration.version], |row| row.get(0))
}

fn apply(connection: &mut Connection, migration: &Migration) -> Result<(), MigrateError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have applied it while this one waited for the lock.
    if is_applied(&transaction, migration)? {
        return Ok(());
    }
    let version = migration.version;
    let started = Instant::now();
    transaction
        .execute_batch(migration.sql.as_str())
        .map_err(|error| MigrateError::Execute { version, error })?;
    let nanos = i64::try_from(started.elapsed().as_nanos()).unwrap_or(i64::MAX);
    let checksum: &[u8] = &migration.checksum;
    transaction.execute(
        INSERT,
        params![version, &*migration.description, checksum, nanos],
    )?;
    Ok(transaction.commit()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{PostgresStatement, schema};

    const SCHEMA: Schema = Schema {
        service: "test",
        migrations: &[
            schema::Migration {
                description: "the first",
                sqlite: "CREATE TABLE a (x); CREATE TABLE b (x); -- the end",
                postgres: "",
            },
            schema::Migration {
                description: "the second",
                sqlite: "INSERT INTO a VALUES (1); INSERT INTO nowhere VALUES (1)",
                postgres: "",
            },
        ],
        write_probe: &PostgresStatement { name: "", text: "" },
    };
    const FIRST: Schema = Schema {
        migrations: SCHEMA.migrations.split_at(1).0,
        ..SCHEMA
    };

    fn count(connection: &Connection, table: &str) -> i64 {
        let count = format!("SELECT count(*) FROM {table}");
        connection.query_row(&count, [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn a_migration_is_applied_once_and_recorded_as_sqlx_records_it() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection, FIRST).unwrap();
        migrate(&mut connection, FIRST).unwrap();
        let select = "SELECT version, description, success, checksum FROM _sqlx_migrations";
        let row: (i64, String, bool, Vec<u8>) = connection
            .query_row(select, [], |row| row.try_into())
            .unwrap();
        let expected = FIRST.sqlite();
        let checksum = expected.iter().next().unwrap().checksum.to_vec();
        assert_eq!(checksum.len(), 48);
        assert_eq!(row, (1, "the first".to_owned(), true, checksum));
        assert_eq!(count(&connection, "b"), 0);
    }

    #[test]
    fn a_migration_that_fails_is_rolled_back_with_its_record() {
        let mut connection = Connection::open_in_memory().unwrap();
        let error = migrate(&mut connection, SCHEMA).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("while executing migration 2: "),
            "{error}"
        );
        assert_eq!(count(&connection, "a"), 0);
        assert_eq!(count(&connection, "_sqlx_migrations"), 1);
    }

    #[test]
    fn a_partial_migration_is_refused() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection, FIRST).unwrap();
        let partial = "UPDATE _sqlx_migrations SET success = false";
        connection.execute_batch(partial).unwrap();
        let error = migrate(&mut connection, FIRST).unwrap_err();
        assert!(matches!(error, MigrateError::Partial(1)), "{error}");
    }
}
