//! R24: over the limit on connections, health is answered, and silent connections make room for others.

use std::time::Duration;

use likewise_saga::http::Limits;

use crate::raw_server::{CLOSE, LIMITS, Server, is_open, read_to_end};

/// Two connections that are worked for take both places.
#[tokio::test(flavor = "multi_thread")]
async fn r24_over_the_connection_limit_health_is_answered_and_all_else_is_503() {
    let server = Server::start(Limits {
        connections_max: 2,
        ..LIMITS
    })
    .await;
    let mut held = Vec::new();
    for _ in 0..2 {
        held.push(server.send("GET /slow HTTP/1.1\r\n\r\n").await);
    }
    // Silent connections do not fill the reserve.
    for _ in 0..200 {
        held.push(server.send("GET /liv").await);
    }
    let alive = server.ask("GET /livez HTTP/1.1").await;
    assert!(alive.starts_with("HTTP/1.1 200 "), "{alive}");
    let refused = server.ask("GET /large/1 HTTP/1.1").await;
    assert!(refused.starts_with("HTTP/1.1 503 "), "{refused}");
    assert!(refused.contains("retry-after: 1"), "{refused}");
    let withheld = "POST /echo HTTP/1.1\r\nContent-Length: 9\r\n\r\nx";
    let refused = read_to_end(server.send(withheld).await).await;
    assert!(refused.starts_with("HTTP/1.1 503 "), "{refused}");
    // Over the limit, a request has a second.
    let silent = server.send("").await;
    assert_eq!(read_to_end(silent).await, "");
    let reply = read_to_end(held.pop().unwrap()).await;
    assert!(
        reply.is_empty() || reply.starts_with("HTTP/1.1 408 "),
        "{reply}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn r24_when_the_limit_is_full_the_connection_longest_behind_is_closed() {
    let server = Server::start(Limits {
        connections_max: 3,
        ..LIMITS
    })
    .await;
    let mut worked_for = server.send("GET /slow HTTP/1.1\r\n\r\n").await;
    let longest = server
        .send("POST /echo HTTP/1.1\r\nContent-Length: 9\r\n\r\nx")
        .await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    let mut behind = server.send("GET /liv").await;
    tokio::time::sleep(Duration::from_millis(1_300)).await;
    let reply = server
        .ask(&format!("GET /large/1 HTTP/1.1\r\n{CLOSE}"))
        .await;
    assert!(reply.starts_with("HTTP/1.1 200 "), "{reply}");
    let closed = read_to_end(longest).await;
    assert!(closed.starts_with("HTTP/1.1 408 "), "{closed}");
    assert!(is_open(&mut behind).await);
    assert!(is_open(&mut worked_for).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn r24_silent_connections_do_not_keep_requests_out() {
    let server = Server::start(Limits {
        connections_max: 20,
        ..LIMITS
    })
    .await;
    let mut silent = Vec::new();
    for _ in 0..200 {
        silent.push(server.send("").await);
    }
    tokio::time::sleep(Duration::from_millis(1_300)).await;
    for _ in 0..30 {
        let reply = server
            .ask(&format!("GET /large/1 HTTP/1.1\r\n{CLOSE}"))
            .await;
        assert!(reply.starts_with("HTTP/1.1 200 "), "{reply}");
    }
}
