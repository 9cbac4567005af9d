//! R17: requests for events that are wrong. Each is refused with one clear message.

use std::time::Duration;

use crate::{
    common::{Databases, event_stream::EventStream, on_both_engines},
    events::{events_of, open_like, open_like_with},
    server::assert_problem,
};

on_both_engines! {
    r17_a_wrong_request_for_events_is_refused_and_says_why
    r17_a_ticket_that_is_wrong_foreign_or_expired_is_refused
}

async fn r17_a_wrong_request_for_events_is_refused_and_says_why(databases: &Databases) {
    let (server, _, like) = open_like(databases).await;
    let id = like["transaction_id"].as_str().unwrap();
    let path = format!("/v1/transactions/{id}/events");
    let nobody = "0192f0a4-7b1e-7c3a-9d54-2f6b8a1c0e37";
    let get = |path: &str| server.client.get(path);

    let reply = get("/v1/transactions/7/events").send().await;
    assert_problem(&reply, 422, "invalid-request");
    assert_eq!(reply.body["errors"][0]["name"], "transaction_id");
    let reply = get(&format!("/v1/transactions/{nobody}/events"))
        .send()
        .await;
    assert_problem(&reply, 404, "transaction-not-found");
    for accept in [
        "application/json",
        "text/event-stream;q=0, */*",
        "text/html, nonsense",
    ] {
        let reply = get(&path).header("Accept", accept).send().await;
        assert_problem(&reply, 406, "not-acceptable");
        assert_eq!(reply.body["errors"][0]["name"], "Accept");
    }
    let last_event_ids = [
        String::new(),
        "4".to_owned(),
        format!("{nobody}.0"),
        // The log has no such change of this saga.
        format!("{id}.4"),
        format!("{id}.1"),
        format!("{id}.00"),
    ];
    for wrong in &last_event_ids {
        let reply = get(&path).header("Last-Event-ID", wrong).send().await;
        assert_problem(&reply, 422, "invalid-request");
        assert_eq!(reply.body["errors"][0]["name"], "Last-Event-ID", "{wrong}");
    }
    let first = format!("{id}.0");
    let twice = get(&path).header("Last-Event-ID", &first);
    let twice = twice.header("Last-Event-ID", &first).send().await;
    assert_problem(&twice, 422, "invalid-request");
    let user = get(&path).header("X-User-ID", "seven").send().await;
    assert_problem(&user, 422, "invalid-request");
    assert_eq!(user.body["errors"][0]["name"], "X-User-ID");
    let method = server.client.post(&path).send().await;
    assert_problem(&method, 405, "method-not-allowed");
    assert_eq!(method.headers["allow"], "GET,HEAD");
    // Nothing was changed by all of them, and none holds a place.
    let mut stream = EventStream::open(server.address, &path, Some(&first)).await;
    assert_eq!(stream.next().await.unwrap().name, "snapshot");
    let head = server
        .client
        .request(http::Method::HEAD, &path)
        .send()
        .await;
    assert_eq!(head.status, 200);
}

async fn r17_a_ticket_that_is_wrong_foreign_or_expired_is_refused(databases: &Databases) {
    let (server, _, like) = open_like_with(databases, |config| {
        config.coordinator.events.ticket_lifetime = Duration::from_secs(2);
    })
    .await;
    let ticket = events_of(&like).split_once("ticket=").unwrap().1.to_owned();
    let id = like["transaction_id"].as_str().unwrap();
    let path = format!("/v1/transactions/{id}/events");
    assert_eq!(
        EventStream::open(server.address, events_of(&like), None)
            .await
            .status,
        200
    );
    let longer = ticket.replacen('.', "0.", 1);
    for wrong in ["", "x", "1.2.3", &ticket[..ticket.len() - 1], &longer] {
        let reply = server
            .client
            .get(&format!("{path}?ticket={wrong}"))
            .send()
            .await;
        assert_problem(&reply, 403, "ticket-refused");
    }
    let other = "/v1/transactions/0192f0a4-7b1e-7c3a-9d54-2f6b8a1c0e37/events";
    let reply = server
        .client
        .get(&format!("{other}?ticket={ticket}"))
        .send()
        .await;
    assert_problem(&reply, 403, "ticket-refused");
    let reply = server.client.get(events_of(&like)).user(8).send().await;
    assert_problem(&reply, 403, "ticket-refused");
    assert!(
        reply.body["detail"]
            .as_str()
            .unwrap()
            .contains("another user"),
        "{reply:?}"
    );
    let twice = format!("{path}?ticket={ticket}&ticket={ticket}");
    let reply = server.client.get(&twice).send().await;
    assert_problem(&reply, 422, "invalid-request");

    tokio::time::sleep(Duration::from_secs(4)).await;
    let reply = server.client.get(events_of(&like)).send().await;
    assert_problem(&reply, 403, "ticket-refused");
    assert!(
        reply.body["detail"].as_str().unwrap().contains("expired"),
        "{reply:?}"
    );
    let renewed = server
        .client
        .get(&format!("/v1/transactions/{id}"))
        .send()
        .await;
    let stream = EventStream::open(server.address, events_of(&renewed.body), None).await;
    assert_eq!(stream.status, 200);
}
