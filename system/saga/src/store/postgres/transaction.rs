//! A writing transaction on PostgreSQL.

use std::time::Duration;

use futures::future::BoxFuture;
use sqlx::{AssertSqlSafe, Connection, PgConnection, Postgres, Transaction};

use super::{
    limits::Limits,
    pool::{PooledConnection, PostgresPool},
    session, statements,
};
use crate::store::{
    error::{EngineError, StoreError},
    row::{Outcome, Row},
    statement::{Arg, Statement},
    tx::{Tx, TxEngine},
};

/// How long a transaction waits for a lock if it waits only shortly: as long as another one usually takes for its commit.
pub(super) const SHORT_LOCK_TIMEOUT: Duration = Duration::from_millis(20);

/// An open transaction. Dropping it rolls it back.
pub(crate) struct PostgresTx<'c> {
    transaction: Transaction<'c, Postgres>,
    limits: Limits,
    /// Whether its statements stay prepared on the connection.
    prepared: bool,
}

impl PostgresTx<'_> {
    /// Runs a statement.
    ///
    /// # Errors
    /// Afterwards the transaction can only be rolled back.
    pub(in crate::store) async fn run(
        &mut self,
        statement: Statement,
    ) -> Result<Outcome, EngineError> {
        let outcome = statements::outcome(&mut self.transaction, statement, self.prepared);
        self.limits.answer(outcome).await
    }

    /// Lets the rest of the transaction wait only shortly for locks.
    ///
    /// # Errors
    /// Afterwards the transaction can only be rolled back.
    pub(in crate::store) async fn wait_shortly_for_locks(&mut self) -> Result<(), EngineError> {
        use sqlx::Executor;
        let millis = SHORT_LOCK_TIMEOUT.as_millis();
        let set = AssertSqlSafe(format!("SET LOCAL lock_timeout = '{millis}ms'"));
        let set = self.transaction.execute(set);
        self.limits.answer(set).await.map(drop)
    }
}

/// Runs one transaction: begin, the work, commit.
///
/// # Errors
/// [`StoreError::Unknown`] if the commit was not confirmed. Every other error means that nothing was done.
pub(in crate::store) async fn write<T, W>(pool: &PostgresPool, work: W) -> Result<T, StoreError>
where
    W: for<'t> FnOnce(&'t mut Tx<'_>) -> BoxFuture<'t, Result<T, StoreError>> + Send,
{
    let mut pooled = pool.acquire().await?;
    match transaction(&mut pooled, pool, work).await {
        Ok(value) => {
            pooled.keep();
            Ok(value)
        }
        Err(error) => {
            roll_back(pooled, pool.limits(), &error).await;
            Err(error)
        }
    }
}

async fn transaction<T, W>(
    pooled: &mut PooledConnection<'_>,
    pool: &PostgresPool,
    work: W,
) -> Result<T, StoreError>
where
    W: for<'t> FnOnce(&'t mut Tx<'_>) -> BoxFuture<'t, Result<T, StoreError>> + Send,
{
    let (limits, prepared) = (pool.limits(), pool.is_prepared());
    let transaction = match prepared {
        true => limits.answer(pooled.driver().begin()).await?,
        false => limits.answer(begin(pooled.driver(), limits)).await?,
    };
    let mut tx = Tx::new(TxEngine::Postgres(PostgresTx {
        transaction,
        limits,
        prepared,
    }));
    let value = work(&mut tx).await?;
    let TxEngine::Postgres(tx) = tx.0 else {
        let reason = "the transaction changed its engine".to_owned();
        return Err(StoreError::Invariant(reason));
    };
    let committed = limits.answer(tx.transaction.commit()).await;
    committed.map_err(StoreError::Unknown)?;
    Ok(value)
}

/// Runs one statement in a transaction of its own, behind a pooler.
///
/// # Errors
/// The server's. The transaction may have been committed.
pub(super) async fn rows(
    pooled: &mut PooledConnection<'_>,
    limits: Limits,
    text: &'static str,
    args: impl IntoIterator<Item = Arg>,
) -> Result<Vec<Row>, EngineError> {
    let mut transaction = limits.answer(begin(pooled.driver(), limits)).await?;
    let rows = statements::rows(&mut *transaction, text, args, false);
    let rows = limits.answer(rows).await?;
    limits.answer(transaction.commit()).await?;
    Ok(rows)
}

/// Begins a transaction that makes its own settings, behind a pooler.
///
/// # Errors
/// The server's.
pub(super) async fn begin(
    connection: &mut PgConnection,
    limits: Limits,
) -> sqlx::Result<Transaction<'_, Postgres>> {
    let begin = AssertSqlSafe(session::begin(limits));
    connection.begin_with(begin).await
}

/// Waits until the server has rolled the transaction back: until then it keeps its locks. Keeps the connection if it is
/// still usable.
async fn roll_back(mut pooled: PooledConnection<'_>, limits: Limits, error: &StoreError) {
    let cause = match error {
        StoreError::Absent(error) | StoreError::Unknown(error) => Some(error),
        _ => None,
    };
    if let Some(error @ (EngineError::Overdue(_) | EngineError::Cancelled)) = cause {
        return pooled.keep_after(error);
    }
    // The transaction was dropped, which queued its rollback; a round trip sends it.
    let rolled_back = limits.answer(pooled.driver().ping()).await;
    match (rolled_back, cause) {
        (Err(error), _) => pooled.keep_after(&error),
        (Ok(()), Some(error)) => pooled.keep_after(error),
        (Ok(()), None) => pooled.keep(),
    }
}
