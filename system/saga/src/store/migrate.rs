//! Migrations: the shape of each service's database, on each engine.

use sqlx::migrate::{Migration, MigrationType, Migrator};

/// One service's migrations, in order, as texts for SQLite and for PostgreSQL.
#[derive(Debug, Clone, Copy)]
pub struct Schema {
    /// The service's name.
    pub service: &'static str,
    /// What each migration does, its SQLite text and its PostgreSQL text; numbered from 1.
    pub migrations: &'static [(&'static str, &'static str, &'static str)],
}

impl Schema {
    /// The number of the last migration.
    #[must_use]
    pub fn version(&self) -> i64 {
        i64::try_from(self.migrations.len()).unwrap_or(i64::MAX)
    }

    pub(crate) fn sqlite(&self) -> Migrator {
        self.migrator(|(_, sqlite, _)| sqlite)
    }

    pub(crate) fn postgres(&self) -> Migrator {
        self.migrator(|(_, _, postgres)| postgres)
    }

    fn migrator(
        &self,
        text: impl Fn(&(&'static str, &'static str, &'static str)) -> &'static str,
    ) -> Migrator {
        let migrations = (1..)
            .zip(self.migrations)
            .map(|(version, migration)| {
                Migration::new(
                    version,
                    migration.0.into(),
                    MigrationType::Simple,
                    sqlx::SqlStr::from_static(text(migration)),
                    false,
                )
            })
            .collect();
        Migrator::with_migrations(migrations)
    }
}
