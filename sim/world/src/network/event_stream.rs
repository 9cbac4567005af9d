//! A stream of events over a connection of its own, as a browser reads it.
//!
//! It asks with HTTP/1.0: the answer then comes without a division into chunks and ends with the connection. Like a check of the
//! health, it carries no message number: no fault of a message is aimed at it. Crashes, power cuts and partitions cut it.

use std::{io, sync::Arc};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use turmoil::net::TcpStream;

use super::sockets::PORT;
use crate::{
    plan::Host,
    process::incarnation::{Incarnation, SimStream},
};

/// The most bytes that are kept of what was not read as a whole event yet.
const PENDING_BYTES_MAX: usize = 1024 * 1024;

/// An open stream.
pub(crate) struct EventStream {
    stream: SimStream,
    /// What arrived and was not taken.
    pending: Vec<u8>,
}

/// An event with an id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StreamEvent {
    pub(crate) name: String,
    pub(crate) id: String,
}

impl EventStream {
    /// Opens a stream at a host. With an id it goes on after that event. Returns the status, too.
    ///
    /// # Errors
    /// There was no answer: the connection was refused or closed.
    ///
    /// # Cancel safety
    /// Dropping the future closes the connection.
    pub(crate) async fn open(
        incarnation: &Arc<Incarnation>,
        host: Host,
        path: &str,
        last_event_id: Option<&str>,
    ) -> io::Result<(u16, Self)> {
        let stream = TcpStream::connect((host.name(), PORT)).await?;
        let mut opened = Self {
            stream: incarnation.own(stream),
            pending: Vec::new(),
        };
        let resume = last_event_id.map_or(String::new(), |id| format!("last-event-id: {id}\r\n"));
        let head = format!("GET {path} HTTP/1.0\r\nhost: {host}\r\n{resume}\r\n");
        opened.stream.write_all(head.as_bytes()).await?;
        let head = opened.block("\r\n\r\n").await?.ok_or_else(cut)?;
        let status = head
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok());
        Ok((status.ok_or_else(cut)?, opened))
    }

    /// The next event with an id. `None` at the end of the stream.
    ///
    /// # Errors
    /// The connection was cut.
    pub(crate) async fn next(&mut self) -> io::Result<Option<StreamEvent>> {
        while let Some(block) = self.block("\n\n").await? {
            if let Some(event) = logged(&block) {
                return Ok(Some(event));
            }
        }
        Ok(None)
    }

    /// What comes before the next end. `None` if the stream ends first.
    async fn block(&mut self, end: &str) -> io::Result<Option<String>> {
        loop {
            let found = self
                .pending
                .windows(end.len())
                .position(|part| part == end.as_bytes());
            if let Some(at) = found {
                let rest = self.pending.split_off(at + end.len());
                let mut block = std::mem::replace(&mut self.pending, rest);
                block.truncate(at);
                return Ok(Some(String::from_utf8_lossy(&block).into_owned()));
            }
            let read = self.stream.read_buf(&mut self.pending).await?;
            if read == 0 {
                return Ok(None);
            }
            if self.pending.len() > PENDING_BYTES_MAX {
                return Err(cut());
            }
        }
    }
}

fn logged(block: &str) -> Option<StreamEvent> {
    let field = |name: &str| {
        let mut lines = block.lines();
        lines.find_map(|line| Some(line.strip_prefix(name)?.trim_start().to_owned()))
    };
    Some(StreamEvent {
        id: field("id:")?,
        name: field("event:")?,
    })
}

fn cut() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "the stream was cut")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_event_with_an_id_is_a_logged_change() {
        let event = logged("event: started\nid: 7.0\ndata: {}").unwrap();
        assert_eq!((&*event.name, &*event.id), ("started", "7.0"));
        assert_eq!(logged("event: step\ndata: {\"id:\":1}"), None);
        assert_eq!(logged(": "), None);
    }
}
