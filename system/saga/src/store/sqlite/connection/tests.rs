//! Statements and transactions on a connection, in memory.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::*;
use crate::store::{
    batch::Batch,
    statement::{Arg, Sql},
};

static INSERT: Sql = Sql {
    name: "insert",
    sqlite: "WITH r (x) AS (VALUES $rows) INSERT INTO t SELECT r.x FROM r WHERE r.x IS NOT NULL AND r.x < $2",
    postgres: "",
};
static SELECT_ALL_EXCEPT: Sql = Sql {
    name: "select_all_except",
    sqlite: "SELECT x FROM t WHERE x <> $1 ORDER BY x",
    postgres: "",
};

/// A database in memory with a table `t (x)`.
pub(in crate::store) fn with_table() -> SqliteConnection {
    let driver = rusqlite::Connection::open_in_memory().unwrap();
    let connection = SqliteConnection::from(driver);
    connection.execute_cached("CREATE TABLE t (x)").unwrap();
    connection
}

fn insert(connection: &SqliteConnection, values: &[i64], below: i64) -> Outcome {
    let batch = Batch::default().ints("x", values.iter().copied());
    let statement = INSERT.with([batch.into(), below.into()]);
    connection.run(statement).unwrap()
}

fn stored_except(connection: &SqliteConnection, except: i64) -> Vec<i64> {
    let statement = SELECT_ALL_EXCEPT.with([Arg::Int(except)]);
    let rows = connection.run(statement).unwrap().rows;
    rows.iter().map(|row| row.int(0).unwrap()).collect()
}

#[test]
fn a_statement_returns_its_rows_and_counts_its_changes() {
    let mut connection = with_table();
    let transaction = connection.begin().unwrap();
    let outcome = insert(transaction.0, &[1, 2, 7], 5);
    assert_eq!((outcome.changed, outcome.last_row_id), (2, Some(2)));
    // Three rows use the text for four, as before. The arguments of the earlier run must not come back.
    assert_eq!(insert(transaction.0, &[8, 3, 4], 9).changed, 3);
    assert_eq!(insert(transaction.0, &[5, 6, 0, 0], 1).changed, 2);
    transaction.commit().unwrap();
    assert_eq!(stored_except(&connection, 2), [0, 0, 1, 3, 4, 8]);
    assert_eq!(stored_except(&connection, 1), [0, 0, 2, 3, 4, 8]);
}

#[test]
fn a_dropped_transaction_is_rolled_back() {
    let mut connection = with_table();
    let transaction = connection.begin().unwrap();
    insert(transaction.0, &[1], 5);
    drop(transaction);
    assert_eq!(stored_except(&connection, 99), [0; 0]);
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let transaction = connection.begin().unwrap();
        insert(transaction.0, &[2], 5);
        panic!("inside of a transaction");
    }));
    assert!(panicked.is_err());
    assert_eq!(stored_except(&connection, 99), [0; 0]);
}

#[test]
fn a_transaction_that_sqlite_rolled_back_does_not_block_the_next() {
    let mut connection = with_table();
    let transaction = connection.begin().unwrap();
    insert(transaction.0, &[1], 5);
    // SQLite does the same on a full disk.
    transaction.0.execute_cached("ROLLBACK").unwrap();
    assert!(transaction.commit().is_err());
    let transaction = connection.begin().unwrap();
    insert(transaction.0, &[2], 5);
    transaction.commit().unwrap();
    assert_eq!(stored_except(&connection, 99), [2]);
}

#[test]
fn a_transaction_that_was_left_open_does_not_block_the_next() {
    let mut connection = with_table();
    connection.execute_cached(BEGIN).unwrap();
    insert(&connection, &[1], 5);
    let transaction = connection.begin().unwrap();
    insert(transaction.0, &[2], 5);
    transaction.commit().unwrap();
    assert_eq!(stored_except(&connection, 99), [2]);
}
