//! The text of batch statements for SQLite, for so many rows.
//!
//! SQLite takes no arrays, and rows as one JSON document cost it more than all the rest: it makes text of a row
//! and reads it again for every field. So a batch is `VALUES` with an argument a field. A text is
//! prepared for sizes that are powers of two; the rows too many are NULL, and the statements leave
//! those out.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use rusqlite::CachedStatement;
use uuid::fmt::Hyphenated;

use crate::store::{
    batch::{Batch, Column},
    statement::{Arg, Statement},
};

/// What stands in a statement where its rows go.
const ROWS: &str = "$rows";

/// Texts by the address of their statement's text and the rows: one for each statement and power of two at most, so
/// they are kept for ever.
static TEXTS: Mutex<BTreeMap<(usize, usize), &'static str>> = Mutex::new(BTreeMap::new());

/// The text of a statement for the rows that it takes.
pub(crate) fn text(statement: &Statement) -> &'static str {
    let (sql, batch) = (statement.sql, statement.batch());
    if let Some(batch) = batch {
        debug_assert!(batch.fits(sql.sqlite), "{} takes other columns", sql.name);
    }
    let rows = batch.map_or(0, |batch| rows_of_text(batch.rows()));
    let columns = batch.map(|batch| batch.columns.len());
    let mut texts = TEXTS.lock().unwrap_or_else(PoisonError::into_inner);
    texts
        .entry((sql.sqlite.as_ptr() as usize, rows))
        .or_insert_with(|| write(sql.sqlite, columns, rows, statement.args.len()).leak())
}

/// Gives a statement its arguments: a batch row by row, then the others. The rows too many have none.
///
/// # Errors
/// It takes fewer.
pub(crate) fn bind(prepared: &mut CachedStatement<'_>, args: Vec<Arg>) -> rusqlite::Result<()> {
    let mut place = 0;
    for arg in args {
        match arg {
            Arg::Int(value) => {
                place += 1;
                prepared.raw_bind_parameter(place, value)?;
            }
            Arg::Text(value) => {
                place += 1;
                prepared.raw_bind_parameter(place, value)?;
            }
            Arg::Batch(batch) => {
                bind_rows(prepared, &batch)?;
                place = rows_of_text(batch.rows()) * batch.columns.len();
            }
        }
    }
    Ok(())
}

fn bind_rows(prepared: &mut CachedStatement<'_>, batch: &Batch) -> rusqlite::Result<()> {
    let columns = batch.columns.len();
    let mut text = [0; Hyphenated::LENGTH];
    for (at, (_, column)) in batch.columns.iter().enumerate() {
        for row in 0..batch.rows() {
            let place = row * columns + at + 1;
            match column {
                Column::Ints(values) => prepared.raw_bind_parameter(place, values[row])?,
                Column::Texts(values) => prepared.raw_bind_parameter(place, &values[row])?,
                Column::Uuids(values) => {
                    let text = &*values[row].hyphenated().encode_lower(&mut text);
                    prepared.raw_bind_parameter(place, text)?;
                }
            }
        }
    }
    Ok(())
}

/// How many rows the text has that takes so many.
fn rows_of_text(rows: usize) -> usize {
    rows.next_power_of_two()
}

/// The text of a statement with a batch of so many rows, if it takes one of so many columns. The arguments behind it,
/// `$2` and so on, are numbered behind its fields.
fn write(statement: &str, columns: Option<usize>, rows: usize, args: usize) -> String {
    let batches = usize::from(columns.is_some());
    let fields = rows * columns.unwrap_or(0);
    let mut text = statement.trim_end().to_owned();
    // From the last one on: `$1` is the beginning of `$10`.
    for other in (batches + 1..=args).rev() {
        let number = fields + other - batches;
        text = text.replace(&format!("${other}"), &format!("?{number}"));
    }
    // SQLite numbers the fields itself, from the highest number before them.
    let before = text.split(ROWS).next().unwrap_or_default();
    debug_assert!(
        columns.is_none() || !before.contains('?'),
        "its rows come first: {statement}"
    );
    let row = format!("({})", vec!["?"; columns.unwrap_or(0)].join(","));
    text.replace(ROWS, &vec![row; rows].join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rows_of_a_text_are_a_power_of_two_and_other_arguments_stand_behind() {
        let statement = "WITH r (a, b) AS (VALUES $rows) SELECT a, b, $2, $3, $2 FROM r\n";
        assert_eq!(
            write(statement, Some(2), rows_of_text(3), 3),
            "WITH r (a, b) AS (VALUES (?,?),(?,?),(?,?),(?,?)) SELECT a, b, ?9, ?10, ?9 FROM r"
        );
        assert_eq!(
            write(statement, Some(2), rows_of_text(0), 3),
            "WITH r (a, b) AS (VALUES (?,?)) SELECT a, b, ?3, ?4, ?3 FROM r"
        );
    }

    #[test]
    fn arguments_without_a_batch_keep_their_numbers() {
        assert_eq!(write("SELECT $2, $1", None, 0, 2), "SELECT ?2, ?1");
    }
}
