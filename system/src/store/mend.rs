//! Brings a SQLite connection back to where a transaction can begin.
//!
//! On a full disk or an I/O error SQLite rolls a transaction back by itself. The driver counts it as
//! open all the same, its own rollback then fails, and every later transaction with it: a disk that
//! was full for a moment would stop a service for good.

use sqlx::{
    Connection,
    sqlite::{SqliteConnection, SqliteTransactionManager},
};
use sqlx_core::transaction::TransactionManager;

/// Ends what the driver takes for an open transaction, if there is one.
///
/// # Errors
/// The connection does not answer.
pub(super) async fn mend(connection: &mut SqliteConnection) -> sqlx::Result<()> {
    if depth(connection) == 0 {
        return Ok(());
    }
    // The rollback of a transaction that was dropped may still be under way.
    connection.ping().await?;
    if depth(connection) > 0 {
        // The driver rolls back what it believes in, and SQLite needs something to roll back. If it
        // has an open transaction after all, this fails and is not needed.
        let begun = sqlx::raw_sql("BEGIN").execute(&mut *connection).await;
        tracing::debug!(
            rolled_back_by_sqlite = begun.is_ok(),
            "a transaction had failed"
        );
        SqliteTransactionManager::rollback(connection).await?;
    }
    Ok(())
}

fn depth(connection: &SqliteConnection) -> usize {
    SqliteTransactionManager::get_transaction_depth(connection)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_transaction_that_sqlite_rolled_back_does_not_bar_the_next() {
        let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        sqlx::raw_sql("CREATE TABLE t (x)")
            .execute(&mut connection)
            .await
            .unwrap();
        let mut begun = connection.begin_with("BEGIN IMMEDIATE").await.unwrap();
        // What SQLite does on a full disk.
        sqlx::raw_sql("ROLLBACK")
            .execute(&mut *begun)
            .await
            .unwrap();
        assert!(begun.commit().await.is_err());
        assert!(connection.begin_with("BEGIN IMMEDIATE").await.is_err());
        mend(&mut connection).await.unwrap();
        let mut begun = connection.begin_with("BEGIN IMMEDIATE").await.unwrap();
        sqlx::raw_sql("INSERT INTO t VALUES (1)")
            .execute(&mut *begun)
            .await
            .unwrap();
        begun.commit().await.unwrap();
    }

    #[tokio::test]
    async fn an_open_transaction_is_rolled_back() {
        let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        std::mem::forget(connection.begin().await.unwrap());
        mend(&mut connection).await.unwrap();
        assert_eq!(depth(&connection), 0);
        connection.begin().await.unwrap().commit().await.unwrap();
    }
}
