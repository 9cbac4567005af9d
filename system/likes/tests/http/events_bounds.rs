//! R17: how many streams of events there may be, how long they last, and what a stop does to them.

use std::time::Duration;

use tokio::time::Instant;

use crate::{
    common::{
        Databases,
        event_stream::{EventStream, changes},
        on_both_engines,
    },
    events::{events_of, open_like, open_like_with, path_of},
    server::assert_problem,
};

on_both_engines! {
    r17_a_client_has_so_many_streams_and_a_process_too
    r17_a_stop_ends_the_streams_and_waits_for_none
    r17_a_stream_without_news_says_that_it_is_alive_and_ends_in_time
    r17_the_answer_with_a_transaction_has_a_ticket_and_keeps_its_tag
}

async fn r17_a_client_has_so_many_streams_and_a_process_too(databases: &Databases) {
    let (server, _, like) = open_like_with(databases, |config| {
        config.coordinator.events.streams_per_user_max = 1;
        config.coordinator.events.streams_max = 3;
    })
    .await;
    let path = format!("{}/events", path_of(&like));
    let open = async |headers: &[(&str, &str)]| {
        EventStream::open_with(server.address, &path, headers).await
    };
    let refused = async |user: i64| server.client.get(&path).user(user).send().await;
    // The ticket names its user, so a page needs no header.
    let ticket = EventStream::open(server.address, events_of(&like), None).await;
    assert_eq!(ticket.status, 200);
    let reply = refused(7).await;
    assert_problem(&reply, 429, "too-many-streams");
    assert!(reply.headers.contains_key("retry-after"), "{reply:?}");
    assert_eq!(reply.headers["ratelimit"], "\"streams-of-client\";r=0;t=1");
    let other = open(&[("X-User-ID", "8")]).await;
    let unknown = open(&[]).await;
    assert_eq!((other.status.as_u16(), unknown.status.as_u16()), (200, 200));
    let reply = refused(9).await;
    assert_problem(&reply, 503, "unavailable");
    assert_eq!(reply.headers["ratelimit"], "\"streams\";r=0;t=1");
    // Likes and reads go on.
    assert_eq!(server.client.get(&path_of(&like)).send().await.status, 200);

    // A stream that its client leaves makes room.
    drop(ticket);
    let mut reopened = open(&[("X-User-ID", "7")]).await;
    for _ in 0..500 {
        if reopened.status == 200 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
        reopened = open(&[("X-User-ID", "7")]).await;
    }
    panic!("the place of a stream was never free again");
}

async fn r17_a_stop_ends_the_streams_and_waits_for_none(databases: &Databases) {
    let (server, _, like) = open_like(databases).await;
    let mut stream = EventStream::open(server.address, events_of(&like), None).await;
    stream.until("started").await;
    let stopping = Instant::now();
    let (told, ()) = futures::join!(stream.rest(), server.stop());
    assert_eq!(changes(&told), Vec::<&str>::new(), "the saga has not ended");
    // The drain of the requests takes up to ten seconds.
    assert!(
        stopping.elapsed() < Duration::from_secs(5),
        "{:?}",
        stopping.elapsed()
    );
}

async fn r17_a_stream_without_news_says_that_it_is_alive_and_ends_in_time(databases: &Databases) {
    let (server, _, like) = open_like_with(databases, |config| {
        config.coordinator.executor.pause_min = Duration::from_secs(5);
        config.coordinator.events.heartbeat = Duration::from_millis(50);
        config.coordinator.events.longest = Duration::from_millis(600);
    })
    .await;
    let mut stream = EventStream::open(server.address, events_of(&like), None).await;
    let told = stream.rest().await;
    assert_eq!(changes(&told), ["started"], "the saga has not ended");
    assert!(stream.comments >= 2, "{} comments", stream.comments);
    let id = stream.last_event_id.as_deref();
    let again = EventStream::open(server.address, events_of(&like), id).await;
    assert_eq!(again.status, 200);
}

/// A ticket that changed at every read would make every read new.
async fn r17_the_answer_with_a_transaction_has_a_ticket_and_keeps_its_tag(databases: &Databases) {
    let (server, _, like) = open_like_with(databases, |config| {
        config.coordinator.executor.pause_min = Duration::from_secs(5);
    })
    .await;
    let read = async |tag: &str| {
        let read = server.client.get(&path_of(&like)).user(7);
        read.header("If-None-Match", tag).send().await
    };
    let first = read("\"none\"").await;
    let events = events_of(&first.body);
    assert!(events.contains("/events?ticket="), "{events}");
    assert_eq!(
        EventStream::open(server.address, events, None).await.status,
        200
    );
    let tag = first.headers["etag"].to_str().unwrap().to_owned();
    assert_eq!(read(&tag).await.status, 304);
    let anybody = server.client.get(&path_of(&like)).send().await;
    assert_ne!(
        events_of(&anybody.body),
        events,
        "the user is in the ticket"
    );
}
