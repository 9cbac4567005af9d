//! The lease of the saga log: claimed only in the state that was read, renewed and released only by its holder.

use std::{future::pending, time::Duration};

use futures::FutureExt;
use likewise_saga::{
    bound::{Bound, within},
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
    a_new_log_has_no_holder
    r22_a_lease_is_claimed_only_in_the_state_that_was_read
    r22_of_two_concurrent_claims_one_succeeds
    r22_a_claim_fences_the_former_holder
    r22_a_renewal_invalidates_a_claim_in_an_older_state
    a_stale_epoch_neither_renews_nor_releases
    a_released_lease_has_no_holder_and_keeps_its_epoch
    a_takeover_without_a_lease_names_no_holder
}

/// Only on PostgreSQL: on SQLite, a process that is paused in a transaction keeps the file locked.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: cargo xtask test"]
async fn r22_an_idle_transaction_does_not_block_a_claim_for_long() {
    static READ_EPOCH: Sql = Sql {
        name: "test_read_epoch",
        sqlite: "SELECT epoch FROM shards",
        postgres: "SELECT epoch FROM shards FOR SHARE",
    };
    let databases = Databases::create(Engine::Postgres).await;
    let (holder, lease) = (
        databases.open(SAGA_LOG_SCHEMA).await,
        log_lease(&databases).await,
    );
    let (locked, is_locked) = oneshot::channel();
    let idle = tokio::spawn(async move {
        let work = holder.write("idle", |tx| {
            async move {
                tx.rows(&READ_EPOCH, []).await?;
                locked.send(()).expect("the test waits for it");
                pending::<Result<(), StoreError>>().await
            }
            .boxed()
        });
        work.await
    });
    is_locked.await.unwrap();
    let claimed = within(
        Bound::new("the claim", Duration::from_secs(60)),
        claim(&lease, B),
    )
    .await;
    assert_eq!(claimed.expect("within a bounded time"), Epoch(1));
    idle.abort();
    databases.delete().await;
}

const A: &str = "http://a:1";
const B: &str = "http://b:2";

async fn log_lease(databases: &Databases) -> SqlLogLease {
    SqlLogLease::new(databases.open(SAGA_LOG_SCHEMA).await)
}

fn row(epoch: i64, renewals: i64, holder: Option<&str>) -> LeaseRow {
    LeaseRow {
        epoch: Epoch(epoch),
        renewals,
        holder: holder.map(str::to_owned),
    }
}

async fn a_new_log_has_no_holder(databases: &Databases) {
    let lease = log_lease(databases).await;
    assert_eq!(lease.read().await.unwrap(), row(0, 0, None));
}

/// The claim is a compare-and-set: a standby that was slow must not take a lease that was renewed since.
async fn r22_a_lease_is_claimed_only_in_the_state_that_was_read(databases: &Databases) {
    let lease = log_lease(databases).await;
    let initial = lease.read().await.unwrap();
    assert_eq!(lease.claim(&initial, A).await.unwrap(), Some(Epoch(1)));
    assert_eq!(lease.read().await.unwrap(), row(1, 0, Some(A)));
    assert_eq!(lease.claim(&initial, B).await.unwrap(), None);
    assert_eq!(lease.read().await.unwrap(), row(1, 0, Some(A)));
}

async fn r22_of_two_concurrent_claims_one_succeeds(databases: &Databases) {
    let (a, b) = (log_lease(databases).await, log_lease(databases).await);
    let initial = a.read().await.unwrap();
    let (by_a, by_b) = futures::join!(a.claim(&initial, A), b.claim(&initial, B));
    let (by_a, by_b) = (by_a.unwrap(), by_b.unwrap());
    let winner = match (by_a, by_b) {
        (Some(Epoch(1)), None) => A,
        (None, Some(Epoch(1))) => B,
        other => panic!("{other:?}"),
    };
    assert_eq!(a.read().await.unwrap(), row(1, 0, Some(winner)));
}

/// The lease decides who should drive, and the epoch who can. This test is about the epoch.
async fn r22_a_claim_fences_the_former_holder(databases: &Databases) {
    let (lease, log) = (
        log_lease(databases).await,
        SqlSagaLog::new(databases.open(SAGA_LOG_SCHEMA).await),
    );
    let first = claim(&lease, A).await;
    log.append(first, Timestamp(1), &[start(1)]).await.unwrap();
    let second = claim(&lease, B).await;
    let refused = log.append(first, Timestamp(2), &[start(2)]).await;
    assert!(matches!(refused, Err(LogError::Fenced { epoch }) if epoch == first));
    log.append(second, Timestamp(3), &[start(3)]).await.unwrap();
}

/// A renewal changes a counter, so that a standby sees that the holder is alive although no time is stored.
async fn r22_a_renewal_invalidates_a_claim_in_an_older_state(databases: &Databases) {
    let lease = log_lease(databases).await;
    let epoch = claim(&lease, A).await;
    let seen = lease.read().await.unwrap();
    assert!(lease.renew(epoch).await.unwrap());
    assert_eq!(lease.read().await.unwrap(), row(1, 1, Some(A)));
    assert_eq!(lease.claim(&seen, B).await.unwrap(), None);
}

/// A zombie that released the lease of its successor would let a third coordinator in.
async fn a_stale_epoch_neither_renews_nor_releases(databases: &Databases) {
    let lease = log_lease(databases).await;
    let stale = claim(&lease, A).await;
    claim(&lease, B).await;
    assert!(!lease.renew(stale).await.unwrap());
    assert!(!lease.release(stale).await.unwrap());
    assert_eq!(lease.read().await.unwrap(), row(2, 0, Some(B)));
}

/// An epoch that began again at 1 would revive every entry of an old coordinator.
async fn a_released_lease_has_no_holder_and_keeps_its_epoch(databases: &Databases) {
    let lease = log_lease(databases).await;
    let epoch = claim(&lease, A).await;
    assert!(lease.release(epoch).await.unwrap());
    assert_eq!(lease.read().await.unwrap(), row(1, 0, None));
    assert_eq!(claim(&lease, B).await, Epoch(2));
}

/// Standbys would forward to an address at which nobody listens.
async fn a_takeover_without_a_lease_names_no_holder(databases: &Databases) {
    let (lease, log) = (
        log_lease(databases).await,
        SqlSagaLog::new(databases.open(SAGA_LOG_SCHEMA).await),
    );
    claim(&lease, A).await;
    assert_eq!(log.take_over().await.unwrap(), Epoch(2));
    assert_eq!(lease.read().await.unwrap(), row(2, 0, None));
}

async fn claim(lease: &SqlLogLease, holder: &str) -> Epoch {
    let seen = lease.read().await.unwrap();
    let claimed = lease.claim(&seen, holder).await.unwrap();
    claimed.expect("no other claim")
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
