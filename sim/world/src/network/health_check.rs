//! A `GET` over a connection of its own, as an orchestrator checks the health of a process.
//!
//! It carries no message number: no fault of a message is aimed at it, and it moves no trigger of another message.

use std::{io, sync::Arc};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use turmoil::net::TcpStream;

use super::sockets::PORT;
use crate::{plan::Host, process::incarnation::Incarnation};

/// The most bytes of an answer that are read.
const ANSWER_BYTES_MAX: u64 = 16_384;

/// Asks a host for a path, and reads the status and the body. Has no time limit: the caller sets one.
///
/// # Errors
/// There was no answer: the connection was refused or closed.
///
/// # Cancel safety
/// Dropping the future closes the connection.
pub(crate) async fn get(
    incarnation: &Arc<Incarnation>,
    host: Host,
    path: &str,
) -> io::Result<(u16, String)> {
    let stream = TcpStream::connect((host.name(), PORT)).await?;
    let mut stream = incarnation.own(stream);
    let head = format!("GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).await?;
    let mut answer = Vec::new();
    (&mut stream)
        .take(ANSWER_BYTES_MAX)
        .read_to_end(&mut answer)
        .await?;
    parsed(&String::from_utf8_lossy(&answer)).ok_or_else(|| {
        let why = "the connection was closed without an answer";
        io::Error::new(io::ErrorKind::UnexpectedEof, why)
    })
}

/// The status and the body of an answer.
fn parsed(answer: &str) -> Option<(u16, String)> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some((status, body.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_has_a_status_and_a_body() {
        let answer = "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 2\r\n\r\n{}";
        assert_eq!(parsed(answer), Some((503, "{}".to_owned())));
        assert_eq!(parsed("HTTP/1.1 200 OK\r\n"), None, "it is cut off");
    }
}
