//! Migrations: the shape of each service's database, on each engine.

use sqlx::migrate::{Migration, MigrationType, Migrator};

/// One service's migrations, in order, as texts for SQLite and for PostgreSQL.
#[derive(Debug, Clone, Copy)]
pub struct Schema {
    /// The service's name, and its folder in `system/migrations/`.
    pub service: &'static str,
    /// What each migration does, its SQLite text and its PostgreSQL text; numbered from 1.
    pub migrations: &'static [(&'static str, &'static str, &'static str)],
}

/// Reads a migration from the folder of each engine.
macro_rules! migration {
    ($service:literal, $file:literal, $what:literal) => {
        (
            $what,
            include_str!(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/migrations/sqlite/",
                $service,
                "/",
                $file
            )),
            include_str!(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/migrations/postgres/",
                $service,
                "/",
                $file
            )),
        )
    };
}

/// The article service's database.
pub const ARTICLE: Schema = Schema {
    service: "article",
    migrations: &[migration!(
        "article",
        "0001_articles.sql",
        "articles and the barrier"
    )],
};

/// The user service's database.
pub const USER: Schema = Schema {
    service: "user",
    migrations: &[migration!(
        "user",
        "0001_likes.sql",
        "like records and the barrier"
    )],
};

/// The coordinator's database.
pub const COORDINATOR: Schema = Schema {
    service: "coordinator",
    migrations: &[
        migration!("coordinator", "0001_saga_log.sql", "the saga log"),
        migration!("coordinator", "0002_lease.sql", "the lease of the saga log"),
        migration!(
            "coordinator",
            "0003_open_sagas.sql",
            "an index of open and failed sagas alone"
        ),
    ],
};

impl Schema {
    /// The number of the last migration.
    #[must_use]
    pub fn version(&self) -> i64 {
        i64::try_from(self.migrations.len()).unwrap_or(i64::MAX)
    }

    pub(super) fn sqlite(&self) -> Migrator {
        self.migrator(|(_, sqlite, _)| sqlite)
    }

    pub(super) fn postgres(&self) -> Migrator {
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
