//! Which coordinator holds the saga log, and when another takes over.

use std::{sync::atomic::Ordering, time::Duration};

use likewise::service::Parts;
use likewise_saga::{id::Epoch, lease::LogLease, service::KitParts};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::{
    LONG, SHORT,
    cluster::Cluster,
    common::{Databases, on_both_engines},
    faulty_lease::{FaultyLease, LEASE_FAULTS},
    switchable_user::failing_until_switched_on,
};

on_both_engines! {
    r22_of_two_coordinators_one_is_the_holder_and_one_a_standby
    r22_a_standby_takes_over_from_a_silent_holder_and_finishes_its_sagas
    r22_a_silent_holder_is_not_replaced_before_a_whole_lease
    r22_a_coordinator_that_stops_is_replaced_at_once
    r22_a_holder_that_was_taken_over_becomes_a_standby_and_holder_again
    r22_a_holder_that_cannot_renew_gives_up_the_log_in_time
    a_holder_renews_at_its_interval_and_not_more_often
}

async fn r22_of_two_coordinators_one_is_the_holder_and_one_a_standby(databases: &Databases) {
    let cluster = Cluster::start(databases).await;
    // Opens the database first: on SQLite, migrations must not race. Claims may.
    cluster.log_lease().await;
    let (a, b) = futures::join!(cluster.coordinator(LONG), cluster.coordinator(LONG));
    let is_ready = |body: &Value| body["status"] == "ready";
    let bodies = futures::join!(
        a.wait_until("/readyz", is_ready),
        b.wait_until("/readyz", is_ready)
    );
    let (holder, standby) = match bodies.0["role"] == "holder" {
        true => (&a, &b),
        false => (&b, &a),
    };
    let expected = |role| json!({ "role": role, "epoch": 1, "holder": holder.url });
    assert_eq!(holder.status().await, expected("holder"));
    assert_eq!(standby.status().await, expected("standby"));
}

/// The client's repeat at the standby gets the answer of the saga that the former holder began.
async fn r22_a_standby_takes_over_from_a_silent_holder_and_finishes_its_sagas(
    databases: &Databases,
) {
    let (user_service_on, parts) = failing_until_switched_on();
    let cluster = Cluster::start_with(databases, parts).await;
    let article = cluster.articles.article("An article").await;
    let holder = cluster.coordinator_with(Parts::default(), SHORT, |config| {
        config.answer_timeout = Duration::from_millis(300);
        config.saga_deadline = Duration::from_secs(600);
    });
    let holder = holder.await;
    assert_eq!(holder.wait_for_role("holder").await, 1);
    let standby = cluster.coordinator(SHORT).await;
    standby.wait_for_role("standby").await;
    let path = format!("/articles/{article}/like");
    let open = holder.client.post(&path).user(7).key("k").send().await;
    assert_eq!(open.status, 202, "{open:?}");
    let (leads, kind) = ("likewise_coordinator_leader", [("kind", "like")]);
    let (before, standing_by) = (holder.scrape(), standby.scrape());
    assert_eq!(
        (before.value(leads, &[]), standing_by.value(leads, &[])),
        (1.0, 0.0)
    );
    assert_eq!(before.sum("likewise_sagas_open", &[]), 1.0);
    assert!(
        !standing_by.has("likewise_sagas_open"),
        "only the leader knows"
    );
    assert_eq!(standing_by.value("likewise_log_takeovers_total", &[]), 0.0);
    // Its tasks go on, like those of a process that only seems to be dead.
    drop(holder);
    assert_eq!(standby.wait_for_role("holder").await, 2);
    let mut after = standby.scrape();
    // It was ready as a standby, and may have become the holder since: then it recovers still.
    for _ in 0..1_000 {
        if after.value("likewise_coordinator_recovered", &[]) == 1.0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
        after = standby.scrape();
    }
    assert_eq!(after.value(leads, &[]), 1.0);
    // On a busy machine it may lose its short lease and take over again. Each takeover recovers the saga.
    let takeovers = after.value("likewise_log_takeovers_total", &[]);
    assert!(takeovers >= 1.0, "{takeovers}");
    assert_eq!(after.value("likewise_log_epoch", &[]), 1.0 + takeovers);
    assert_eq!(
        after.value("likewise_sagas_recovered_total", &kind),
        takeovers
    );
    user_service_on.store(true, Ordering::SeqCst);
    let liked = standby.client.post(&path).user(7).key("k").send().await;
    assert_eq!(liked.status, 200, "{liked:?}");
    assert_eq!(liked.body["transaction_id"], open.body["transaction_id"]);
    assert_eq!(cluster.articles.likes(article).await, 1);
}

/// The standby does not know how old the lease is, so it counts from when it first read the row.
async fn r22_a_silent_holder_is_not_replaced_before_a_whole_lease(databases: &Databases) {
    let cluster = Cluster::start(databases).await;
    cluster.take_lease("http://127.0.0.1:9/").await;
    let started = Instant::now();
    let standby = cluster.coordinator(SHORT).await;
    assert_eq!(standby.wait_for_role("holder").await, 2);
    assert!(started.elapsed() >= SHORT, "after {:?}", started.elapsed());
}

/// The leases are long, so a standby that waited for one would not take over in time.
async fn r22_a_coordinator_that_stops_is_replaced_at_once(databases: &Databases) {
    let cluster = Cluster::start(databases).await;
    let article = cluster.articles.article("An article").await;
    let first = cluster.coordinator(LONG).await;
    first.wait_for_role("holder").await;
    let second = cluster.frequent_coordinator(LONG).await;
    second.wait_for_role("standby").await;
    assert_eq!(first.client.like(article, 7).await.status, 200);
    (first.close)().await;
    let row = cluster.log_lease().await.read().await.unwrap();
    assert!(row.holder.as_ref() != Some(&first.url), "{row:?}");
    assert_eq!(second.wait_for_role("holder").await, 2);
    assert_eq!(second.client.like(article, 8).await.status, 200);
    assert_eq!(cluster.articles.likes(article).await, 2);
    // A coordinator that has stopped does nothing more, and says so.
    assert_eq!(first.client.like(article, 9).await.status, 503);
}

/// The process need not restart after it was fenced. It must forget everything that it knew under the old epoch.
async fn r22_a_holder_that_was_taken_over_becomes_a_standby_and_holder_again(
    databases: &Databases,
) {
    let cluster = Cluster::start(databases).await;
    let article = cluster.articles.article("An article").await;
    let holder = cluster.coordinator(SHORT).await;
    assert_eq!(holder.wait_for_role("holder").await, 1);
    assert_eq!(holder.client.like(article, 7).await.status, 200);
    let other = "http://127.0.0.1:9/";
    assert_eq!(cluster.take_lease(other).await, Epoch(2));
    let demoted = holder.wait_until("/v1/coordinator", |body| body["epoch"] == 2);
    let expected = json!({ "role": "standby", "epoch": 2, "holder": other });
    assert_eq!(demoted.await, expected);
    assert_eq!(
        holder.wait_for_role("holder").await,
        3,
        "the other one did not renew"
    );
    assert_eq!(holder.client.like(article, 8).await.status, 200);
    assert_eq!(cluster.articles.likes(article).await, 2);
}

/// It must stop before a standby may begin, measured by its own clock.
async fn r22_a_holder_that_cannot_renew_gives_up_the_log_in_time(databases: &Databases) {
    let _guard = LEASE_FAULTS.lock().await;
    let parts = KitParts {
        log_lease: FaultyLease::over,
        ..KitParts::default()
    };
    let cluster = Cluster::start(databases).await;
    let article = cluster.articles.article("An article").await;
    let coordinator = cluster.coordinator_with(parts.into(), SHORT, |_| {}).await;
    let first = coordinator.wait_for_role("holder").await;
    LEASE_FAULTS.renewals_fail.store(true, Ordering::SeqCst);
    // There is no other coordinator, so it takes the log again, without waiting for its own lease.
    let again = coordinator.wait_until("/v1/coordinator", |body| {
        body["epoch"].as_i64() > Some(first)
    });
    again.await;
    LEASE_FAULTS.renewals_fail.store(false, Ordering::SeqCst);
    coordinator.wait_for_role("holder").await;
    assert_eq!(coordinator.client.like(article, 7).await.status, 200);
    assert_eq!(cluster.articles.likes(article).await, 1);
}

async fn a_holder_renews_at_its_interval_and_not_more_often(databases: &Databases) {
    let cluster = Cluster::start(databases).await;
    let log_lease = cluster.log_lease().await;
    let renewals = async || log_lease.read().await.expect("the lease row").renewals;
    let rare = cluster.coordinator(LONG).await;
    rare.wait_for_role("holder").await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(renewals().await, 0, "not before the interval");
    (rare.close)().await;

    let started = Instant::now();
    let frequent = cluster.frequent_coordinator(LONG).await;
    frequent.wait_for_role("holder").await;
    while renewals().await < 3 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // Each renewal is at least 100 ms after the one before.
    let renewed = u128::try_from(renewals().await).expect("a number of renewals");
    let passed = started.elapsed();
    assert!(
        renewed <= passed.as_millis() / 100,
        "{renewed} in {passed:?}"
    );
}
