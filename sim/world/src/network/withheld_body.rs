//! A client that declares a body, sends its first byte, and withholds the rest.
//!
//! It uses a connection of its own. An HTTP library would complete the request, or close the connection.

use std::{io, sync::Arc, time::Duration};

use bytes::Bytes;
use http::Request;
use likewise_saga::{
    bound::{Bound, within},
    env::ExchangeError,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use turmoil::net::TcpStream;

use super::sockets::PORT;
use crate::process::incarnation::Incarnation;

/// The length of the body that is declared. One byte of it is sent.
const DECLARED_BYTES: usize = 9;
/// The most bytes of an answer that are read.
const ANSWER_BYTES_MAX: usize = 4_096;

/// Sends the head of a request and one byte of its body, and waits for the service to answer or to close the connection.
/// Returns how the request ended. No ending is a usable answer.
pub(super) async fn withhold(
    incarnation: &Arc<Incarnation>,
    request: &Request<Bytes>,
    lasts: Duration,
) -> ExchangeError {
    let bound = Bound::new("the rest of the request", lasts);
    let why = match within(bound, half_a_request(incarnation, request)).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(error)) => error.to_string(),
        Err(_) => "the client withheld the body and left".to_owned(),
    };
    ExchangeError::NoReply(why)
}

/// Sends half of a request, and reads what the service answers to that.
async fn half_a_request(
    incarnation: &Arc<Incarnation>,
    request: &Request<Bytes>,
) -> io::Result<String> {
    let host = request.uri().host().unwrap_or_default();
    let stream = TcpStream::connect((host, PORT)).await?;
    let mut stream = incarnation.own(stream);
    stream.write_all(head(request).as_bytes()).await?;
    let mut answer = vec![0; ANSWER_BYTES_MAX];
    let length = stream.read(&mut answer).await?;
    let answer = String::from_utf8_lossy(&answer[..length]).into_owned();
    let status = answer.lines().next().map(str::to_owned);
    Ok(match status {
        None => "the service closed the connection of the withheld body".to_owned(),
        Some(status) => format!("the service answered the withheld body: {status}"),
    })
}

/// The head of the request, and the first byte of its body.
fn head(request: &Request<Bytes>) -> String {
    let mut head = format!("{} {} HTTP/1.1\r\n", request.method(), request.uri().path());
    head += &format!("host: {}\r\n", request.uri().host().unwrap_or_default());
    for (name, value) in request.headers() {
        head += &format!("{name}: {}\r\n", value.to_str().unwrap_or_default());
    }
    head + &format!("content-length: {DECLARED_BYTES}\r\n\r\n{{")
}
