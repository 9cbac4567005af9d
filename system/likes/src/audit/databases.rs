//! The three databases of an audit.

use std::{sync::Arc, time::Duration};

use likewise_saga::{
    env::Env,
    log::SAGA_LOG_SCHEMA,
    store::{
        Arg, Database, DatabaseUrl, OpenError, PoolConfig, Row, Schema, Sql, StoreError,
        inspect_current,
    },
};

use crate::{article::ARTICLE_SCHEMA, user::USER_SCHEMA};

/// The audit sends one statement at a time. A page of a large table may take longer than a batch of a service, and
/// nobody waits for it.
const POOL: PoolConfig = PoolConfig {
    connections_max: 1,
    acquire_timeout: Duration::from_secs(2),
    statement_timeout: Duration::from_secs(60),
    lock_timeout: Duration::from_secs(5),
};

/// A database could not be read or repaired.
#[derive(Debug, thiserror::Error)]
#[error("the {service} database: {error}")]
pub struct AuditError {
    service: &'static str,
    #[source]
    error: StoreError,
}

/// The databases of the three services, opened without a migration.
#[derive(Clone)]
pub struct AuditDatabases {
    pub(super) article: Source,
    pub(super) user: Source,
    pub(super) coordinator: Source,
}

/// One of the databases, with its name for errors.
#[derive(Clone)]
pub(super) struct Source {
    pub(super) service: &'static str,
    pub(super) database: Database,
}

impl AuditDatabases {
    /// Opens three existing databases. Checks all of them before it opens the first, and changes none.
    ///
    /// # Errors
    /// [`OpenError`]: one does not exist, does not answer, is another service's, or has another version's schema.
    pub async fn open(
        article: &DatabaseUrl,
        user: &DatabaseUrl,
        coordinator: &DatabaseUrl,
        env: &Env,
    ) -> Result<Self, OpenError> {
        let store = &*env.store;
        inspect_current(article, ARTICLE_SCHEMA, store).await?;
        inspect_current(user, USER_SCHEMA, store).await?;
        inspect_current(coordinator, SAGA_LOG_SCHEMA, store).await?;
        Ok(Self {
            article: Source::open(article, ARTICLE_SCHEMA, env).await?,
            user: Source::open(user, USER_SCHEMA, env).await?,
            coordinator: Source::open(coordinator, SAGA_LOG_SCHEMA, env).await?,
        })
    }

    /// The participants: the services that have barrier rows.
    pub(super) fn participants(&self) -> [&Source; 2] {
        [&self.article, &self.user]
    }
}

impl Source {
    async fn open(url: &DatabaseUrl, schema: Schema, env: &Env) -> Result<Self, OpenError> {
        Ok(Self {
            service: schema.service,
            database: Database::open(url, schema, POOL, Arc::clone(&env.store)).await?,
        })
    }

    /// Runs one statement that reads.
    pub(super) async fn rows<const N: usize>(
        &self,
        sql: &'static Sql,
        args: [Arg; N],
    ) -> Result<Vec<Row>, AuditError> {
        let rows = self.database.query("audit", sql, args).await;
        rows.map_err(|error| self.error(error))
    }

    /// The error of this database.
    pub(super) fn error(&self, error: StoreError) -> AuditError {
        AuditError {
            service: self.service,
            error,
        }
    }
}
