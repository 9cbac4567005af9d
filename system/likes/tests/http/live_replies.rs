//! R17, R24: replies that go on for as long as there is news, as the server sends them.

use std::{net::SocketAddr, time::Duration};

use axum::{
    Router,
    body::{Body, Bytes},
    response::{IntoResponse, Response},
    routing::get,
};
use futures::{StreamExt, stream};
use likewise_saga::{
    bound::within,
    env::real,
    http::{self, Limits, live},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::oneshot,
    time::Instant,
};

use crate::raw_server::{LIMITS, SOON};

type Piece = Result<Bytes, std::convert::Infallible>;

/// News without an end.
async fn flood() -> Response {
    let piece = || -> Piece { Ok(Bytes::from(vec![b'x'; 64 * 1024])) };
    let pieces = stream::repeat_with(piece);
    live(Body::from_stream(pieces).into_response())
}

/// One piece of news, and then none.
async fn silence() -> Response {
    let first: Piece = Ok(Bytes::from_static(b"news"));
    let pieces = stream::iter([first]).chain(stream::pending());
    live(Body::from_stream(pieces).into_response())
}

/// A server, its address, and its stop.
async fn start(limits: Limits) -> (SocketAddr, oneshot::Sender<()>) {
    let routes = Router::new()
        .route("/flood", get(flood))
        .route("/silence", get(silence));
    let listener = real::listen(SocketAddr::from(([127, 0, 0, 1], 0)));
    let listener = listener.await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    tokio::spawn(http::serve_within(
        limits,
        real::with_nodelay(listener),
        routes,
        async {
            let _ = stopped.await;
        },
    ));
    (address, stop)
}

#[allow(clippy::disallowed_methods, reason = "reads as no HTTP client would")]
async fn ask(address: SocketAddr, path: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: it\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

#[tokio::test(flavor = "multi_thread")]
async fn r17_a_client_that_does_not_read_its_stream_is_cut() {
    let limits = Limits {
        reply: Duration::from_millis(300),
        ..LIMITS
    };
    let (address, _stop) = start(limits).await;
    let mut client = ask(address, "/flood").await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    // What the system holds is still read. Without the limit, the flood goes on.
    let mut read = Vec::new();
    let cut = within(SOON, client.read_to_end(&mut read)).await;
    assert!(cut.is_ok(), "{} bytes and no end", read.len());
    assert!(!read.ends_with(b"0\r\n\r\n"), "cut, not ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn r17_a_stream_without_news_outlives_the_time_for_a_reply_and_ends_at_a_stop() {
    let limits = Limits {
        reply: Duration::from_millis(200),
        ..LIMITS
    };
    let (address, stop) = start(limits).await;
    let mut client = ask(address, "/silence").await;
    let mut read = vec![0; 4_096];
    let mut text = String::new();
    while !text.contains("news") {
        let length = client.read(&mut read).await.unwrap();
        text.push_str(&String::from_utf8_lossy(&read[..length]));
    }
    tokio::time::sleep(Duration::from_millis(800)).await;
    let stopping = Instant::now();
    stop.send(()).unwrap();
    let mut rest = String::new();
    let ended = within(SOON, client.read_to_string(&mut rest)).await;
    ended.expect("in time").expect("no reset");
    assert_eq!(rest, "0\r\n\r\n", "it ends as a reply ends");
    assert!(stopping.elapsed() < Duration::from_secs(1));
}
