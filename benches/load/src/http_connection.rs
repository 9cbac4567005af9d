//! One client's connection: HTTP/1.1 over TCP, written by hand because a general client costs as much as the service that it
//! would measure.
//!
//! It sends prepared bytes and reads only what the measurements need from a reply: status, body and `Retry-After`.

use std::{io, net::SocketAddr, ops::Range};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// The largest reply that is accepted, in bytes.
const REPLY_BYTES_MAX: usize = 1024 * 1024;
/// The buffer space of one read, in bytes. Nearly every reply fits into it.
const READ_BYTES: usize = 4 * 1024;

/// A persistent connection that reconnects after an error.
pub(crate) struct HttpConnection {
    address: SocketAddr,
    stream: Option<TcpStream>,
    buffer: Vec<u8>,
}

/// A reply; the body borrows from the connection's buffer.
pub(crate) struct Reply<'c> {
    pub(crate) status: u16,
    pub(crate) retry_after: bool,
    pub(crate) body: &'c [u8],
}

impl HttpConnection {
    pub(crate) fn to(address: SocketAddr) -> Self {
        Self {
            address,
            stream: None,
            buffer: Vec::new(),
        }
    }

    /// Connects unless it is connected.
    ///
    /// # Errors
    /// The connection was refused, or no socket is available.
    pub(crate) async fn open(&mut self) -> io::Result<()> {
        if self.stream.is_none() {
            self.stream = Some(connect(self.address).await?);
        }
        Ok(())
    }

    /// Sends a request and waits for the whole reply.
    ///
    /// A connection that the server closed while it was idle is an error here. It is not retried, because nobody
    /// knows whether the request arrived.
    ///
    /// # Errors
    /// The connection broke, or the reply is not HTTP. The effect of the request is then unknown.
    ///
    /// # Cancel safety
    /// Dropping the future closes the connection. The effect of the request is then unknown, too.
    pub(crate) async fn exchange(&mut self, request: &[u8]) -> io::Result<Reply<'_>> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => connect(self.address).await?,
        };
        stream.write_all(request).await?;
        self.buffer.clear();
        let head = loop {
            if let Some(head) = Head::read(&self.buffer)?
                && self.buffer.len() >= head.body.end
            {
                break head;
            }
            self.buffer.reserve(READ_BYTES);
            if self.buffer.len() > REPLY_BYTES_MAX || stream.read_buf(&mut self.buffer).await? == 0
            {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        };
        // Only a connection with a complete reply is used again.
        self.stream = Some(stream);
        Ok(Reply {
            status: head.status,
            retry_after: head.retry_after,
            body: &self.buffer[head.body],
        })
    }
}

async fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

struct Head {
    status: u16,
    retry_after: bool,
    body: Range<usize>,
}

impl Head {
    /// Parses the status line and headers; `None` until they are complete.
    ///
    /// Chunked bodies are not supported. The services send a length with every reply.
    fn read(bytes: &[u8]) -> io::Result<Option<Self>> {
        let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
            return Ok(None);
        };
        let invalid = || io::Error::from(io::ErrorKind::InvalidData);
        let text = std::str::from_utf8(&bytes[..end]).map_err(|_| invalid())?;
        let mut lines = text.split("\r\n");
        let status = lines
            .next()
            .and_then(|line| line.get(9..12))
            .ok_or_else(invalid)?;
        let mut head = Self {
            status: status.parse().map_err(|_| invalid())?,
            retry_after: false,
            body: end + 4..end + 4,
        };
        for (name, value) in lines.filter_map(|line| line.split_once(':')) {
            if name.eq_ignore_ascii_case("content-length") {
                let length: usize = value.trim().parse().map_err(|_| invalid())?;
                head.body.end += length;
            } else if name.eq_ignore_ascii_case("retry-after") {
                head.retry_after = true;
            }
        }
        Ok(Some(head))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_is_complete_once_its_body_is() {
        let reply =
            b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\ncontent-length: 2\r\n\r\nno";
        assert!(Head::read(&reply[..40]).unwrap().is_none());
        let head = Head::read(reply).unwrap().unwrap();
        assert_eq!((head.status, head.retry_after), (503, true));
        assert_eq!(&reply[head.body], b"no");
    }

    #[test]
    fn bytes_that_are_not_http_are_an_error() {
        assert!(Head::read(b"hello\r\n\r\n").is_err());
    }
}
