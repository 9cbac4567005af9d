//! The schema of a service's database: its migrations, for both engines.

use sqlx::migrate::{MigrationType, Migrator};

use super::{statement::PostgresStatement, url::DatabaseUrl};

/// The migrations of one service, in order.
#[derive(Debug, Clone, Copy)]
pub struct Schema {
    /// The name of the service.
    pub service: &'static str,
    /// The migrations, numbered from 1. One that was released must never change: its checksum is stored.
    pub migrations: &'static [Migration],
    /// A statement for PostgreSQL that takes the locks of a writing transaction and a transaction id, and changes nothing.
    /// A server that only reads refuses it, and it waits for a lock like a write. SQLite locks the whole file instead.
    pub write_probe: &'static PostgresStatement,
}

/// One migration; [`migration!`](crate::store::migration) reads it from its files.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// What it adds, in a few words.
    pub description: &'static str,
    /// The statements for SQLite.
    pub sqlite: &'static str,
    /// The statements for PostgreSQL.
    pub postgres: &'static str,
}

impl Migration {
    /// A migration that only PostgreSQL needs. Files of SQLite do not record it.
    #[must_use]
    pub const fn postgres_only(description: &'static str, postgres: &'static str) -> Self {
        Self {
            description,
            sqlite: "",
            postgres,
        }
    }

    /// A migration of a service that runs on SQLite only.
    #[must_use]
    pub const fn sqlite_only(description: &'static str, sqlite: &'static str) -> Self {
        Self {
            description,
            sqlite,
            postgres: "",
        }
    }
}

impl Schema {
    /// The schema of a service that runs on SQLite only.
    #[must_use]
    pub const fn sqlite_only(service: &'static str, migrations: &'static [Migration]) -> Self {
        const NO_PROBE: PostgresStatement = PostgresStatement { name: "", text: "" };
        Self {
            service,
            migrations,
            write_probe: &NO_PROBE,
        }
    }

    /// The number of the last migration.
    #[must_use]
    pub fn version(&self) -> i64 {
        i64::try_from(self.migrations.len()).unwrap_or(i64::MAX)
    }

    /// The number of the last migration for the engine of this database.
    pub(super) fn version_of_engine(&self, url: &DatabaseUrl) -> i64 {
        let migrations = self.of_engine(url);
        let versions = migrations.iter().map(|migration| migration.version);
        versions.max().unwrap_or_default()
    }

    /// The migrations for the engine of this database.
    pub(super) fn of_engine(&self, url: &DatabaseUrl) -> Migrator {
        match url {
            DatabaseUrl::Sqlite(_) => self.sqlite(),
            DatabaseUrl::Postgres(_) => self.postgres(),
        }
    }

    pub(super) fn sqlite(&self) -> Migrator {
        self.migrator(|migration| migration.sqlite)
    }

    pub(super) fn postgres(&self) -> Migrator {
        self.migrator(|migration| migration.postgres)
    }

    fn migrator(&self, text: impl Fn(&Migration) -> &'static str) -> Migrator {
        let migrations = (1..).zip(self.migrations);
        // One that the engine does not need has no text. The others keep their numbers.
        let migrations = migrations.filter(|(_, migration)| !text(migration).is_empty());
        let migrations = migrations.map(|(version, migration)| {
            sqlx::migrate::Migration::new(
                version,
                migration.description.into(),
                MigrationType::Simple,
                sqlx::SqlStr::from_static(text(migration)),
                false,
            )
        });
        Migrator::with_migrations(migrations.collect())
    }
}
