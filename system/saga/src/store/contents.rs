//! What a database holds already: is it empty or ours, and does this program know all of its migrations?

use sqlx::PgConnection;

use super::{
    migrations::{MigrationStatus, PendingMigration},
    open_error::OpenError,
    schema::Schema,
    sql,
    statement::Sql,
    url::DatabaseUrl,
};

/// The table in which the migrations are recorded. A database with tables but without this one is not ours.
const MIGRATIONS_TABLE: &str = "_sqlx_migrations";

static TABLES: Sql = sql!("tables");
static APPLIED: Sql = sql!("migrations_applied");

/// The tables and the applied migrations of a database.
#[derive(Default)]
pub(super) struct Contents {
    tables: Vec<String>,
    /// The version and the checksum of each applied migration.
    applied: Vec<(i64, Vec<u8>)>,
}

impl Contents {
    /// Reads them from SQLite. Blocks.
    pub(super) fn of_sqlite(connection: &rusqlite::Connection) -> rusqlite::Result<Self> {
        let mut select = connection.prepare(TABLES.sqlite)?;
        let tables = select.query_map([], |row| row.get(0))?;
        let tables = tables.collect::<rusqlite::Result<Vec<String>>>()?;
        let mut contents = Self {
            tables,
            applied: Vec::new(),
        };
        if contents.has_migrations_table() {
            let mut select = connection.prepare(APPLIED.sqlite)?;
            let applied = select.query_map([], |row| {
                // SQLite stores whatever type a writer gave: a checksum that is text is only another checksum.
                let checksum = row.get_ref(1)?.as_bytes_or_null()?.unwrap_or_default();
                Ok((row.get(0)?, checksum.to_vec()))
            })?;
            contents.applied = applied.collect::<rusqlite::Result<_>>()?;
        }
        Ok(contents)
    }

    /// Reads them from PostgreSQL, in a transaction.
    pub(super) async fn of_postgres(connection: &mut PgConnection) -> sqlx::Result<Self> {
        let tables = sqlx::query_scalar(TABLES.postgres).persistent(false);
        let mut contents = Self {
            tables: tables.fetch_all(&mut *connection).await?,
            applied: Vec::new(),
        };
        if contents.has_migrations_table() {
            let applied = sqlx::query_as(APPLIED.postgres).persistent(false);
            contents.applied = applied.fetch_all(connection).await?;
        }
        Ok(contents)
    }

    /// Checks that the database is empty, or that this program knows every migration that was applied to it.
    ///
    /// # Errors
    /// [`OpenError::Foreign`] or [`OpenError::Newer`].
    pub(super) fn check(&self, url: &DatabaseUrl, schema: Schema) -> Result<(), OpenError> {
        if let Some(table) = self.tables.first()
            && !self.has_migrations_table()
        {
            let reason = format!("there is a table {table} that Likewise did not make");
            return Err(foreign(url, schema, reason));
        }
        let migrations = schema.of_engine(url);
        for (version, checksum) in &self.applied {
            let known = migrations.iter().find(|known| known.version == *version);
            let known = known.ok_or_else(|| OpenError::Newer {
                url: url.to_string(),
                found: *version,
                known: schema.version_of_engine(url),
            })?;
            if known.checksum.as_ref() != checksum.as_slice() {
                let reason = format!(
                    "its migration {version} is another one, perhaps of another of the services"
                );
                return Err(foreign(url, schema, reason));
            }
        }
        Ok(())
    }

    /// Checks that every migration of this program was applied. A database without tables lacks all of them.
    ///
    /// # Errors
    /// [`OpenError::Older`].
    pub(super) fn check_complete(
        &self,
        url: &DatabaseUrl,
        schema: Schema,
    ) -> Result<(), OpenError> {
        let found = self.applied.iter().map(|(version, _)| *version).max();
        let found = found.unwrap_or_default();
        match found == schema.version_of_engine(url) {
            true => Ok(()),
            false => Err(OpenError::Older {
                url: url.to_string(),
                found,
                known: schema.version_of_engine(url),
            }),
        }
    }

    /// Which migrations were applied, and which are missing. The contents were checked.
    pub(super) fn status(&self, url: &DatabaseUrl, schema: Schema) -> MigrationStatus {
        let is_applied = |version: i64| self.applied.iter().any(|(found, _)| *found == version);
        let migrations = schema.of_engine(url);
        let pending = migrations
            .iter()
            .filter(|known| !is_applied(known.version))
            .map(|known| PendingMigration {
                version: known.version,
                description: known.description.to_string(),
            });
        MigrationStatus {
            found: self
                .applied
                .iter()
                .map(|(version, _)| *version)
                .max()
                .unwrap_or_default(),
            known: schema.version_of_engine(url),
            pending: pending.collect(),
        }
    }

    fn has_migrations_table(&self) -> bool {
        self.tables.iter().any(|name| name == MIGRATIONS_TABLE)
    }
}

fn foreign(url: &DatabaseUrl, schema: Schema, reason: String) -> OpenError {
    OpenError::Foreign {
        url: url.to_string(),
        service: schema.service,
        reason,
    }
}
