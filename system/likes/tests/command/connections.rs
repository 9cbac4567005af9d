//! R24: the connections of a real process, whose limit on open files is low.

use std::{net::SocketAddr, time::Duration};

use likewise_saga::bound::{Bound, within};
use tempfile::TempDir;
use tokio::{io::AsyncWriteExt, net::TcpStream, time::Instant};

use crate::{common::client::Client, run::Running};

/// The limit on open files that the process begins with, and the one to which it may raise it.
const FILES: (u32, u32) = (100, 512);
/// More connections than the process can have, and fewer files than a test may open.
const SILENT: usize = 400;
/// A body that never arrives.
const BEGUN: &[u8] = b"PUT /v1/users/7/block HTTP/1.1\r\nContent-Length: 9\r\n\r\nx";

#[allow(
    clippy::disallowed_methods,
    reason = "sends less than any HTTP client would"
)]
async fn withheld(address: SocketAddr) -> TcpStream {
    let send = async {
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        stream.write_all(BEGUN).await.expect("it is sent");
        stream
    };
    let bound = Bound::new("a connection", Duration::from_secs(10));
    within(bound, send).await.expect("it is accepted")
}

/// Without the limit the process runs out of files; then it can neither accept a health check nor open its databases.
#[tokio::test(flavor = "multi_thread")]
async fn r24_withheld_requests_up_to_the_limit_on_open_files_do_not_silence_a_process() {
    let folder = TempDir::new().expect("a folder");
    let arguments = ["serve", "--listen", "127.0.0.1:0"];
    let running = Running::start_with_open_files(folder.path(), &arguments, FILES);
    let line = running.log_line("at most 192 connections");
    assert!(line.contains("512 files"), "{line}");
    let (address, client) = (running.address(), Client::new(running.address()));
    let mut silent = Vec::new();
    for _ in 0..SILENT {
        silent.push(withheld(address).await);
    }
    let alive = client.get("/livez").send().await;
    assert_eq!(alive.status, 200, "{alive:?}");
    let ready = client.get("/readyz").send().await;
    assert_eq!(ready.status, 200, "{ready:?}");
    // A connection may be silent for a second before it must make room.
    tokio::time::sleep(Duration::from_millis(1_300)).await;
    let article = client.article("An article").await;
    assert_eq!(client.like(article, 7).await.status, 200);

    silent.push(withheld(address).await);
    let told = Instant::now();
    let ended = running.signal("TERM");
    assert_eq!(ended.code, Some(0), "{}", ended.errors);
    assert!(
        told.elapsed() < Duration::from_secs(5),
        "{:?}",
        told.elapsed()
    );
    assert!(ended.errors.contains("the connection limit is reached"));
}
