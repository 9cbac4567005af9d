//! R17: the live status of a transaction, as a stream of events.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use likewise::{
    all_in_one::AllInOneConfig, article::ArticleEffect, coordinator::TicketKey, service::Parts,
    user::UserEffect,
};
use likewise_saga::log::{SAGA_LOG_SCHEMA, SagaLog, SqlSagaLog};
use serde_json::{Value, json};

use crate::{
    common::{
        Databases,
        event_stream::{EventStream, ServerEvent, changes},
        on_both_engines,
    },
    fault_injection::SwitchableEffect,
    server::{TestServer, assert_pending},
};

on_both_engines! {
    r17_a_stream_begins_with_a_snapshot_and_ends_with_the_saga
    r17_a_client_that_is_cut_after_every_event_misses_nothing_and_is_told_nothing_twice
    r17_a_parked_saga_is_followed_to_its_end
    r17_a_client_that_does_not_read_delays_no_saga_and_misses_no_change
}

/// Tickets, and times that a test can wait for.
pub fn quick(config: &mut AllInOneConfig) {
    config.coordinator.answer_timeout = Duration::from_millis(300);
    config.coordinator.saga_deadline = Duration::from_secs(600);
    config.coordinator.events.ticket_key = TicketKey::new(&[7; 32]).ok();
    config.coordinator.events.log_interval = Duration::from_millis(50);
}

/// A like that waits for the user service: its server, the switch that lets it go on, the body of its 202.
pub async fn open_like(databases: &Databases) -> (TestServer, Arc<AtomicBool>, Value) {
    open_like_with(databases, |_| {}).await
}

pub async fn open_like_with(
    databases: &Databases,
    change: impl FnOnce(&mut AllInOneConfig),
) -> (TestServer, Arc<AtomicBool>, Value) {
    let user = SwitchableEffect::over(UserEffect);
    let actions_on = Arc::clone(&user.actions_on);
    let parts = Parts {
        user,
        ..Parts::default()
    };
    let server = TestServer::start_with(databases, parts, |config| {
        quick(config);
        change(config);
    });
    let server = server.await;
    let article = server.client.article("An article").await;
    actions_on.store(false, Ordering::SeqCst);
    let reply = server.client.like(article, 7).await;
    assert_pending(&reply);
    (server, actions_on, reply.body)
}

/// A like of a blocked user whose compensation fails: its server and effect, and the body of its 202.
async fn stuck_like(databases: &Databases) -> (TestServer, Arc<AtomicBool>, Value) {
    let effect = SwitchableEffect::over(ArticleEffect);
    let compensations_on = Arc::clone(&effect.compensations_on);
    let parts = Parts {
        article: effect,
        ..Parts::default()
    };
    let server = TestServer::start_with(databases, parts, |config| {
        quick(config);
        config.coordinator.executor.park_after = 3;
        config.coordinator.executor.pause_min = Duration::from_millis(5);
        config.coordinator.executor.pause_max = Duration::from_millis(20);
    });
    let server = server.await;
    let article = server.client.article("An article").await;
    server.client.put("/v1/users/7/block").send().await;
    compensations_on.store(false, Ordering::SeqCst);
    let reply = server.client.like(article, 7).await;
    assert_pending(&reply);
    (server, compensations_on, reply.body)
}

pub fn events_of(body: &Value) -> &str {
    body["events"].as_str().expect("where to follow it")
}

pub fn path_of(body: &Value) -> String {
    let id = body["transaction_id"].as_str().expect("an id");
    format!("/v1/transactions/{id}")
}

/// The names of the changes that the log has.
async fn logged(databases: &Databases, body: &Value) -> Vec<&'static str> {
    let log = SqlSagaLog::new(databases.open(SAGA_LOG_SCHEMA).await);
    let saga = serde_json::from_value(body["transaction_id"].clone()).unwrap();
    let history = log.history(saga).await.expect("the log");
    history
        .iter()
        .map(|change| change.kind().as_str())
        .collect()
}

async fn r17_a_stream_begins_with_a_snapshot_and_ends_with_the_saga(databases: &Databases) {
    let (server, user_on, like) = open_like(databases).await;
    let events = events_of(&like);
    let mut stream = EventStream::open(server.address, events, None).await;
    assert_eq!(stream.status, 200);
    assert_eq!(stream.headers["content-type"], "text/event-stream");
    assert_eq!(stream.headers["cache-control"], "no-store");
    assert_eq!(stream.headers["x-accel-buffering"], "no");
    let snapshot = stream.next().await.unwrap();
    assert_eq!((&*snapshot.name, &snapshot.id), ("snapshot", &None));
    assert_eq!(snapshot.data["live"], true, "{snapshot:?}");
    let shown = &snapshot.data["transaction"];
    assert_eq!(
        (&shown["status"], &shown["id"]),
        (&json!("pending"), &like["transaction_id"])
    );
    assert!(
        (1_000..=2_000).contains(&stream.retry.unwrap()),
        "{:?}",
        stream.retry
    );
    let started = stream.next().await.unwrap();
    assert_eq!(started.name, "started");
    // The user service is away: another attempt is news.
    let attempt = stream.until("step").await.pop().unwrap();
    assert_eq!((&attempt.data["step"], &attempt.id), (&json!(1), &None));

    user_on.store(true, Ordering::SeqCst);
    let rest = stream.rest().await;
    let (end, before) = rest.split_last().expect("an end");
    assert_eq!(end.name, "completed", "{rest:#?}");
    assert_eq!(end.data["outcome"]["end"], "done");
    assert_eq!(changes(before), Vec::<&str>::new());
    let last_step = before.last().expect("the step that is done");
    assert_eq!(
        (&last_step.data["step"], &last_step.data["status"]),
        (&json!(1), &json!("done"))
    );
    assert_eq!(logged(databases, &like).await, ["started", "completed"]);

    // A browser comes back, and is told to stop.
    let id = stream.last_event_id.clone();
    let again = EventStream::open(server.address, events, id.as_deref()).await;
    assert_eq!(again.status, 204);
    // Another page that asks late gets the same story.
    let mut late = EventStream::open(server.address, events, None).await;
    let told = late.rest().await;
    assert_eq!(told[0].data["transaction"]["status"], "done");
    assert_eq!(changes(&told), ["started", "completed"]);
    assert_eq!(late.last_event_id, id);
}

/// Opens the stream anew after every logged change. Returns what it was told, with the snapshots.
async fn follow_with_cuts(server: &TestServer, events: &str, mut until: usize) -> Vec<ServerEvent> {
    let mut told = Vec::new();
    let mut last: Option<String> = None;
    while until > 0 {
        let mut stream = EventStream::open(server.address, events, last.as_deref()).await;
        assert_eq!(stream.status, 200);
        loop {
            let event = stream.next().await.expect("it goes on");
            let is_logged = event.id.is_some();
            told.push(event);
            if is_logged {
                break;
            }
        }
        last = stream.last_event_id.clone();
        until -= 1;
    }
    told
}

async fn r17_a_client_that_is_cut_after_every_event_misses_nothing_and_is_told_nothing_twice(
    databases: &Databases,
) {
    let (server, compensations_on, like) = stuck_like(databases).await;
    let events = events_of(&like);
    let mut told = follow_with_cuts(&server, events, 3).await;
    compensations_on.store(true, Ordering::SeqCst);
    let path = path_of(&like);
    server
        .wait_until(&path, |shown| shown["status"] == "failed")
        .await;
    let last = told.last().and_then(|event| event.id.clone());
    let mut stream = EventStream::open(server.address, events, last.as_deref()).await;
    told.extend(stream.rest().await);
    let names = ["started", "compensating", "parked", "compensated"];
    assert_eq!(changes(&told), names);
    assert_eq!(logged(databases, &like).await, names);
    let snapshots = told.iter().filter(|event| event.name == "snapshot");
    assert_eq!(snapshots.count(), 4, "one for each connection");
    let parked = told.iter().find(|event| event.name == "parked").unwrap();
    assert_eq!(
        (&parked.data["saga_status"], &parked.data["parked"]),
        (&json!("compensating"), &json!(true))
    );
}

async fn r17_a_parked_saga_is_followed_to_its_end(databases: &Databases) {
    let (server, compensations_on, like) = stuck_like(databases).await;
    let mut stream = EventStream::open(server.address, events_of(&like), None).await;
    let until_parked = stream.until("parked").await;
    assert_eq!(
        changes(&until_parked),
        ["started", "compensating", "parked"]
    );
    // The retries go on, and are seen.
    let attempt = stream.until("step").await.pop().unwrap();
    assert_eq!(
        (&attempt.data["action_type"], &attempt.data["status"]),
        (&json!("compensation"), &json!("pending"))
    );
    compensations_on.store(true, Ordering::SeqCst);
    let rest = stream.rest().await;
    assert_eq!(changes(&rest), ["compensated"]);
    let undone = &rest[rest.len() - 2];
    assert_eq!(
        (&undone.data["action_type"], &undone.data["status"]),
        (&json!("compensation"), &json!("done"))
    );
}

async fn r17_a_client_that_does_not_read_delays_no_saga_and_misses_no_change(
    databases: &Databases,
) {
    let (server, compensations_on, like) = stuck_like(databases).await;
    let mut stream = EventStream::open(server.address, events_of(&like), None).await;
    let path = path_of(&like);
    server
        .wait_until(&path, |shown| shown["parked"] == true)
        .await;
    compensations_on.store(true, Ordering::SeqCst);
    server
        .wait_until(&path, |shown| shown["status"] == "failed")
        .await;
    let told = stream.rest().await;
    assert_eq!(
        changes(&told),
        ["started", "compensating", "parked", "compensated"]
    );
}
