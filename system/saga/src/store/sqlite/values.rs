//! Binds arguments to a prepared statement of SQLite, and reads its rows.

use rusqlite::{CachedStatement, types::Value};
use uuid::fmt::Hyphenated;

use super::texts::rows_in_text;
use crate::store::{
    batch::{Batch, Column},
    row::Row,
    statement::Arg,
};

/// Binds the arguments of a statement: the batch row by row, then the others. The surplus rows of the text stay NULL.
///
/// # Errors
/// SQLite's: the statement has fewer parameters.
pub(super) fn bind(prepared: &mut CachedStatement<'_>, args: Vec<Arg>) -> rusqlite::Result<()> {
    let mut parameter = 0;
    for arg in args {
        match arg {
            Arg::Int(value) => {
                parameter += 1;
                prepared.raw_bind_parameter(parameter, value)?;
            }
            Arg::Text(value) => {
                parameter += 1;
                prepared.raw_bind_parameter(parameter, value)?;
            }
            Arg::Batch(batch) => {
                bind_rows(prepared, parameter, &batch)?;
                parameter = rows_in_text(batch.rows()) * batch.columns.len();
            }
            Arg::Row(row) => {
                bind_rows(prepared, parameter, &row)?;
                parameter += row.columns.len();
            }
        }
    }
    Ok(())
}

/// Binds rows field by field, after the parameters up to `before`.
fn bind_rows(
    prepared: &mut CachedStatement<'_>,
    before: usize,
    batch: &Batch,
) -> rusqlite::Result<()> {
    let columns = batch.columns.len();
    let mut buffer = [0; Hyphenated::LENGTH];
    for (index, (_, column)) in batch.columns.iter().enumerate() {
        for row in 0..batch.rows() {
            // SQLite numbers parameters from 1.
            let parameter = before + row * columns + index + 1;
            match column {
                Column::Ints(values) => prepared.raw_bind_parameter(parameter, values[row])?,
                Column::Texts(values) => prepared.raw_bind_parameter(parameter, &values[row])?,
                Column::Uuids(values) => {
                    let text = &*values[row].hyphenated().encode_lower(&mut buffer);
                    prepared.raw_bind_parameter(parameter, text)?;
                }
            }
        }
    }
    Ok(())
}

/// Runs a statement whose arguments are bound, and reads all of its rows.
///
/// # Errors
/// SQLite's.
pub(super) fn rows(prepared: &mut CachedStatement<'_>) -> rusqlite::Result<Vec<Row>> {
    let columns = prepared.column_count();
    let mut rows = Vec::new();
    let mut results = prepared.raw_query();
    while let Some(row) = results.next()? {
        let values = (0..columns).map(|column| row.get(column));
        rows.push(Row::Sqlite(values.collect::<Result<Vec<Value>, _>>()?));
    }
    Ok(rows)
}
