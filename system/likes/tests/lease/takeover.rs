//! Who holds the saga log, and when another takes it.

use std::{sync::atomic::Ordering, time::Duration};

use likewise::service::Parts;
use likewise_saga::{id::Epoch, lease::LogLease};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::{
    LONG, SHORT,
    common::{Databases, on_both_engines},
    world::{HINDRANCE, Hindered, World, unsteady},
};

on_both_engines! {
    r22_of_two_coordinators_one_holds_the_log_and_one_stands_by
    r22_a_standby_takes_over_from_a_silent_holder_and_finishes_its_sagas
    r22_a_shard_that_stands_still_is_taken_not_before_a_whole_lease
    r22_a_coordinator_that_stops_lets_the_next_one_in_at_once
    r22_a_holder_that_was_taken_over_stands_by_and_may_hold_again
    r22_a_holder_that_cannot_renew_gives_the_log_up_in_time
    a_holder_renews_as_often_as_it_should_and_not_more
}

async fn r22_of_two_coordinators_one_holds_the_log_and_one_stands_by(databases: &Databases) {
    let world = World::start(databases).await;
    // SQLite's migrations must not race; their claims may.
    world.shard().await;
    let (a, b) = futures::join!(world.coordinator(LONG), world.coordinator(LONG));
    let is_one = |shown: &Value| shown["status"] == "ready";
    let shown = futures::join!(
        a.until_shown("/readyz", is_one),
        b.until_shown("/readyz", is_one)
    );
    let (holder, standby) = match shown.0["role"] == "holder" {
        true => (&a, &b),
        false => (&b, &a),
    };
    let expected = |role| json!({ "role": role, "epoch": 1, "holder": holder.url });
    assert_eq!(holder.status().await, expected("holder"));
    assert_eq!(standby.status().await, expected("standby"));
}

async fn r22_a_standby_takes_over_from_a_silent_holder_and_finishes_its_sagas(
    databases: &Databases,
) {
    let (likes, parts) = unsteady();
    let world = World::start_with(databases, parts).await;
    let article = world.articles.article("An article").await;
    let holder = world.coordinator_with(Parts::default(), SHORT, |config| {
        config.answer_within = Duration::from_millis(300);
        config.saga_deadline = Duration::from_secs(600);
    });
    let holder = holder.await;
    assert_eq!(holder.until("holder").await, 1);
    let standby = world.coordinator(SHORT).await;
    standby.until("standby").await;
    let path = format!("/articles/{article}/like");
    let open = holder.client.post(&path).user(7).key("k").send().await;
    assert_eq!(open.body["type"], "urn:likewise:in-doubt", "{open:?}");
    // Its tasks go on, as a process's that only seems to be dead.
    drop(holder);
    assert_eq!(standby.until("holder").await, 2);
    likes.store(true, Ordering::SeqCst);
    let liked = standby.client.post(&path).user(7).key("k").send().await;
    assert_eq!(liked.status, 200, "{liked:?}");
    assert_eq!(liked.body["transaction_id"], open.body["transaction_id"]);
    assert_eq!(world.articles.likes(article).await, 1);
}

async fn r22_a_shard_that_stands_still_is_taken_not_before_a_whole_lease(databases: &Databases) {
    let world = World::start(databases).await;
    world.usurp("http://127.0.0.1:9/").await;
    let begun = Instant::now();
    let standby = world.coordinator(SHORT).await;
    assert_eq!(standby.until("holder").await, 2);
    assert!(begun.elapsed() >= SHORT, "after {:?}", begun.elapsed());
}

async fn r22_a_coordinator_that_stops_lets_the_next_one_in_at_once(databases: &Databases) {
    let world = World::start(databases).await;
    let article = world.articles.article("An article").await;
    let first = world.coordinator(LONG).await;
    first.until("holder").await;
    let second = world.attentive(LONG).await;
    second.until("standby").await;
    assert_eq!(first.client.like(article, 7).await.status, 200);
    (first.close)().await;
    let shard = world.shard().await.read().await.unwrap();
    assert!(shard.holder.as_ref() != Some(&first.url), "{shard:?}");
    assert_eq!(second.until("holder").await, 2);
    assert_eq!(second.client.like(article, 8).await.status, 200);
    assert_eq!(world.articles.likes(article).await, 2);
    // What has stopped does nothing more, and says so.
    assert_eq!(first.client.like(article, 9).await.status, 503);
}

async fn r22_a_holder_that_was_taken_over_stands_by_and_may_hold_again(databases: &Databases) {
    let world = World::start(databases).await;
    let article = world.articles.article("An article").await;
    let holder = world.coordinator(SHORT).await;
    assert_eq!(holder.until("holder").await, 1);
    assert_eq!(holder.client.like(article, 7).await.status, 200);
    let usurper = "http://127.0.0.1:9/";
    assert_eq!(world.usurp(usurper).await, Epoch(2));
    let shown = holder.until_shown("/v1/coordinator", |shown| shown["epoch"] == 2);
    let expected = json!({ "role": "standby", "epoch": 2, "holder": usurper });
    assert_eq!(shown.await, expected);
    assert_eq!(holder.until("holder").await, 3, "the usurper was silent");
    assert_eq!(holder.client.like(article, 8).await.status, 200);
    assert_eq!(world.articles.likes(article).await, 2);
}

async fn r22_a_holder_that_cannot_renew_gives_the_log_up_in_time(databases: &Databases) {
    let _turn = HINDRANCE.lock().await;
    let parts = Parts {
        shard: Hindered::over,
        ..Parts::default()
    };
    let world = World::start(databases).await;
    let article = world.articles.article("An article").await;
    let coordinator = world.coordinator_with(parts, SHORT, |_| {}).await;
    let first = coordinator.until("holder").await;
    HINDRANCE.renews.store(false, Ordering::SeqCst);
    // Nobody else is there: it takes the log again, without waiting for itself.
    let again = coordinator.until_shown("/v1/coordinator", |shown| {
        shown["epoch"].as_i64() > Some(first)
    });
    again.await;
    HINDRANCE.renews.store(true, Ordering::SeqCst);
    coordinator.until("holder").await;
    assert_eq!(coordinator.client.like(article, 7).await.status, 200);
    assert_eq!(world.articles.likes(article).await, 1);
}

async fn a_holder_renews_as_often_as_it_should_and_not_more(databases: &Databases) {
    let world = World::start(databases).await;
    let shard = world.shard().await;
    let renewals = async || shard.read().await.expect("the shard").renewals;
    let calm = world.coordinator(LONG).await;
    calm.until("holder").await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(renewals().await, 0, "not before its time");
    (calm.close)().await;

    let began = Instant::now();
    let often = world.attentive(LONG).await;
    often.until("holder").await;
    while renewals().await < 3 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // Each of them at least a tenth of a second after the one before.
    let times = u128::try_from(renewals().await).expect("a number of times");
    let passed = began.elapsed();
    assert!(times <= passed.as_millis() / 100, "{times} in {passed:?}");
}
