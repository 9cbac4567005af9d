//! One client's connection: hand-made HTTP/1.1 over TCP, as cheap as it gets.
//!
//! A general client costs as much as the service it measures. This one writes bytes that are
//! ready, and reads of the reply what the tally needs: the status, the body, `Retry-After`.

use std::{io, net::SocketAddr, ops::Range};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// The largest reply that is read, in bytes.
const REPLY_BYTES_MAX: usize = 1024 * 1024;
/// What one read asks for, in bytes: nearly every reply fits.
const READ_BYTES: usize = 4 * 1024;

/// A connection that is kept; made anew after it broke.
pub(crate) struct Wire {
    address: SocketAddr,
    stream: Option<TcpStream>,
    inbox: Vec<u8>,
}

/// What came back.
pub(crate) struct Reply<'w> {
    pub(crate) status: u16,
    pub(crate) retry_after: bool,
    pub(crate) body: &'w [u8],
}

impl Wire {
    pub(crate) fn to(address: SocketAddr) -> Self {
        Self {
            address,
            stream: None,
            inbox: Vec::new(),
        }
    }

    /// Connects, if it is not connected.
    ///
    /// # Errors
    /// Nobody listens there, or no connection can be had.
    pub(crate) async fn open(&mut self) -> io::Result<()> {
        if self.stream.is_none() {
            self.stream = Some(connect(self.address).await?);
        }
        Ok(())
    }

    /// Sends a request and waits for the whole reply.
    ///
    /// # Errors
    /// The connection broke, or the reply is none. The effect of the request is unknown then.
    pub(crate) async fn exchange(&mut self, request: &[u8]) -> io::Result<Reply<'_>> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => connect(self.address).await?,
        };
        stream.write_all(request).await?;
        self.inbox.clear();
        let head = loop {
            if let Some(head) = Head::read(&self.inbox)?
                && self.inbox.len() >= head.body.end
            {
                break head;
            }
            self.inbox.reserve(READ_BYTES);
            if self.inbox.len() > REPLY_BYTES_MAX || stream.read_buf(&mut self.inbox).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        };
        // Only a connection whose reply was whole serves again.
        self.stream = Some(stream);
        Ok(Reply {
            status: head.status,
            retry_after: head.retry_after,
            body: &self.inbox[head.body],
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
    /// Nothing, as long as it is not whole.
    fn read(bytes: &[u8]) -> io::Result<Option<Self>> {
        let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
            return Ok(None);
        };
        let wrong = || io::Error::from(io::ErrorKind::InvalidData);
        let text = std::str::from_utf8(&bytes[..end]).map_err(|_| wrong())?;
        let mut lines = text.split("\r\n");
        let status = lines
            .next()
            .and_then(|line| line.get(9..12))
            .ok_or_else(wrong)?;
        let mut head = Self {
            status: status.parse().map_err(|_| wrong())?,
            retry_after: false,
            body: end + 4..end + 4,
        };
        for (name, value) in lines.filter_map(|line| line.split_once(':')) {
            if name.eq_ignore_ascii_case("content-length") {
                let length: usize = value.trim().parse().map_err(|_| wrong())?;
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
    fn a_reply_is_whole_once_its_body_is() {
        let reply =
            b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\ncontent-length: 2\r\n\r\nno";
        assert!(Head::read(&reply[..40]).unwrap().is_none());
        let head = Head::read(reply).unwrap().unwrap();
        assert_eq!((head.status, head.retry_after), (503, true));
        assert_eq!(&reply[head.body], b"no");
    }

    #[test]
    fn what_is_no_reply_is_an_error() {
        assert!(Head::read(b"hello\r\n\r\n").is_err());
    }
}
