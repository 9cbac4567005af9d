//! R24: a client that withholds a request, or that never reads its reply, gets a bounded time.

use std::time::Duration;

use likewise_saga::{bound::within, http::Limits};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::Instant,
};

use crate::raw_server::{CLOSE, LIMITS, SOON, Server, is_open, read_to_end};

#[tokio::test(flavor = "multi_thread")]
async fn r24_a_request_that_does_not_arrive_is_408_and_its_connection_is_closed() {
    let server = Server::start(Limits {
        arrival: Duration::from_millis(300),
        ..LIMITS
    })
    .await;
    for begun in [
        "POST /echo HTT",
        "POST /echo HTTP/1.1\r\nHost: x\r\n",
        "POST /echo HTTP/1.1\r\nContent-Length: 9\r\n\r\nx",
        "POST /ignored HTTP/1.1\r\nContent-Length: 9\r\n\r\nx",
        "POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nx",
    ] {
        let sent = Instant::now();
        let reply = read_to_end(server.send(begun).await).await;
        assert!(sent.elapsed() < Duration::from_secs(3), "{begun}");
        assert!(reply.starts_with("HTTP/1.1 408 "), "{begun}: {reply}");
        assert!(reply.contains("connection: close"), "{begun}: {reply}");
        assert!(
            reply.contains("/problems#request-timeout"),
            "{begun}: {reply}"
        );
    }
}

/// Each byte alone is in time, but the request is not.
#[tokio::test(flavor = "multi_thread")]
async fn r24_a_request_that_arrives_byte_by_byte_is_408() {
    let server = Server::start(Limits {
        arrival: Duration::from_millis(300),
        ..LIMITS
    })
    .await;
    let stream = server
        .send("POST /echo HTTP/1.1\r\nContent-Length: 99\r\n\r\n")
        .await;
    let (read, mut write) = stream.into_split();
    let drip = tokio::spawn(async move {
        while write.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    let mut reply = String::new();
    let mut read = tokio::io::BufReader::new(read);
    let ended = within(SOON, read.read_to_string(&mut reply)).await;
    let _ = ended.expect("the connection is closed");
    assert!(reply.starts_with("HTTP/1.1 408 "), "{reply}");
    drip.abort();
}

/// The first request of a connection was complete, the second is not.
#[tokio::test(flavor = "multi_thread")]
async fn r24_a_second_request_that_does_not_arrive_is_408() {
    let server = Server::start(Limits {
        arrival: Duration::from_millis(300),
        ..LIMITS
    })
    .await;
    let mut kept = server.send("GET /livez HTTP/1.1\r\n\r\n").await;
    let mut reply = [0; 1_024];
    let read = within(SOON, kept.read(&mut reply)).await.unwrap().unwrap();
    assert!(reply[..read].ends_with(b"alive"));
    kept.write_all(b"GET /li").await.unwrap();
    let reply = read_to_end(kept).await;
    assert!(reply.starts_with("HTTP/1.1 408 "), "{reply}");
}

/// A client that keeps its connection owes nothing between two requests.
#[tokio::test(flavor = "multi_thread")]
async fn r24_an_idle_connection_and_a_slow_handler_are_not_overdue() {
    let server = Server::start(Limits {
        arrival: Duration::from_millis(100),
        reply: Duration::from_millis(100),
        ..LIMITS
    })
    .await;
    let mut fresh = server.send("").await;
    let mut slow = server.send("GET /slow HTTP/1.1\r\n\r\n").await;
    let mut kept = server
        .send("POST /echo HTTP/1.1\r\nContent-Length: 1\r\n\r\nx")
        .await;
    let mut reply = [0; 1_024];
    let read = within(SOON, kept.read(&mut reply)).await.unwrap().unwrap();
    assert!(reply[..read].ends_with(b"x"));
    tokio::time::sleep(Duration::from_millis(500)).await;
    for stream in [&mut fresh, &mut slow, &mut kept] {
        assert!(is_open(stream).await);
    }
    let again = format!("GET /livez HTTP/1.1\r\n{CLOSE}\r\n\r\n");
    kept.write_all(again.as_bytes()).await.unwrap();
    assert!(read_to_end(kept).await.ends_with("alive"));
}

#[tokio::test(flavor = "multi_thread")]
async fn r24_a_declared_length_over_the_limit_is_413_at_once() {
    let server = Server::start(LIMITS).await;
    for path in ["/echo", "/ignored"] {
        let request = format!("POST {path} HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\nx");
        let reply = read_to_end(server.send(&request).await).await;
        assert!(reply.starts_with("HTTP/1.1 413 "), "{reply}");
        // Without it, a client sends its next request on a connection that is about to be closed.
        assert!(reply.contains("connection: close"), "{reply}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r24_a_client_that_does_not_read_its_reply_is_closed() {
    let server = Server::start(Limits {
        reply: Duration::from_millis(300),
        ..LIMITS
    })
    .await;
    let request = "GET /large/100000000 HTTP/1.1\r\n\r\n";
    let mut stream = server.send(request).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let mut read = Vec::new();
    let ended = within(SOON, stream.read_to_end(&mut read)).await;
    let _ = ended.expect("the connection is closed");
    assert!(read.len() < 100_000_000, "all was sent");
}

#[tokio::test(flavor = "multi_thread")]
async fn r24_a_stop_does_not_wait_for_a_request_that_has_not_arrived() {
    let server = Server::start(LIMITS).await;
    let mut withheld = Vec::new();
    for begun in [
        "POST /echo HTT",
        "POST /echo HTTP/1.1\r\nContent-Length: 9\r\n\r\nx",
        "POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nx",
    ] {
        withheld.push(server.send(begun).await);
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    let told = Instant::now();
    server.stop.send(()).unwrap();
    let stopped = within(SOON, server.serving).await;
    stopped.expect("the server stops").unwrap().unwrap();
    assert!(
        told.elapsed() < Duration::from_secs(2),
        "{:?}",
        told.elapsed()
    );
}
