//! One call of the barrier inside a PostgreSQL transaction of the caller's.

use sqlx::PgConnection;

use crate::{
    BarrierError, Judgement, Reply, Request, Verdict, inserted, judge,
    single::{StoredRow, column, fresh_reply, settled},
    sql,
};

type Error<E> = BarrierError<sqlx::Error, E>;

/// Applies one request: inserts the step's row, then runs `action`, runs `compensation`, or only answers.
///
/// Call it inside a transaction at READ COMMITTED, and commit before sending the reply. Neither closure runs twice for one
/// step, and `action` never runs after its compensation. `compensation` receives the undo data that `action` returned.
/// The table must exist: see [`sql::POSTGRES_TABLE`].
///
/// # Errors
/// [`BarrierError`]: roll the transaction back; nothing was done then.
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
    let stored = match insert(connection, request).await? {
        true => None,
        false => Some(read(connection, request).await?),
    };
    if let Some(row) = &stored
        && row.fingerprint != request.fingerprint
    {
        return Ok(Reply::Mismatch);
    }
    let state = stored.as_ref().map(StoredRow::state).transpose()?;
    match (judge(state, request.op), stored.zip(state)) {
        (Judgement::Act, _) => {
            let verdict = action(connection).await.map_err(BarrierError::Step)?;
            settle(connection, request, &verdict).await?;
            Ok(fresh_reply(verdict))
        }
        (Judgement::Compensate, _) => {
            if let Some(undo_data) = undo(connection, request).await? {
                let compensated = compensation(connection, undo_data).await;
                compensated.map_err(BarrierError::Step)?;
            }
            Ok(Reply::Undone)
        }
        (Judgement::AnswerUndone, _) => Ok(Reply::Undone),
        (Judgement::AnswerStored, Some((row, state))) => Ok(row.reply(state)),
        (Judgement::AnswerDead | Judgement::AnswerStored, _) => Ok(Reply::Dead),
    }
}

/// Whether the row was inserted; otherwise it existed.
async fn insert<E>(connection: &mut PgConnection, request: Request) -> Result<bool, Error<E>> {
    let inserted = sqlx::query(sql::POSTGRES_INSERT)
        .bind([request.key.saga.0])
        .bind([column(request.key.step)])
        .bind([inserted(request.op).code()])
        .bind([request.fingerprint])
        .bind([None::<&str>])
        .bind([None::<&str>])
        .bind(request.now_micros)
        .execute(connection)
        .await;
    let inserted = inserted.map_err(BarrierError::Database)?;
    Ok(inserted.rows_affected() == 1)
}

async fn read<E>(connection: &mut PgConnection, request: Request) -> Result<StoredRow, Error<E>> {
    type Columns = (uuid::Uuid, i64, i64, i64, Option<String>);
    let row: Columns = sqlx::query_as(sql::POSTGRES_READ)
        .bind([request.key.saga.0])
        .bind([column(request.key.step)])
        .fetch_one(connection)
        .await
        .map_err(BarrierError::Database)?;
    Ok(StoredRow {
        state: row.2,
        fingerprint: row.3,
        result: row.4,
    })
}

async fn settle<E>(
    connection: &mut PgConnection,
    request: Request,
    verdict: &Verdict,
) -> Result<(), Error<E>> {
    let (state, result, undo_data) = settled(verdict);
    let settled = sqlx::query(sql::POSTGRES_SETTLE)
        .bind([request.key.saga.0])
        .bind([column(request.key.step)])
        .bind([state])
        .bind([result])
        .bind([undo_data])
        .execute(connection)
        .await;
    settled.map(drop).map_err(BarrierError::Database)
}

/// Moves the row to undone and returns the undo data; nothing, if another transaction did so first.
async fn undo<E>(
    connection: &mut PgConnection,
    request: Request,
) -> Result<Option<String>, Error<E>> {
    let undo_data: Option<(Option<String>,)> = sqlx::query_as(sql::POSTGRES_UNDO)
        .bind([request.key.saga.0])
        .bind([column(request.key.step)])
        .fetch_optional(connection)
        .await
        .map_err(BarrierError::Database)?;
    Ok(undo_data.map(|(text,)| text.unwrap_or_default()))
}
