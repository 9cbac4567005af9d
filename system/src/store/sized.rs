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

use sqlx::{query::Query, sqlite::SqliteArguments};

use super::{
    batch::{Batch, Column},
    tx::{Arg, Statement},
};

/// What stands in a statement where its rows go.
const ROWS: &str = "$rows";
/// How a transaction begins. Immediate: it locks the file before anything is read.
const BEGIN: &str = "BEGIN IMMEDIATE;\n";

/// Texts by the addresses of their statements' texts, the rows, and whether they begin a transaction. One for each
/// statements and power of two at most, so they are kept for ever.
static TEXTS: Mutex<BTreeMap<Key, &'static str>> = Mutex::new(BTreeMap::new());

type Key = (Vec<usize>, usize, bool);

/// One of the statements of a text.
struct Part {
    statement: &'static str,
    /// How many columns its batch has, if it takes one.
    columns: Option<usize>,
    /// How many arguments it takes, the batch included.
    args: usize,
}

/// Statements as one query, with their arguments; `begins` goes before them.
///
/// The fields of all batches come first, then everything else: so are the arguments numbered in the text.
pub(super) fn query(
    statements: Vec<Statement>,
    begins: bool,
) -> Query<'static, sqlx::Sqlite, SqliteArguments> {
    let batches = statements.iter().filter_map(Statement::batch);
    let rows = batches.map(Batch::rows).max().map(rows_of_text);
    let rows = rows.unwrap_or(0);
    let parts: Vec<Part> = statements.iter().map(part).collect();
    let mut query = sqlx::query(text(&parts, rows, begins));
    let mut others = Vec::new();
    for arg in statements.into_iter().flat_map(|statement| statement.args) {
        match arg {
            Arg::Batch(batch) => query = bind_rows(query, batch, rows),
            other => others.push(other),
        }
    }
    others.into_iter().fold(query, |query, arg| match arg {
        Arg::Int(value) => query.bind(value),
        Arg::Text(value) => query.bind(value),
        Arg::Batch(_) => query,
    })
}

fn part(statement: &Statement) -> Part {
    let (sql, batch) = (statement.sql, statement.batch());
    if let Some(batch) = batch {
        debug_assert!(batch.fits(sql.sqlite), "{} takes other columns", sql.name);
    }
    Part {
        statement: sql.sqlite,
        columns: batch.map(|batch| batch.columns.len()),
        args: statement.args.len(),
    }
}

/// Row by row, then the rows too many.
fn bind_rows(
    mut query: Query<'static, sqlx::Sqlite, SqliteArguments>,
    mut batch: Batch,
    rows_of_text: usize,
) -> Query<'static, sqlx::Sqlite, SqliteArguments> {
    let rows = batch.rows();
    for row in 0..rows {
        for (_, column) in &mut batch.columns {
            query = match column {
                Column::Ints(values) => query.bind(values[row]),
                Column::Texts(values) => query.bind(values[row].take()),
                Column::Uuids(values) => query.bind(values[row].to_string()),
            };
        }
    }
    let too_many = (rows_of_text - rows) * batch.columns.len();
    (0..too_many).fold(query, |query, _| query.bind(None::<i64>))
}

/// How many rows the text has that takes so many.
fn rows_of_text(rows: usize) -> usize {
    rows.next_power_of_two()
}

/// The text of these statements, each with a batch of so many rows. The arguments after the batch, `$2` and so on, are
/// numbered behind the fields of all batches, in the order of the statements.
fn text(parts: &[Part], rows: usize, begins: bool) -> &'static str {
    let addresses = parts.iter().map(|part| part.statement.as_ptr() as usize);
    let key = (addresses.collect(), rows, begins);
    let mut texts = TEXTS.lock().unwrap_or_else(PoisonError::into_inner);
    texts
        .entry(key)
        .or_insert_with(|| write(parts, rows, begins).leak())
}

fn write(parts: &[Part], rows: usize, begins: bool) -> String {
    let fields: usize = parts.iter().filter_map(|part| part.columns).sum();
    let mut behind = fields * rows;
    let mut texts = Vec::new();
    for part in parts {
        let mut text = part.statement.trim_end().to_owned();
        let batches = usize::from(part.columns.is_some());
        // From the last one on: `$1` is the beginning of `$10`.
        for other in (batches + 1..=part.args).rev() {
            let number = behind + other - batches;
            text = text.replace(&format!("${other}"), &format!("$b{number}"));
        }
        behind += part.args - batches;
        let row = format!("({})", vec!["?"; part.columns.unwrap_or(0)].join(","));
        let text = text.replace("$b", "$");
        texts.push(text.replace(ROWS, &vec![row; rows].join(",")));
    }
    let begin = if begins { BEGIN } else { "" };
    format!("{begin}{}", texts.join(";\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BATCH: Part = Part {
        statement: "WITH r (a, b) AS (VALUES $rows) SELECT a, b, $2, $3, $2 FROM r\n",
        columns: Some(2),
        args: 3,
    };
    const PLAIN: Part = Part {
        statement: "SELECT $2, $1",
        columns: None,
        args: 2,
    };

    #[test]
    fn the_rows_of_a_text_are_a_power_of_two_and_other_arguments_stand_behind() {
        assert_eq!(
            text(&[BATCH], rows_of_text(3), false),
            "WITH r (a, b) AS (VALUES (?,?),(?,?),(?,?),(?,?)) SELECT a, b, $9, $10, $9 FROM r"
        );
        assert_eq!(
            text(&[BATCH], rows_of_text(0), true),
            "BEGIN IMMEDIATE;\nWITH r (a, b) AS (VALUES (?,?)) SELECT a, b, $3, $4, $3 FROM r"
        );
    }

    #[test]
    fn the_arguments_of_several_statements_are_numbered_one_after_another() {
        assert_eq!(
            text(&[PLAIN, BATCH, PLAIN], 1, false),
            "SELECT $4, $3;\n\
             WITH r (a, b) AS (VALUES (?,?)) SELECT a, b, $5, $6, $5 FROM r;\n\
             SELECT $8, $7"
        );
    }
}
