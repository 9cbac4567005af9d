//! R17: the live status of a transaction with several coordinators.

use std::{sync::atomic::Ordering, time::Duration};

use likewise::{
    coordinator::{CoordinatorConfig, TicketKey},
    service::Parts,
};

use crate::{
    LONG, SHORT,
    cluster::Cluster,
    common::{
        Databases,
        event_stream::{EventStream, changes},
        on_both_engines,
    },
    switchable_user::failing_until_switched_on,
};

on_both_engines! {
    r17_a_standby_tells_what_is_logged_and_says_that_it_is_not_live
    r17_a_client_follows_a_saga_through_a_takeover
    r17_a_ticket_is_good_at_every_coordinator_with_the_same_key
}

fn quick(config: &mut CoordinatorConfig) {
    config.answer_timeout = Duration::from_millis(300);
    config.saga_deadline = Duration::from_secs(600);
    config.events.ticket_key = TicketKey::new(&[7; 32]).ok();
    config.events.log_interval = Duration::from_millis(50);
}

async fn r17_a_standby_tells_what_is_logged_and_says_that_it_is_not_live(databases: &Databases) {
    let (user_service_on, parts) = failing_until_switched_on();
    let cluster = Cluster::start_with(databases, parts).await;
    let article = cluster.articles.article("An article").await;
    let holder = cluster
        .coordinator_with(Parts::default(), LONG, quick)
        .await;
    holder.wait_for_role("holder").await;
    let standby = cluster
        .coordinator_with(Parts::default(), LONG, quick)
        .await;
    standby.wait_for_role("standby").await;
    let open = holder.client.like(article, 7).await;
    let events = open.body["events"].as_str().unwrap();
    let mut stream = EventStream::open(standby.address, events, None).await;
    let snapshot = stream.next().await.unwrap();
    assert_eq!(snapshot.data["live"], false, "{snapshot:?}");
    assert_eq!(stream.next().await.unwrap().name, "started");
    user_service_on.store(true, Ordering::SeqCst);
    let rest = stream.rest().await;
    assert_eq!(changes(&rest), ["completed"]);
    assert_eq!(rest.len(), 1, "no steps: {rest:#?}");
}

/// The leader dies while its client follows a saga. The client goes on at the other coordinator, which becomes the leader.
async fn r17_a_client_follows_a_saga_through_a_takeover(databases: &Databases) {
    let (user_service_on, parts) = failing_until_switched_on();
    let cluster = Cluster::start_with(databases, parts).await;
    let article = cluster.articles.article("An article").await;
    let holder = cluster
        .coordinator_with(Parts::default(), SHORT, quick)
        .await;
    holder.wait_for_role("holder").await;
    let standby = cluster
        .coordinator_with(Parts::default(), SHORT, quick)
        .await;
    standby.wait_for_role("standby").await;
    let open = holder.client.like(article, 7).await;
    let events = open.body["events"].as_str().unwrap();
    let mut stream = EventStream::open(holder.address, events, None).await;
    assert_eq!(stream.next().await.unwrap().data["live"], true);
    assert_eq!(stream.next().await.unwrap().name, "started");
    drop(holder);
    let cut = loop {
        match stream.try_next().await {
            Ok(Some(_)) => {}
            other => break other,
        }
    };
    assert!(cut.is_err(), "it was cut: {cut:?}");
    let last = stream.last_event_id.as_deref();
    let mut stream = EventStream::open(standby.address, events, last).await;
    assert_eq!(stream.next().await.unwrap().data["live"], false);
    let now_live = stream.until("snapshot").await;
    assert_eq!(now_live.len(), 1, "nothing is told twice: {now_live:#?}");
    assert_eq!(now_live[0].data["live"], true, "{now_live:?}");
    user_service_on.store(true, Ordering::SeqCst);
    let rest = stream.rest().await;
    assert_eq!(changes(&rest), ["completed"]);
    assert!(rest.len() > 1, "with its steps: {rest:#?}");
}

async fn r17_a_ticket_is_good_at_every_coordinator_with_the_same_key(databases: &Databases) {
    let cluster = Cluster::start(databases).await;
    let article = cluster.articles.article("An article").await;
    let first = cluster
        .coordinator_with(Parts::default(), LONG, quick)
        .await;
    first.wait_for_role("holder").await;
    let same = cluster
        .coordinator_with(Parts::default(), LONG, quick)
        .await;
    let other = cluster.coordinator_with(Parts::default(), LONG, |config| {
        quick(config);
        config.events.ticket_key = TicketKey::new(&[8; 32]).ok();
    });
    let other = other.await;
    let none = cluster
        .coordinator_with(Parts::default(), LONG, |_| {})
        .await;
    let liked = first.client.like(article, 7).await;
    let id = liked.body["transaction_id"].as_str().unwrap();
    let shown = first
        .client
        .get(&format!("/v1/transactions/{id}"))
        .send()
        .await;
    let events = shown.body["events"].as_str().unwrap();
    let opened = EventStream::open(same.address, events, None).await;
    assert_eq!(opened.status, 200);
    for stranger in [other, none] {
        let refused = stranger.client.get(events).send().await;
        assert_eq!(refused.status, 403, "{refused:?}");
    }
}
