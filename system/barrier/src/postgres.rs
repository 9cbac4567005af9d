//! Applies one request inside your own PostgreSQL transaction.
//!
//! The statements are those of [`sql`], and the decision is `next` in `request.rs`. This module and `sqlite.rs` only
//! run them, each in the manner of its engine.

use sqlx::PgConnection;

use crate::{
    BarrierError, Reply, Request, Verdict, initial_state,
    request::{Found, Next, StoredRow, next, step_column},
    sql,
};

type Error<E> = BarrierError<sqlx::Error, E>;

/// Applies one request: inserts the step's row, then runs `action`, runs `compensation`, or only replies.
///
/// Call it inside a transaction at READ COMMITTED (the default of PostgreSQL), and commit before you send the reply. If
/// another transaction has inserted the same row and not yet committed, the insert waits for it; only at READ COMMITTED does
/// the next statement then see that row. The tables must exist: see [`sql::POSTGRES_TABLE`] and
/// [`sql::POSTGRES_WATERMARK_TABLE`].
///
/// A request for a saga below the retention watermark is [`Reply::Stale`], whether or not its row is deleted.
///
/// Neither closure runs twice for one step, and `action` never runs after its compensation. `compensation` receives the undo
/// data that `action` returned.
///
/// ```no_run
/// use likewise_barrier::{Op, Request, SagaId, StepKey, Verdict, postgres};
/// use sqlx::{Connection, PgConnection};
///
/// # async fn reserve() -> Result<(), Box<dyn std::error::Error>> {
/// let mut connection = PgConnection::connect("postgres://localhost/warehouse").await?;
/// let key = StepKey { saga: SagaId(uuid::Uuid::from_u128(1)), step: 0 };
/// let request = Request { key, op: Op::Do, fingerprint: 42, now_micros: 0 };
/// let mut tx = connection.begin().await?;
/// let reply = postgres::apply(
///     &mut tx,
///     request,
///     async |tx: &mut PgConnection| {
///         sqlx::query("UPDATE stock SET items = items - 1").execute(tx).await?;
///         Ok::<_, sqlx::Error>(Verdict::Done { result: "reserved".into(), undo_data: "1".into() })
///     },
///     async |tx: &mut PgConnection, items: String| {
///         let statement = "UPDATE stock SET items = items + $1::bigint";
///         sqlx::query(statement).bind(items).execute(tx).await.map(drop)
///     },
/// )
/// .await?;
/// tx.commit().await?;
/// println!("{reply:?}");
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`BarrierError`]: roll the transaction back. Nothing was done then.
///
/// # Cancel safety
/// Dropping the future leaves the transaction open: roll it back.
pub async fn apply<A, C, E>(
    connection: &mut PgConnection,
    request: Request,
    action: A,
    compensation: C,
) -> Result<Reply, Error<E>>
where
    A: AsyncFnOnce(&mut PgConnection) -> Result<Verdict, E>,
    C: AsyncFnOnce(&mut PgConnection, String) -> Result<(), E>,
{
    let found = match insert(connection, request).await? {
        true => Found::Nothing,
        false => read(connection, request).await?,
    };
    match next(found, &request)? {
        Next::Act => {
            let verdict = action(connection).await.map_err(BarrierError::Step)?;
            settle(connection, request, &verdict).await?;
            Ok(verdict.into_reply())
        }
        Next::Compensate => {
            if let Some(undo_data) = set_undone(connection, request).await? {
                let compensated = compensation(connection, undo_data).await;
                compensated.map_err(BarrierError::Step)?;
            }
            Ok(Reply::Undone)
        }
        Next::Reply(reply) => Ok(reply),
    }
}

/// Returns whether the row was inserted. If not, there is a row already, or the saga is below the watermark.
async fn insert<E>(connection: &mut PgConnection, request: Request) -> Result<bool, Error<E>> {
    let inserted = sqlx::query(sql::POSTGRES_INSERT)
        .bind([request.key.saga.0])
        .bind([step_column(request.key.step)])
        .bind([initial_state(request.op).code()])
        .bind([request.fingerprint])
        .bind([None::<&str>])
        .bind([None::<&str>])
        .bind(request.now_micros)
        .execute(connection)
        .await;
    let inserted = inserted.map_err(BarrierError::Database)?;
    Ok(inserted.rows_affected() == 1)
}

/// Reads the row that was not inserted. There is none if the saga is below the watermark.
async fn read<E>(connection: &mut PgConnection, request: Request) -> Result<Found, Error<E>> {
    type Columns = (uuid::Uuid, i64, i64, i64, Option<String>);
    let row: Option<Columns> = sqlx::query_as(sql::POSTGRES_READ)
        .bind([request.key.saga.0])
        .bind([step_column(request.key.step)])
        .fetch_optional(connection)
        .await
        .map_err(BarrierError::Database)?;
    Ok(row.map_or(Found::Stale, |row| {
        Found::Row(StoredRow {
            state: row.2,
            fingerprint: row.3,
            result: row.4,
        })
    }))
}

async fn settle<E>(
    connection: &mut PgConnection,
    request: Request,
    verdict: &Verdict,
) -> Result<(), Error<E>> {
    let (state, result, undo_data) = verdict.columns();
    let settled = sqlx::query(sql::POSTGRES_SETTLE)
        .bind([request.key.saga.0])
        .bind([step_column(request.key.step)])
        .bind([state])
        .bind([result])
        .bind([undo_data])
        .execute(connection)
        .await;
    settled.map(drop).map_err(BarrierError::Database)
}

/// Sets the row from done to undone and returns the undo data. `None` if another transaction did so first.
async fn set_undone<E>(
    connection: &mut PgConnection,
    request: Request,
) -> Result<Option<String>, Error<E>> {
    let undo_data: Option<(Option<String>,)> = sqlx::query_as(sql::POSTGRES_UNDO)
        .bind([request.key.saga.0])
        .bind([step_column(request.key.step)])
        .fetch_optional(connection)
        .await
        .map_err(BarrierError::Database)?;
    Ok(undo_data.map(|(text,)| text.unwrap_or_default()))
}
