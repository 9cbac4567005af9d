//! One call of the barrier inside a SQLite transaction of the caller's.

use rusqlite::{Connection, OptionalExtension, params};

use crate::{
    BarrierError, Judgement, Reply, Request, Verdict, inserted, judge,
    single::{StoredRow, column, fresh_reply, settled},
    sql,
};

type Error<E> = BarrierError<rusqlite::Error, E>;

/// Applies one request: inserts the step's row, then runs `action`, runs `compensation`, or only answers.
///
/// Call it inside a transaction that began with `BEGIN IMMEDIATE` (a [`rusqlite::Transaction`] dereferences to the
/// connection), and commit before sending the reply. Neither closure runs twice for one step, and `action` never runs after
/// its compensation. `compensation` receives the undo data that `action` returned. The table must exist: see
/// [`sql::SQLITE_TABLE`].
///
/// # Errors
/// [`BarrierError`]: roll the transaction back; nothing was done then.
pub fn apply<A, C, E>(
    connection: &Connection,
    request: Request,
    action: A,
    compensation: C,
) -> Result<Reply, Error<E>>
where
    A: FnOnce(&Connection) -> Result<Verdict, E>,
    C: FnOnce(&Connection, String) -> Result<(), E>,
{
    let database = |error| BarrierError::Database(error);
    let stored = match insert(connection, request).map_err(database)? {
        true => None,
        false => Some(read(connection, request).map_err(database)?),
    };
    if let Some(row) = &stored
        && row.fingerprint != request.fingerprint
    {
        return Ok(Reply::Mismatch);
    }
    let state = stored.as_ref().map(StoredRow::state).transpose()?;
    match (judge(state, request.op), stored.zip(state)) {
        (Judgement::Act, _) => {
            let verdict = action(connection).map_err(BarrierError::Step)?;
            settle(connection, request, &verdict).map_err(database)?;
            Ok(fresh_reply(verdict))
        }
        (Judgement::Compensate, _) => {
            if let Some(undo_data) = undo(connection, request).map_err(database)? {
                compensation(connection, undo_data).map_err(BarrierError::Step)?;
            }
            Ok(Reply::Undone)
        }
        (Judgement::AnswerUndone, _) => Ok(Reply::Undone),
        (Judgement::AnswerStored, Some((row, state))) => Ok(row.reply(state)),
        (Judgement::AnswerDead | Judgement::AnswerStored, _) => Ok(Reply::Dead),
    }
}

/// The text of a batch statement for one row of so many columns. A further argument, `$2`, follows the row.
fn for_one_row(statement: &str, columns: usize) -> String {
    let row: Vec<String> = (1..=columns).map(|number| format!("?{number}")).collect();
    let further = format!("?{}", columns + 1);
    let text = statement.replace("$rows", &format!("({})", row.join(",")));
    text.replace("$2", &further)
}

/// Whether the row was inserted; otherwise it existed.
fn insert(connection: &Connection, request: Request) -> rusqlite::Result<bool> {
    let mut statement = connection.prepare_cached(&for_one_row(sql::SQLITE_INSERT, 6))?;
    let inserted = statement.execute(params![
        request.key.saga.to_string(),
        column(request.key.step),
        inserted(request.op).code(),
        request.fingerprint,
        None::<&str>,
        None::<&str>,
        request.now_micros,
    ])?;
    Ok(inserted == 1)
}

fn read(connection: &Connection, request: Request) -> rusqlite::Result<StoredRow> {
    let mut statement = connection.prepare_cached(&for_one_row(sql::SQLITE_READ, 2))?;
    let key = params![request.key.saga.to_string(), column(request.key.step)];
    statement.query_row(key, |row| {
        Ok(StoredRow {
            state: row.get(2)?,
            fingerprint: row.get(3)?,
            result: row.get(4)?,
        })
    })
}

fn settle(connection: &Connection, request: Request, verdict: &Verdict) -> rusqlite::Result<()> {
    let (state, result, undo_data) = settled(verdict);
    let mut statement = connection.prepare_cached(&for_one_row(sql::SQLITE_SETTLE, 5))?;
    let key = request.key;
    let row = params![
        key.saga.to_string(),
        column(key.step),
        state,
        result,
        undo_data
    ];
    statement.execute(row).map(drop)
}

/// Moves the row to undone and returns the undo data; nothing, if it was undone before.
fn undo(connection: &Connection, request: Request) -> rusqlite::Result<Option<String>> {
    let mut statement = connection.prepare_cached(&for_one_row(sql::SQLITE_UNDO, 2))?;
    let key = params![request.key.saga.to_string(), column(request.key.step)];
    let undo_data: Option<Option<String>> =
        statement.query_row(key, |row| row.get(0)).optional()?;
    Ok(undo_data.map(Option::unwrap_or_default))
}
