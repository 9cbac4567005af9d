//! `postgres::apply` inside a transaction of the caller. `tests/sqlite.rs` has the same cases; the cases with two concurrent
//! transactions are here alone, because SQLite has one writer. Needs the feature `postgres`.
#![cfg(feature = "postgres")]

use std::{env, time::Duration};

use likewise_barrier::{BarrierError, Op, Reply, Request, SagaId, StepKey, Verdict, postgres, sql};
use sqlx::{AssertSqlSafe, Connection, PgConnection, Postgres, Transaction};
use uuid::Uuid;

/// The environment variable with the URL of a PostgreSQL server.
const SERVER: &str = "LIKEWISE_TEST_POSTGRES";

/// A schema with a barrier and an account with a balance of 100. A step debits 30 from it.
struct Bank {
    schema: String,
    connection: PgConnection,
}

impl Bank {
    async fn open(name: &str) -> Self {
        let schema = format!("barrier_{name}");
        let mut connection = connect().await;
        for statement in [
            format!("DROP SCHEMA IF EXISTS {schema} CASCADE"),
            format!("CREATE SCHEMA {schema}"),
            format!("SET search_path = {schema}"),
            sql::POSTGRES_TABLE.to_owned(),
            sql::POSTGRES_WATERMARK_TABLE.to_owned(),
            "CREATE TABLE account (balance BIGINT NOT NULL)".to_owned(),
            "INSERT INTO account VALUES (100)".to_owned(),
        ] {
            execute(&mut connection, statement).await;
        }
        Self { schema, connection }
    }

    /// Another connection to the same schema.
    async fn second_connection(&self) -> PgConnection {
        let mut connection = connect().await;
        let statement = format!("SET search_path = {}", self.schema);
        execute(&mut connection, statement).await;
        connection
    }

    /// Applies a request in its own transaction.
    async fn debit(&mut self, request: Request) -> Reply {
        let mut tx = self.connection.begin().await.unwrap();
        let reply = debit(&mut tx, request).await.unwrap();
        tx.commit().await.unwrap();
        reply
    }

    async fn balance(&mut self) -> i64 {
        sqlx::query_scalar("SELECT balance FROM account")
            .fetch_one(&mut self.connection)
            .await
            .unwrap()
    }

    /// A failed test does not call it, so that its tables can be inspected.
    async fn delete(mut self) {
        let statement = format!("DROP SCHEMA {} CASCADE", self.schema);
        execute(&mut self.connection, statement).await;
    }
}

async fn connect() -> PgConnection {
    let url = env::var(SERVER).unwrap_or_else(|_| {
        panic!("{SERVER} must hold the URL of a PostgreSQL server; cargo xtask test starts one")
    });
    PgConnection::connect(&url).await.unwrap()
}

async fn execute(connection: &mut PgConnection, statement: String) {
    let executed = sqlx::raw_sql(AssertSqlSafe(statement)).execute(connection);
    executed.await.unwrap();
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

type Failed = BarrierError<sqlx::Error, sqlx::Error>;

async fn debit(tx: &mut Transaction<'_, Postgres>, request: Request) -> Result<Reply, Failed> {
    let action = async |tx: &mut PgConnection| {
        let statement = "UPDATE account SET balance = balance - 30";
        sqlx::query(statement).execute(tx).await?;
        Ok(Verdict::Done {
            result: "debited".to_owned(),
            undo_data: "30".to_owned(),
        })
    };
    let compensation = async |tx: &mut PgConnection, undo_data: String| {
        let amount: i64 = undo_data.parse().unwrap();
        let statement = "UPDATE account SET balance = balance + $1";
        sqlx::query(statement)
            .bind(amount)
            .execute(tx)
            .await
            .map(drop)
    };
    postgres::apply(tx, request, action, compensation).await
}

async fn refuse(bank: &mut Bank) -> Reply {
    let mut tx = bank.connection.begin().await.unwrap();
    let refused = Verdict::Refused {
        code: "closed".to_owned(),
    };
    let action = async |_: &mut PgConnection| Ok::<_, sqlx::Error>(refused);
    let compensation = async |_: &mut PgConnection, _: String| Ok(());
    let reply = postgres::apply(&mut tx, request(Op::Do), action, compensation).await;
    tx.commit().await.unwrap();
    reply.unwrap()
}

fn debited() -> Reply {
    Reply::Done {
        result: "debited".to_owned(),
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL: cargo xtask test"]
async fn a_repeated_action_runs_once_and_returns_the_same_result() {
    let mut bank = Bank::open("repeated_action").await;
    assert_eq!(bank.debit(request(Op::Do)).await, debited());
    assert_eq!(bank.debit(request(Op::Do)).await, debited());
    assert_eq!(bank.debit(request(Op::Seal)).await, debited());
    assert_eq!(bank.balance().await, 70);
    bank.delete().await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL: cargo xtask test"]
async fn a_repeated_compensation_restores_once() {
    let mut bank = Bank::open("repeated_compensation").await;
    bank.debit(request(Op::Do)).await;
    assert_eq!(bank.debit(request(Op::Undo)).await, Reply::Undone);
    assert_eq!(bank.debit(request(Op::Undo)).await, Reply::Undone);
    assert_eq!(bank.balance().await, 100);
    assert_eq!(bank.debit(request(Op::Do)).await, Reply::Dead);
    assert_eq!(bank.balance().await, 100);
    bank.delete().await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL: cargo xtask test"]
async fn an_action_that_arrives_after_its_compensation_has_no_effect() {
    let mut bank = Bank::open("late_action").await;
    assert_eq!(bank.debit(request(Op::Undo)).await, Reply::Undone);
    assert_eq!(bank.debit(request(Op::Do)).await, Reply::Dead);
    assert_eq!(bank.balance().await, 100);
    bank.delete().await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL: cargo xtask test"]
async fn a_step_with_other_arguments_is_a_mismatch() {
    let mut bank = Bank::open("other_arguments").await;
    bank.debit(request(Op::Do)).await;
    let other = Request {
        fingerprint: 2,
        ..request(Op::Do)
    };
    assert_eq!(bank.debit(other).await, Reply::Mismatch);
    assert_eq!(bank.balance().await, 70);
    bank.delete().await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL: cargo xtask test"]
async fn a_refusal_is_durable() {
    let mut bank = Bank::open("refusal").await;
    let refused = Reply::Refused {
        code: "closed".to_owned(),
    };
    assert_eq!(refuse(&mut bank).await, refused);
    assert_eq!(bank.debit(request(Op::Do)).await, refused);
    assert_eq!(bank.balance().await, 100);
    bank.delete().await;
}

/// The second transaction inserts the same row, so it waits for the first. `op` is what the second one asks for.
///
/// The wait is the point: a transaction that read the row without waiting for it would find none.
async fn concurrently(name: &str, op: Op) -> (Reply, i64) {
    let mut bank = Bank::open(name).await;
    let mut other = bank.second_connection().await;
    let mut first = bank.connection.begin().await.unwrap();
    assert_eq!(debit(&mut first, request(Op::Do)).await.unwrap(), debited());
    let mut second = tokio::spawn(async move {
        let mut tx = other.begin().await.unwrap();
        let reply = debit(&mut tx, request(op)).await.unwrap();
        tx.commit().await.unwrap();
        reply
    });
    #[expect(
        clippy::disallowed_methods,
        reason = "the barrier does not depend on the kit"
    )]
    let early = tokio::time::timeout(Duration::from_millis(200), &mut second).await;
    assert!(early.is_err(), "the second transaction did not wait");
    first.commit().await.unwrap();
    let reply = second.await.unwrap();
    let balance = bank.balance().await;
    bank.delete().await;
    (reply, balance)
}

#[tokio::test]
#[ignore = "needs PostgreSQL: cargo xtask test"]
async fn a_concurrent_copy_of_an_action_waits_and_gets_the_first_result() {
    assert_eq!(
        concurrently("concurrent_action", Op::Do).await,
        (debited(), 70)
    );
}

#[tokio::test]
#[ignore = "needs PostgreSQL: cargo xtask test"]
async fn a_concurrent_compensation_waits_and_undoes_the_action() {
    assert_eq!(
        concurrently("concurrent_compensation", Op::Undo).await,
        (Reply::Undone, 100)
    );
}

/// A copy gets the same reply before and after its row is deleted.
#[tokio::test]
#[ignore = "needs PostgreSQL: cargo xtask test"]
async fn a_step_below_the_watermark_is_stale_whether_or_not_it_has_a_row() {
    let mut bank = Bank::open("stale").await;
    bank.debit(request(Op::Do)).await;
    let raised = sqlx::query(sql::POSTGRES_WATERMARK_RAISE)
        .bind(0_i64)
        .bind(Uuid::from_u128(8).to_string())
        .bind(1_i64)
        .execute(&mut bank.connection);
    assert_eq!(raised.await.unwrap().rows_affected(), 1);
    for _ in 0..2 {
        for op in [Op::Do, Op::Undo, Op::Seal] {
            assert_eq!(bank.debit(request(op)).await, Reply::Stale);
        }
        execute(&mut bank.connection, "DELETE FROM barrier".to_owned()).await;
    }
    assert_eq!(bank.balance().await, 70);
    bank.delete().await;
}
