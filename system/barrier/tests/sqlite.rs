//! `sqlite::apply` inside a transaction of the caller. `tests/postgres.rs` has the same cases. Needs the feature `sqlite`.
//!
//! The account stands for any service's data. Its effect is not idempotent by itself, so a barrier that lets a repeat
//! through shows in the balance.
#![cfg(feature = "sqlite")]

use likewise_barrier::{Op, Reply, Request, SagaId, StepKey, Verdict, sql, sqlite};
use rusqlite::{Connection, TransactionBehavior};
use uuid::Uuid;

/// An account with a balance of 100, and a step that debits 30 from it.
fn account() -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(sql::SQLITE_TABLE).unwrap();
    let watermarks = sql::SQLITE_WATERMARK_TABLE;
    connection.execute_batch(watermarks).unwrap();
    let account =
        "CREATE TABLE account (balance INTEGER NOT NULL); INSERT INTO account VALUES (100)";
    connection.execute_batch(account).unwrap();
    connection
}

fn balance(connection: &Connection) -> i64 {
    let text = "SELECT balance FROM account";
    connection.query_row(text, [], |row| row.get(0)).unwrap()
}

fn request(op: Op) -> Request {
    Request {
        key: StepKey {
            saga: SagaId(Uuid::from_u128(7)),
            step: 0,
        },
        op,
        fingerprint: 1,
        now_micros: 0,
    }
}

fn debit(connection: &mut Connection, request: Request) -> Reply {
    let tx = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .unwrap();
    let reply = sqlite::apply(
        &tx,
        request,
        |tx| {
            tx.execute("UPDATE account SET balance = balance - 30", [])?;
            Ok::<_, rusqlite::Error>(Verdict::Done {
                result: "debited".to_owned(),
                undo_data: "30".to_owned(),
            })
        },
        |tx, undo_data| {
            let amount: i64 = undo_data.parse().unwrap();
            tx.execute("UPDATE account SET balance = balance + ?1", [amount])
                .map(drop)
        },
    );
    let reply = reply.unwrap();
    tx.commit().unwrap();
    reply
}

/// A seal of a step that is done returns its result, too.
#[test]
fn a_repeated_action_runs_once_and_returns_the_same_result() {
    let mut connection = account();
    let done = Reply::Done {
        result: "debited".to_owned(),
    };
    assert_eq!(debit(&mut connection, request(Op::Do)), done);
    assert_eq!(debit(&mut connection, request(Op::Do)), done);
    assert_eq!(debit(&mut connection, request(Op::Seal)), done);
    assert_eq!(balance(&connection), 70);
}

/// The action comes once more at the end: undone is final.
#[test]
fn a_repeated_compensation_restores_once() {
    let mut connection = account();
    debit(&mut connection, request(Op::Do));
    assert_eq!(debit(&mut connection, request(Op::Undo)), Reply::Undone);
    assert_eq!(debit(&mut connection, request(Op::Undo)), Reply::Undone);
    assert_eq!(balance(&connection), 100);
    assert_eq!(debit(&mut connection, request(Op::Do)), Reply::Dead);
    assert_eq!(balance(&connection), 100);
}

/// The compensation leaves a tombstone, although it had nothing to do.
#[test]
fn an_action_that_arrives_after_its_compensation_has_no_effect() {
    let mut connection = account();
    assert_eq!(debit(&mut connection, request(Op::Undo)), Reply::Undone);
    assert_eq!(debit(&mut connection, request(Op::Do)), Reply::Dead);
    assert_eq!(balance(&connection), 100);
}

/// A caller that reuses a key must not get the result of another request.
#[test]
fn a_step_with_other_arguments_is_a_mismatch() {
    let mut connection = account();
    debit(&mut connection, request(Op::Do));
    let other = Request {
        fingerprint: 2,
        ..request(Op::Do)
    };
    assert_eq!(debit(&mut connection, other), Reply::Mismatch);
    assert_eq!(balance(&connection), 70);
}

/// The second request would succeed. It gets the first one's answer, because that may have been acted on.
#[test]
fn a_refusal_is_durable() {
    let mut connection = account();
    let refuse = |connection: &mut Connection| {
        let tx = connection.transaction().unwrap();
        let refused = sqlite::apply(
            &tx,
            request(Op::Do),
            |_| {
                Ok::<_, rusqlite::Error>(Verdict::Refused {
                    code: "closed".to_owned(),
                })
            },
            |_, _| Ok(()),
        );
        let refused = refused.unwrap();
        tx.commit().unwrap();
        refused
    };
    let refused = Reply::Refused {
        code: "closed".to_owned(),
    };
    assert_eq!(refuse(&mut connection), refused);
    assert_eq!(debit(&mut connection, request(Op::Do)), refused);
    assert_eq!(balance(&connection), 100);
}

/// Publishes a retention watermark.
fn raise(connection: &Connection, below: u128) {
    let statement = sql::SQLITE_WATERMARK_RAISE.replace('$', "?");
    let below = Uuid::from_u128(below).to_string();
    let raised = connection.execute(&statement, rusqlite::params![0, below, 1]);
    assert_eq!(raised.unwrap(), 1);
}

/// A copy gets the same reply before and after its row is deleted.
#[test]
fn a_step_below_the_watermark_is_stale_whether_or_not_it_has_a_row() {
    let mut connection = account();
    debit(&mut connection, request(Op::Do));
    raise(&connection, 8);
    for _ in 0..2 {
        for op in [Op::Do, Op::Undo, Op::Seal] {
            assert_eq!(debit(&mut connection, request(op)), Reply::Stale);
        }
        connection.execute("DELETE FROM barrier", []).unwrap();
    }
    assert_eq!(balance(&connection), 70);
}

#[test]
fn a_step_at_the_watermark_is_not_stale() {
    let mut connection = account();
    raise(&connection, 7);
    assert!(matches!(
        debit(&mut connection, request(Op::Do)),
        Reply::Done { .. }
    ));
}
