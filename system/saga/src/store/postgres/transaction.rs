//! A writing transaction on PostgreSQL.

use futures::future::BoxFuture;
use sqlx::{Connection, Postgres, Transaction};

use super::{
    limits::Limits,
    pool::{PooledConnection, PostgresPool},
    statements,
};
use crate::store::{
    error::{EngineError, StoreError},
    row::Outcome,
    statement::Statement,
    tx::{Tx, TxEngine},
};

/// Lets the rest of a transaction wait for a lock only as long as another transaction usually takes for its commit.
const WAIT_SHORTLY: &str = "SET LOCAL lock_timeout = '20ms'";

/// An open transaction. Dropping it rolls it back.
pub(crate) struct PostgresTx<'c> {
    transaction: Transaction<'c, Postgres>,
    limits: Limits,
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
        let outcome = statements::outcome(&mut self.transaction, statement);
        self.limits.answer(outcome).await
    }

    /// Lets the rest of the transaction wait only shortly for locks.
    ///
    /// # Errors
    /// Afterwards the transaction can only be rolled back.
    pub(in crate::store) async fn wait_shortly_for_locks(&mut self) -> Result<(), EngineError> {
        use sqlx::Executor;
        let set = self.transaction.execute(WAIT_SHORTLY);
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
    match transaction(&mut pooled, pool.limits(), work).await {
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
    limits: Limits,
    work: W,
) -> Result<T, StoreError>
where
    W: for<'t> FnOnce(&'t mut Tx<'_>) -> BoxFuture<'t, Result<T, StoreError>> + Send,
{
    let transaction = limits.answer(pooled.driver().begin()).await?;
    let mut tx = Tx(TxEngine::Postgres(PostgresTx {
        transaction,
        limits,
    }));
    let value = work(&mut tx).await?;
    let Tx(TxEngine::Postgres(tx)) = tx else {
        let reason = "the transaction changed its engine".to_owned();
        return Err(StoreError::Invariant(reason));
    };
    let committed = limits.answer(tx.transaction.commit()).await;
    committed.map_err(StoreError::Unknown)?;
    Ok(value)
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
