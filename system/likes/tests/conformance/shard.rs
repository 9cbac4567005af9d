//! The shard: it is claimed only as it was seen, renewed and released only by its holder.

use std::{future::pending, time::Duration};

use futures::FutureExt;
use likewise_saga::{
    id::{Epoch, SagaId},
    lease::{LeaseRow, LogLease, SqlLogLease},
    log::{LogEntry, LogError, NewSaga, SAGA_LOG_SCHEMA, SagaLog, SqlSagaLog},
    store::{Sql, StoreError},
    time::Timestamp,
};
use serde_json::json;
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::common::{Databases, Engine, on_both_engines};

on_both_engines! {
    a_fresh_shard_is_nobodys
    r22_a_shard_is_claimed_only_as_it_was_seen
    r22_of_two_who_claim_one_wins
    r22_a_claim_fences_the_log_of_the_one_before
    r22_a_renewal_makes_an_older_sight_of_the_shard_void
    a_shard_that_was_taken_over_is_neither_renewed_nor_released
    a_released_shard_is_nobodys_and_keeps_its_epoch
    a_takeover_without_a_lease_names_no_holder
}

/// On PostgreSQL alone: who is silent in the middle of a transaction on SQLite keeps the file.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: cargo xtask test"]
async fn r22_whoever_falls_silent_in_a_transaction_does_not_bar_a_claim() {
    static PROVE: Sql = Sql {
        name: "prove_by_hand",
        sqlite: "SELECT epoch FROM shards",
        postgres: "SELECT epoch FROM shards FOR SHARE",
    };
    let databases = Databases::create(Engine::Postgres).await;
    let (holder, shard) = (
        databases.open(SAGA_LOG_SCHEMA).await,
        shard(&databases).await,
    );
    let (proven, is_proven) = oneshot::channel();
    let silent = tokio::spawn(async move {
        let work = holder.write("fall-silent", |tx| {
            async move {
                tx.rows(&PROVE, []).await?;
                proven.send(()).expect("somebody waits for it");
                pending::<Result<(), StoreError>>().await
            }
            .boxed()
        });
        work.await
    });
    is_proven.await.unwrap();
    let claimed = tokio::time::timeout(Duration::from_secs(60), claim(&shard, B)).await;
    assert_eq!(claimed.expect("within a bounded time"), Epoch(1));
    silent.abort();
    databases.delete().await;
}

const A: &str = "http://a:1";
const B: &str = "http://b:2";

async fn shard(databases: &Databases) -> SqlLogLease {
    SqlLogLease::new(databases.open(SAGA_LOG_SCHEMA).await)
}

fn row(epoch: i64, renewals: i64, holder: Option<&str>) -> LeaseRow {
    LeaseRow {
        epoch: Epoch(epoch),
        renewals,
        holder: holder.map(str::to_owned),
    }
}

async fn a_fresh_shard_is_nobodys(databases: &Databases) {
    let shard = shard(databases).await;
    assert_eq!(shard.read().await.unwrap(), row(0, 0, None));
}

async fn r22_a_shard_is_claimed_only_as_it_was_seen(databases: &Databases) {
    let shard = shard(databases).await;
    let fresh = shard.read().await.unwrap();
    assert_eq!(shard.claim(&fresh, A).await.unwrap(), Some(Epoch(1)));
    assert_eq!(shard.read().await.unwrap(), row(1, 0, Some(A)));
    assert_eq!(shard.claim(&fresh, B).await.unwrap(), None);
    assert_eq!(shard.read().await.unwrap(), row(1, 0, Some(A)));
}

async fn r22_of_two_who_claim_one_wins(databases: &Databases) {
    let (a, b) = (shard(databases).await, shard(databases).await);
    let fresh = a.read().await.unwrap();
    let (by_a, by_b) = futures::join!(a.claim(&fresh, A), b.claim(&fresh, B));
    let (by_a, by_b) = (by_a.unwrap(), by_b.unwrap());
    let winner = match (by_a, by_b) {
        (Some(Epoch(1)), None) => A,
        (None, Some(Epoch(1))) => B,
        other => panic!("{other:?}"),
    };
    assert_eq!(a.read().await.unwrap(), row(1, 0, Some(winner)));
}

async fn r22_a_claim_fences_the_log_of_the_one_before(databases: &Databases) {
    let (shard, log) = (
        shard(databases).await,
        SqlSagaLog::new(databases.open(SAGA_LOG_SCHEMA).await),
    );
    let first = claim(&shard, A).await;
    log.append(first, Timestamp(1), &[start(1)]).await.unwrap();
    let second = claim(&shard, B).await;
    let refused = log.append(first, Timestamp(2), &[start(2)]).await;
    assert!(matches!(refused, Err(LogError::Fenced { epoch }) if epoch == first));
    log.append(second, Timestamp(3), &[start(3)]).await.unwrap();
}

async fn r22_a_renewal_makes_an_older_sight_of_the_shard_void(databases: &Databases) {
    let shard = shard(databases).await;
    let epoch = claim(&shard, A).await;
    let seen = shard.read().await.unwrap();
    assert!(shard.renew(epoch).await.unwrap());
    assert_eq!(shard.read().await.unwrap(), row(1, 1, Some(A)));
    assert_eq!(shard.claim(&seen, B).await.unwrap(), None);
}

async fn a_shard_that_was_taken_over_is_neither_renewed_nor_released(databases: &Databases) {
    let shard = shard(databases).await;
    let stale = claim(&shard, A).await;
    claim(&shard, B).await;
    assert!(!shard.renew(stale).await.unwrap());
    assert!(!shard.release(stale).await.unwrap());
    assert_eq!(shard.read().await.unwrap(), row(2, 0, Some(B)));
}

async fn a_released_shard_is_nobodys_and_keeps_its_epoch(databases: &Databases) {
    let shard = shard(databases).await;
    let epoch = claim(&shard, A).await;
    assert!(shard.release(epoch).await.unwrap());
    assert_eq!(shard.read().await.unwrap(), row(1, 0, None));
    assert_eq!(claim(&shard, B).await, Epoch(2));
}

async fn a_takeover_without_a_lease_names_no_holder(databases: &Databases) {
    let (shard, log) = (
        shard(databases).await,
        SqlSagaLog::new(databases.open(SAGA_LOG_SCHEMA).await),
    );
    claim(&shard, A).await;
    assert_eq!(log.take_over().await.unwrap(), Epoch(2));
    assert_eq!(shard.read().await.unwrap(), row(2, 0, None));
}

async fn claim(shard: &SqlLogLease, holder: &str) -> Epoch {
    let seen = shard.read().await.unwrap();
    let claimed = shard.claim(&seen, holder).await.unwrap();
    claimed.expect("nobody else claims it")
}

fn start(number: u128) -> LogEntry {
    LogEntry::Start(NewSaga {
        id: SagaId(Uuid::from_u128(number)),
        kind: "like".to_owned(),
        args: json!({}).into(),
        lock_key: number.to_string(),
        request_key: None,
        fingerprint: 0,
        deadline_at: Timestamp(9),
        settled: None,
    })
}
