//! Statements on PostgreSQL: a batch is an array a column.

use futures::TryStreamExt;
use sqlx::{
    Either, Executor, PgExecutor, Postgres, Transaction, postgres::PgArguments, query::Query,
};

use crate::store::{
    batch::Column,
    tx::{Arg, Outcome, Row, Statement},
};

/// Runs a statement in a transaction.
///
/// # Errors
/// The server's; the transaction can only be rolled back then.
pub(crate) async fn outcome(
    tx: &mut Transaction<'_, Postgres>,
    statement: Statement,
) -> sqlx::Result<Outcome> {
    let query = bind(sqlx::query(statement.sql.postgres), statement.args);
    let mut outcome = Outcome {
        rows: Vec::new(),
        changed: 0,
        last_row: None,
    };
    let mut results = tx.fetch_many(query);
    while let Some(result) = results.try_next().await? {
        match result {
            Either::Right(row) => outcome.rows.push(Row::Postgres(row)),
            Either::Left(done) => outcome.changed += done.rows_affected(),
        }
    }
    drop(results);
    Ok(outcome)
}

/// Runs a statement, in or outside of a transaction.
pub(crate) async fn rows<'c>(
    on: impl PgExecutor<'c>,
    text: &'static str,
    args: impl IntoIterator<Item = Arg>,
) -> sqlx::Result<Vec<Row>> {
    let rows = bind(sqlx::query(text), args).fetch_all(on).await?;
    Ok(rows.into_iter().map(Row::Postgres).collect())
}

fn bind(
    mut query: Query<'static, Postgres, PgArguments>,
    args: impl IntoIterator<Item = Arg>,
) -> Query<'static, Postgres, PgArguments> {
    for arg in args {
        query = match arg {
            Arg::Int(value) => query.bind(value),
            Arg::Text(value) => query.bind(value),
            Arg::Batch(batch) => {
                batch
                    .columns
                    .into_iter()
                    .fold(query, |query, (_, column)| match column {
                        Column::Ints(values) => query.bind(values),
                        Column::Texts(values) => query.bind(values),
                        Column::Uuids(values) => query.bind(values),
                    })
            }
        };
    }
    query
}
