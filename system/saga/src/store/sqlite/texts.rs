//! The texts of statements for SQLite, written for the number of rows in a batch.
//!
//! SQLite takes no arrays, and one JSON document with all rows costs more than all other work: SQLite makes text of each
//! row and parses it again for every field. So a batch is a `VALUES` list with one argument for each field. A text is
//! written for a power of two of rows, so that few texts serve all batches. The surplus rows are NULL, and the statements
//! skip them.

use std::collections::BTreeMap;

use crate::store::statement::Statement;

/// Stands in a statement for the rows of its batch.
const ROWS: &str = "$rows";

/// The texts that one connection has used.
///
/// There is one for each statement and power of two. Statements are constants of the program and batches are bounded, so
/// nothing has to be evicted.
#[derive(Default)]
pub(super) struct StatementTexts {
    /// By the address of the statement's own text, and the number of rows.
    texts: BTreeMap<(usize, usize), Box<str>>,
}

impl StatementTexts {
    /// The text of a statement for the rows of its batch.
    pub(super) fn of(&mut self, statement: &Statement) -> &str {
        let (sql, batch) = (statement.sql, statement.batch());
        if let Some(batch) = batch {
            debug_assert!(
                batch.matches_columns_of(sql.sqlite),
                "{} has other columns",
                sql.name
            );
        }
        let rows = batch.map_or(0, |batch| rows_in_text(batch.rows()));
        let key = (sql.sqlite.as_ptr() as usize, rows);
        self.texts.entry(key).or_insert_with(|| {
            let columns = batch.map(|batch| batch.columns.len());
            write(sql.sqlite, columns, rows, statement.args.len()).into()
        })
    }
}

/// How many rows the text has that serves a batch of `rows` rows.
pub(super) fn rows_in_text(rows: usize) -> usize {
    rows.next_power_of_two()
}

/// Writes the text of a statement. `columns` is the width of its batch, if it takes one. The fields of the batch are the
/// first arguments; the others, `$2` and so on, are numbered behind them.
fn write(statement: &str, columns: Option<usize>, rows: usize, args: usize) -> String {
    let batches = usize::from(columns.is_some());
    let fields = rows * columns.unwrap_or(0);
    let mut text = statement.trim_end().to_owned();
    // From the last argument to the first, because `$1` is a prefix of `$10`.
    for arg in (batches + 1..=args).rev() {
        let number = fields + arg - batches;
        text = text.replace(&format!("${arg}"), &format!("?{number}"));
    }
    // SQLite numbers a plain `?` after the highest number before it, so no number may stand before the rows.
    let before = text.split(ROWS).next().unwrap_or_default();
    debug_assert!(
        columns.is_none() || !before.contains('?'),
        "an argument stands before the rows: {statement}"
    );
    let row = format!("({})", vec!["?"; columns.unwrap_or(0)].join(","));
    text.replace(ROWS, &vec![row; rows].join(","))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{batch::Batch, statement::Sql};

    static SELECT: Sql = Sql {
        name: "select",
        sqlite: "WITH r (x) AS (VALUES $rows) SELECT x FROM r",
        postgres: "",
    };

    #[test]
    fn a_text_has_a_power_of_two_of_rows_and_the_other_arguments_behind_them() {
        let statement = "WITH r (a, b) AS (VALUES $rows) SELECT a, b, $2, $3, $2 FROM r\n";
        assert_eq!(
            write(statement, Some(2), rows_in_text(3), 3),
            "WITH r (a, b) AS (VALUES (?,?),(?,?),(?,?),(?,?)) SELECT a, b, ?9, ?10, ?9 FROM r"
        );
        assert_eq!(
            write(statement, Some(2), rows_in_text(0), 3),
            "WITH r (a, b) AS (VALUES (?,?)) SELECT a, b, ?3, ?4, ?3 FROM r"
        );
    }

    #[test]
    fn arguments_without_a_batch_keep_their_numbers() {
        assert_eq!(write("SELECT $2, $1", None, 0, 2), "SELECT ?2, ?1");
    }

    #[test]
    fn batches_of_three_and_of_four_rows_share_a_text() {
        let mut texts = StatementTexts::default();
        let mut text = |rows: i64| {
            let batch = Batch::default().ints("x", 0..rows);
            texts.of(&SELECT.with([batch.into()])).to_owned()
        };
        assert_eq!(text(3), text(4));
        assert_ne!(text(4), text(5));
        assert_eq!(texts.texts.len(), 2);
    }
}
