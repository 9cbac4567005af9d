//! Applies one request inside your own SQLite transaction.
//!
//! The statements are those of [`sql`], and the decision is `next` in `request.rs`. This module and `postgres.rs`
//! only run them, each in the manner of its engine.

use rusqlite::{Connection, OptionalExtension, params};

use crate::{
    BarrierError, Reply, Request, Verdict, initial_state,
    request::{Found, Next, StoredRow, next, step_column},
    sql,
};

type Error<E> = BarrierError<rusqlite::Error, E>;

/// Applies one request: inserts the step's row, then runs `action`, runs `compensation`, or only replies.
///
/// Call it inside a transaction that began with `BEGIN IMMEDIATE`, and commit before you send the reply. A deferred
/// transaction is safe too, but it can fail with `SQLITE_BUSY` when it upgrades from a read lock to the write lock.
/// The tables must exist: see [`sql::SQLITE_TABLE`] and [`sql::SQLITE_WATERMARK_TABLE`].
///
/// A request for a saga below the retention watermark is [`Reply::Stale`], whether or not its row is deleted.
///
/// Neither closure runs twice for one step, and `action` never runs after its compensation. `compensation` receives the undo
/// data that `action` returned.
///
/// ```
/// use likewise_barrier::{Op, Reply, Request, SagaId, StepKey, Verdict, sql, sqlite};
/// use rusqlite::{Connection, TransactionBehavior};
///
/// let mut connection = Connection::open_in_memory()?;
/// connection.execute_batch(sql::SQLITE_TABLE)?;
/// connection.execute_batch(sql::SQLITE_WATERMARK_TABLE)?;
/// connection.execute_batch("CREATE TABLE stock (items INTEGER); INSERT INTO stock VALUES (10)")?;
///
/// let key = StepKey { saga: SagaId(uuid::Uuid::from_u128(1)), step: 0 };
/// let request = Request { key, op: Op::Do, fingerprint: 42, now_micros: 0 };
/// for _ in 0..2 {
///     let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
///     let reply = sqlite::apply(
///         &tx,
///         request,
///         |tx| {
///             tx.execute("UPDATE stock SET items = items - 1", [])?;
///             Ok::<_, rusqlite::Error>(Verdict::Done { result: "reserved".into(), undo_data: "1".into() })
///         },
///         |tx, items| tx.execute("UPDATE stock SET items = items + ?1", [items]).map(drop),
///     )?;
///     tx.commit()?;
///     assert_eq!(reply, Reply::Done { result: "reserved".into() });
/// }
///
/// // The second request was a repeat: it got the same reply and changed nothing.
/// let items: i64 = connection.query_row("SELECT items FROM stock", [], |row| row.get(0))?;
/// assert_eq!(items, 9);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`BarrierError`]: roll the transaction back. Nothing was done then.
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
    let found = insert_or_read(connection, request).map_err(BarrierError::Database)?;
    match next(found, &request)? {
        Next::Act => {
            let verdict = action(connection).map_err(BarrierError::Step)?;
            settle(connection, request, &verdict).map_err(BarrierError::Database)?;
            Ok(verdict.into_reply())
        }
        Next::Compensate => {
            let undone = set_undone(connection, request).map_err(BarrierError::Database)?;
            if let Some(undo_data) = undone {
                compensation(connection, undo_data).map_err(BarrierError::Step)?;
            }
            Ok(Reply::Undone)
        }
        Next::Reply(reply) => Ok(reply),
    }
}

/// A batch statement for one row of `columns` columns. Its next argument, `$2`, follows the row.
fn for_one_row(statement: &str, columns: usize) -> String {
    let row: Vec<String> = (1..=columns).map(|number| format!("?{number}")).collect();
    let next_argument = format!("?{}", columns + 1);
    let text = statement.replace("$rows", &format!("({})", row.join(",")));
    text.replace("$2", &next_argument)
}

/// Inserts the step's row. If there is a row already, reads and returns that one.
fn insert_or_read(connection: &Connection, request: Request) -> rusqlite::Result<Found> {
    match insert(connection, request)? {
        true => Ok(Found::Nothing),
        false => read(connection, request).map(|row| row.map_or(Found::Stale, Found::Row)),
    }
}

/// Returns whether the row was inserted. If not, there is a row already, or the saga is below the watermark.
fn insert(connection: &Connection, request: Request) -> rusqlite::Result<bool> {
    let mut statement = connection.prepare_cached(&for_one_row(sql::SQLITE_INSERT, 6))?;
    let inserted = statement.execute(params![
        request.key.saga.to_string(),
        step_column(request.key.step),
        initial_state(request.op).code(),
        request.fingerprint,
        None::<&str>,
        None::<&str>,
        request.now_micros,
    ])?;
    Ok(inserted == 1)
}

/// Reads the row that was not inserted. There is none if the saga is below the watermark.
fn read(connection: &Connection, request: Request) -> rusqlite::Result<Option<StoredRow>> {
    let mut statement = connection.prepare_cached(&for_one_row(sql::SQLITE_READ, 2))?;
    let key = params![request.key.saga.to_string(), step_column(request.key.step)];
    let row = statement.query_row(key, |row| {
        Ok(StoredRow {
            state: row.get(2)?,
            fingerprint: row.get(3)?,
            result: row.get(4)?,
        })
    });
    row.optional()
}

fn settle(connection: &Connection, request: Request, verdict: &Verdict) -> rusqlite::Result<()> {
    let (state, result, undo_data) = verdict.columns();
    let mut statement = connection.prepare_cached(&for_one_row(sql::SQLITE_SETTLE, 5))?;
    let key = request.key;
    let row = params![
        key.saga.to_string(),
        step_column(key.step),
        state,
        result,
        undo_data
    ];
    statement.execute(row).map(drop)
}

/// Sets the row from done to undone and returns the undo data. `None` if it was undone before.
fn set_undone(connection: &Connection, request: Request) -> rusqlite::Result<Option<String>> {
    let mut statement = connection.prepare_cached(&for_one_row(sql::SQLITE_UNDO, 2))?;
    let key = params![request.key.saga.to_string(), step_column(request.key.step)];
    let undo_data: Option<Option<String>> =
        statement.query_row(key, |row| row.get(0)).optional()?;
    Ok(undo_data.map(Option::unwrap_or_default))
}
