//! The rows in which two states of a database differ, in words: a database may have thousands of rows, and a reader needs the
//! few that changed.
//!
//! A state is the text of queries that each return an array of rows, every row an array of its columns.

use std::collections::BTreeMap;

use serde_json::{Deserializer, Value};

/// The rows that are named. With the longest rows, they fill a screen.
const ROWS_MAX: usize = 8;
/// The characters of a row that are shown.
const ROW_CHARS_MAX: usize = 100;

/// The rows that differ, each before and after, in the order of the states.
pub(super) fn changed_rows(before: &str, after: &str) -> String {
    let (before, after) = (rows(before), rows(after));
    let gone = without(&before, &after);
    let mut new = without(&after, &before);
    if gone.is_empty() && new.is_empty() {
        return "the same rows are in another order".to_owned();
    }
    let mut shown: Vec<String> = Vec::new();
    for row in gone.iter().take(ROWS_MAX) {
        shown.push(match take_nearest(row, &mut new) {
            Some(now) => format!("{} is now {}", text(row), text(now)),
            None => format!("{} is gone", text(row)),
        });
    }
    let added = new.len().min(ROWS_MAX - shown.len());
    let is_new = new
        .iter()
        .take(added)
        .map(|row| format!("{} is new", text(row)));
    shown.extend(is_new);
    let gone_left = gone.len().saturating_sub(ROWS_MAX);
    let more = match gone_left.max(new.len() - added) {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    format!("{}{more}", shown.join("; "))
}

/// The rows of a state. A text that is no JSON has its lines for rows.
fn rows(state: &str) -> Vec<Value> {
    let mut rows = Vec::new();
    for value in Deserializer::from_str(state).into_iter::<Value>() {
        match value {
            Ok(value) => add_rows(value, &mut rows),
            Err(_) => return state.lines().map(Value::from).collect(),
        }
    }
    rows
}

/// Adds a row, or the rows of an array of rows.
fn add_rows(value: Value, rows: &mut Vec<Value>) {
    match value {
        Value::Array(all) if all.iter().all(Value::is_array) => {
            for value in all {
                add_rows(value, rows);
            }
        }
        row => rows.push(row),
    }
}

/// The rows of a state that are not in the other one. Equal rows are counted.
fn without<'r>(rows: &'r [Value], other: &[Value]) -> Vec<&'r Value> {
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    for row in other {
        *known.entry(row.to_string()).or_default() += 1;
    }
    let mut missing = Vec::new();
    for row in rows {
        match known.get_mut(&row.to_string()) {
            Some(left) if *left > 0 => *left -= 1,
            _ => missing.push(row),
        }
    }
    missing
}

/// Takes the row that a row has become: the one that shares most of its first columns, which are its key.
fn take_nearest<'r>(row: &Value, among: &mut Vec<&'r Value>) -> Option<&'r Value> {
    let shared = |other: &Value| {
        let columns = |row: &Value| row.as_array().cloned().unwrap_or_default();
        let both = columns(row).into_iter().zip(columns(other));
        both.take_while(|(one, other)| one == other).count()
    };
    let (place, shared) = (among.iter().enumerate())
        .map(|(place, other)| (place, shared(other)))
        .rev()
        .max_by_key(|(_, shared)| *shared)?;
    (shared > 0).then(|| among.remove(place))
}

fn text(row: &Value) -> String {
    let text = row.to_string();
    match text.char_indices().nth(ROW_CHARS_MAX) {
        None => text,
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn accounts(number: i64, of_seventh: i64) -> String {
        let rows = (0..number).map(|account| {
            let cents = if account == 7 { of_seventh } else { 100 };
            json!([account, "balance", cents])
        });
        json!([rows.collect::<Vec<_>>()]).to_string()
    }

    #[test]
    fn one_changed_row_of_many_is_shown_alone() {
        let changed = changed_rows(&accounts(5_000, 1), &accounts(5_000, 2));
        assert_eq!(changed, r#"[7,"balance",1] is now [7,"balance",2]"#);
    }

    /// The states of a participant are two queries: the effects, and the rows of the barrier.
    #[test]
    fn rows_that_are_new_and_gone_are_found_in_each_part_of_a_state() {
        let changed = changed_rows("[[1,5]][[9,0]]", "[[2,5]][]");
        assert_eq!(changed, "[1,5] is gone; [9,0] is gone; [2,5] is new");
        assert_eq!(changed_rows("[[1],[1]]", "[[1]]"), "[1] is gone");
        assert_eq!(
            changed_rows("[[1],[2]]", "[[2],[1]]"),
            "the same rows are in another order"
        );
    }

    #[test]
    fn more_than_a_screenful_is_counted() {
        let long = "x".repeat(10_000);
        let state = |first: i64, seen: i64| {
            let rows = (first..first + 500).map(|account| json!([account, seen, long]));
            Value::from_iter(rows).to_string()
        };
        let changed = changed_rows(&state(0, 1), &state(0, 2));
        assert!(changed.chars().count() < 80 * 24, "{changed}");
        assert!(changed.starts_with(r#"[0,1,"xxx"#), "{changed}");
        assert!(changed.ends_with("; and 492 more"), "{changed}");
        let others = changed_rows(&state(0, 1), &state(500, 1));
        assert!(others.ends_with("; and 500 more"), "{others}");
    }

    #[test]
    fn a_text_that_is_no_json_is_compared_by_lines() {
        assert_eq!(changed_rows("a\nb", "a\nc"), r#""b" is gone; "c" is new"#);
    }
}
