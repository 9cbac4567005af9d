//! The text of a batch statement for SQLite, for so many rows.
//!
//! SQLite takes no arrays, and rows as one JSON document cost it more than all the rest: it makes text of a row
//! and reads it again for every field. So a batch is `VALUES` with an argument a field. A text is
//! prepared for sizes that are powers of two; the rows too many are NULL, and the statements leave
//! those out.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

/// What stands in a statement where its rows go.
const ROWS: &str = "$rows";

/// Texts by the address of their statement's text, and the rows. One a statement and power of two
/// at most, so they are kept for ever.
static TEXTS: Mutex<BTreeMap<(usize, usize), &'static str>> = Mutex::new(BTreeMap::new());

/// How many rows the text has that takes so many.
pub(super) fn rows_of_text(rows: usize) -> usize {
    rows.next_power_of_two()
}

/// The text for rows of so many columns. The arguments after the batch, `$2` to `$others`, are numbered behind its
/// fields.
pub(super) fn text(
    statement: &'static str,
    rows: usize,
    columns: usize,
    others: usize,
) -> &'static str {
    let rows = rows_of_text(rows);
    let key = (statement.as_ptr() as usize, rows);
    let mut texts = TEXTS.lock().unwrap_or_else(PoisonError::into_inner);
    texts
        .entry(key)
        .or_insert_with(|| write(statement, rows, columns, others).leak())
}

fn write(statement: &str, rows: usize, columns: usize, others: usize) -> String {
    let row = format!("({})", vec!["?"; columns].join(","));
    let mut text = statement.to_owned();
    for other in 2..=others {
        let behind = format!("$b{}", rows * columns + other - 1);
        text = text.replace(&format!("${other}"), &behind);
    }
    text.replace("$b", "$")
        .replace(ROWS, &vec![row; rows].join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rows_of_a_text_are_a_power_of_two_and_other_arguments_stand_behind() {
        let statement = "WITH r (a, b) AS (VALUES $rows) SELECT a, b, $2, $3, $2 FROM r";
        assert_eq!(
            text(statement, 3, 2, 3),
            "WITH r (a, b) AS (VALUES (?,?),(?,?),(?,?),(?,?)) SELECT a, b, $9, $10, $9 FROM r"
        );
        assert_eq!(
            text(statement, 0, 2, 3),
            "WITH r (a, b) AS (VALUES (?,?)) SELECT a, b, $3, $4, $3 FROM r"
        );
    }
}
