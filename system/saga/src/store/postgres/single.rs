//! One statement outside of a transaction.

use super::{pool::PostgresPool, statements, transaction};
use crate::store::{
    error::{EngineError, StoreError},
    row::Row,
    statement::Arg,
};

/// Runs one statement that is a whole transaction or only reads. Behind a pooler it runs in a transaction: the pooler could
/// execute it on another connection than the one that has parsed it.
///
/// # Errors
/// No connection could be had, else the error of the statement in the form that `classify` gives it.
///
/// # Cancel safety
/// The statement may or may not be executed.
pub(in crate::store) async fn rows(
    pool: &PostgresPool,
    text: &'static str,
    args: impl IntoIterator<Item = Arg>,
    classify: fn(EngineError) -> StoreError,
) -> Result<Vec<Row>, StoreError> {
    let mut pooled = pool.acquire().await?;
    let rows = match pool.is_prepared() {
        true => {
            let rows = statements::rows(pooled.driver(), text, args, true);
            pool.limits().answer(rows).await
        }
        false => transaction::rows(&mut pooled, pool.limits(), text, args).await,
    };
    match &rows {
        Ok(_) => pooled.keep(),
        Err(error) if pool.is_prepared() => pooled.keep_after(error),
        // The transaction is not rolled back yet.
        Err(error) => pooled.close(error),
    }
    rows.map_err(classify)
}
