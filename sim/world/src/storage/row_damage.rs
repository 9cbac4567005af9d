//! A row of the saga log that somebody damages while the coordinator is down, and its repair from a backup.
//!
//! Both happen when the process opens its file, before it reads a row. The checks do not see these writes: for them the
//! saga stays as it was, and must end once the row is restored.

use likewise_saga::{
    id::SagaId,
    store::{SqliteConnection, StoreError},
};
use rusqlite::OptionalExtension;
use uuid::Uuid;

use crate::{
    handle::World,
    plan::{Host, SagaColumn},
    record::EventKind,
};

/// What is written over the column. It is no JSON.
const TORN: &str = "torn";

/// What somebody has done to a row, or is about to do.
#[derive(Debug, Default)]
pub(crate) enum RowDamage {
    /// Nothing.
    #[default]
    None,
    /// A column of the first open saga is damaged before the process starts again.
    Planned(SagaColumn),
    /// A row is damaged.
    Done(DamagedRow),
}

/// A damaged row, with what the backup holds.
#[derive(Debug)]
pub(crate) struct DamagedRow {
    saga: Uuid,
    column: SagaColumn,
    content: Option<String>,
}

impl RowDamage {
    /// Whether nobody has done anything.
    pub(crate) fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }

    /// Whether a row is damaged.
    pub(crate) fn is_done(&self) -> bool {
        matches!(self, Self::Done(_))
    }
}

/// Damages a row, or restores it once the run has healed. A broken disk may prevent either; then the next start does it.
pub(super) fn at_start(
    world: &World,
    host: Host,
    connection: &SqliteConnection,
) -> Result<(), StoreError> {
    let taken = world.machine(host, |machine| std::mem::take(&mut machine.row_damage));
    let has_healed = world.with_checker(|checker| checker.has_healed());
    let (damage, result) = match taken.unwrap_or_default() {
        RowDamage::Planned(column) if !has_healed => {
            match damage(world, host, connection, column) {
                Ok(row) => (row.map_or(RowDamage::None, RowDamage::Done), Ok(())),
                Err(error) => (RowDamage::Planned(column), Err(error)),
            }
        }
        RowDamage::Done(row) if has_healed => match restore(world, host, connection, &row) {
            Ok(()) => (RowDamage::None, Ok(())),
            Err(error) => (RowDamage::Done(row), Err(error)),
        },
        RowDamage::Done(row) => (RowDamage::Done(row), Ok(())),
        RowDamage::None | RowDamage::Planned(_) => (RowDamage::None, Ok(())),
    };
    world.machine(host, |machine| machine.row_damage = damage);
    Ok(result?)
}

/// Damages the row of the first open saga. `None` if there is none.
fn damage(
    world: &World,
    host: Host,
    connection: &SqliteConnection,
    column: SagaColumn,
) -> rusqlite::Result<Option<DamagedRow>> {
    // The column `subject` holds the key of the saga's lock. The saga is compensating if it has a change.
    let select = format!(
        "SELECT id, subject, args, {column}, status = 2 FROM saga_states WHERE status IN (0, 2) ORDER BY id LIMIT 1"
    );
    type Found = (String, String, Option<String>, Option<String>, bool);
    let read = |row: &rusqlite::Row<'_>| -> rusqlite::Result<Found> { row.try_into() };
    let driver = connection.driver();
    let found = driver.query_row(&select, [], read).optional()?;
    let Some((id, lock_key, args, content, is_compensating)) = found else {
        return Ok(None);
    };
    // A running saga has neither steps nor an outcome in the log.
    let (column, content) = match is_compensating {
        true => (column, content),
        false => (SagaColumn::Args, args),
    };
    write(connection, column, Some(TORN), &id)?;
    let saga = id.parse().unwrap_or_default();
    world.row_damaged(host, SagaId(saga), column, lock_key);
    Ok(Some(DamagedRow {
        saga,
        column,
        content,
    }))
}

/// Writes back what the backup holds.
fn restore(
    world: &World,
    host: Host,
    connection: &SqliteConnection,
    row: &DamagedRow,
) -> rusqlite::Result<()> {
    let id = row.saga.to_string();
    write(connection, row.column, row.content.as_deref(), &id)?;
    let saga = world.lock().number(SagaId(row.saga));
    world.note(host, EventKind::RowRestored { saga });
    Ok(())
}

fn write(
    connection: &SqliteConnection,
    column: SagaColumn,
    content: Option<&str>,
    id: &str,
) -> rusqlite::Result<()> {
    let update = match column {
        SagaColumn::Args => "UPDATE sagas SET args = ?1 WHERE id = ?2".to_owned(),
        SagaColumn::Steps | SagaColumn::Outcome => {
            format!("UPDATE saga_changes SET {column} = ?1 WHERE saga = ?2 AND to_status = 2")
        }
    };
    connection.driver().execute(&update, (content, id))?;
    Ok(())
}
