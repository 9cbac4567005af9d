//! Runs statements on PostgreSQL. A batch becomes one array for each of its columns, a row one value.

use futures::TryStreamExt;
use sqlx::{
    Either, Executor, PgExecutor, Postgres, Transaction, postgres::PgArguments, query::Query,
};

use crate::store::{
    batch::Column,
    row::{Outcome, Row},
    statement::{Arg, Statement},
};

/// Runs a statement in a transaction. `persistent`: it stays prepared on the connection.
///
/// # Errors
/// The server's. Afterwards the transaction can only be rolled back.
pub(in crate::store) async fn outcome(
    tx: &mut Transaction<'_, Postgres>,
    statement: Statement,
    persistent: bool,
) -> sqlx::Result<Outcome> {
    let query = bind(statement.sql.postgres, statement.args, persistent);
    let mut outcome = Outcome {
        rows: Vec::new(),
        changed: 0,
        last_row_id: None,
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

/// Runs a statement, inside or outside of a transaction, and returns its rows. `persistent`: it stays prepared on the
/// connection.
///
/// # Errors
/// The server's.
pub(in crate::store) async fn rows<'c>(
    executor: impl PgExecutor<'c>,
    text: &'static str,
    args: impl IntoIterator<Item = Arg>,
    persistent: bool,
) -> sqlx::Result<Vec<Row>> {
    let rows = bind(text, args, persistent).fetch_all(executor).await?;
    Ok(rows.into_iter().map(Row::Postgres).collect())
}

fn bind(
    text: &'static str,
    args: impl IntoIterator<Item = Arg>,
    persistent: bool,
) -> Query<'static, Postgres, PgArguments> {
    let query = sqlx::query(text).persistent(persistent);
    args.into_iter().fold(query, |query, arg| match arg {
        Arg::Int(value) => query.bind(value),
        Arg::Text(value) => query.bind(value),
        Arg::Batch(batch) => {
            let columns = batch.columns.into_iter();
            columns.fold(query, |query, (_, column)| match column {
                Column::Ints(values) => query.bind(values),
                Column::Texts(values) => query.bind(values),
                Column::Uuids(values) => query.bind(values),
            })
        }
        Arg::Row(row) => {
            let columns = row.columns.into_iter();
            columns.fold(query, |query, (_, column)| match column {
                Column::Ints(values) => query.bind(values.first().copied()),
                Column::Texts(values) => query.bind(values.into_iter().next().flatten()),
                Column::Uuids(values) => query.bind(values.first().copied()),
            })
        }
    })
}
