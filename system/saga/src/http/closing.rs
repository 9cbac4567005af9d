//! The end of a connection whose client has withheld something.

use axum::http::StatusCode;
use futures::FutureExt;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::Problem;
use crate::bound::{Bound, within};

/// The time for a last reply, and for a client to notice that its connection is closed. A client that reads needs one round
/// trip; one that does not must not hold its slot any longer.
pub(super) const CLOSING_BOUND: Bound =
    Bound::new("the end of a connection", Duration::from_secs(1));

/// Reads what a client still sends. A system that closes a connection with unread bytes resets it, and the reset may overtake
/// the reply.
pub(super) async fn linger<I: AsyncRead + Unpin>(stream: &mut I) {
    let read_all = async {
        let mut ignored = vec![0; 1_024];
        while stream.read(&mut ignored).await.is_ok_and(|read| read > 0) {}
    };
    let _ = within(CLOSING_BOUND, read_all).await;
}

/// Tells the client that its request took too long, and closes the connection.
pub(super) async fn request_timeout<I: AsyncRead + AsyncWrite + Unpin>(stream: &mut I) {
    let reply = request_timeout_reply();
    let replied = async {
        stream.write_all(reply.as_bytes()).await?;
        stream.shutdown().await
    };
    if let Ok(Ok(())) = within(CLOSING_BOUND, replied).await {
        linger(stream).await;
    }
}

/// Like [`request_timeout`], if the stream takes the reply at once: another connection has its slot already.
pub(super) fn request_timeout_at_once<I: AsyncWrite + Unpin>(stream: &mut I) {
    let reply = request_timeout_reply();
    let _ = stream.write_all(reply.as_bytes()).now_or_never();
}

/// The reply is written past hyper, which has no request yet that it could reply to.
fn request_timeout_reply() -> String {
    let status = StatusCode::REQUEST_TIMEOUT;
    let body = Problem::request_timeout().json();
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/problem+json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}
