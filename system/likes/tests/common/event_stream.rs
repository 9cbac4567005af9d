//! A client that follows a transaction: reads the stream of its events piece by piece, as a browser does.

use std::{collections::VecDeque, net::SocketAddr, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use likewise_saga::bound::{Bound, within};
use serde_json::Value;

use super::contract::assert_event_documented;

/// Longer than any event takes that comes.
const EVENT: Bound = Bound::new("the next event", Duration::from_secs(30));

/// A stream of events. Dropping it closes the connection.
pub struct EventStream {
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// The last `id:`, which a browser sends when it comes back.
    pub last_event_id: Option<String>,
    /// The `retry:` of the stream, in milliseconds.
    pub retry: Option<u64>,
    pub comments: usize,
    body: Incoming,
    text: String,
    read: VecDeque<ServerEvent>,
    _client: Client<HttpConnector, Empty<Bytes>>,
}

/// One event.
#[derive(Debug, Clone, PartialEq)]
pub struct ServerEvent {
    pub name: String,
    pub id: Option<String>,
    pub data: Value,
}

impl EventStream {
    /// Opens a stream. With an id, it goes on after that event.
    pub async fn open(address: SocketAddr, path: &str, last_event_id: Option<&str>) -> Self {
        let headers = last_event_id.map(|id| ("Last-Event-ID", id));
        Self::open_with(address, path, headers.as_slice()).await
    }

    pub async fn open_with(address: SocketAddr, path: &str, headers: &[(&str, &str)]) -> Self {
        let client = Client::builder(TokioExecutor::new()).build(HttpConnector::new());
        let mut request = Request::get(format!("http://{address}{path}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Empty::new()).expect("a request");
        let response = within(EVENT, client.request(request)).await;
        let (parts, body) = response.expect("in time").expect("an answer").into_parts();
        Self {
            status: parts.status,
            headers: parts.headers,
            last_event_id: None,
            retry: None,
            comments: 0,
            body,
            text: String::new(),
            read: VecDeque::new(),
            _client: client,
        }
    }

    /// The next event. `None` at the end of the stream; it panics if the connection is cut instead.
    pub async fn next(&mut self) -> Option<ServerEvent> {
        self.try_next()
            .await
            .expect("a stream that ends as it should")
    }

    /// The next event, or an error if the connection is cut, or if only heartbeats come.
    pub async fn try_next(&mut self) -> Result<Option<ServerEvent>, String> {
        let next = within(EVENT, self.read_next()).await;
        let event = next.map_err(|overdue| overdue.to_string())??;
        if let Some(id) = event.as_ref().and_then(|event| event.id.clone()) {
            self.last_event_id = Some(id);
        }
        Ok(event)
    }

    async fn read_next(&mut self) -> Result<Option<ServerEvent>, String> {
        while self.read.is_empty() {
            let frame = match self.body.frame().await {
                None => return Ok(None),
                Some(frame) => frame.map_err(|error| error.to_string())?,
            };
            if let Ok(data) = frame.into_data() {
                self.text
                    .push_str(std::str::from_utf8(&data).expect("text"));
                self.parse();
            }
        }
        Ok(self.read.pop_front())
    }

    /// All events up to one with this name.
    pub async fn until(&mut self, name: &str) -> Vec<ServerEvent> {
        let mut events = Vec::new();
        loop {
            let next = self.next().await;
            let event = next.unwrap_or_else(|| panic!("no {name} in {events:#?}"));
            let is_last = event.name == name;
            events.push(event);
            if is_last {
                return events;
            }
        }
    }

    /// All events up to the end of the stream.
    pub async fn rest(&mut self) -> Vec<ServerEvent> {
        let mut events = Vec::new();
        while let Some(event) = self.next().await {
            events.push(event);
        }
        events
    }

    fn parse(&mut self) {
        while let Some((block, rest)) = self.text.split_once("\n\n") {
            let (block, rest) = (block.to_owned(), rest.to_owned());
            self.text = rest;
            let (mut name, mut id, mut data) = ("message".to_owned(), None, String::new());
            for line in block.lines() {
                let (field, value) = line.split_once(':').unwrap_or((line, ""));
                let value = value.strip_prefix(' ').unwrap_or(value).to_owned();
                match field {
                    "" => self.comments += 1,
                    "event" => name = value,
                    "id" => id = Some(value),
                    "data" => data.push_str(&value),
                    "retry" => self.retry = value.parse().ok(),
                    _ => panic!("an unknown field: {line}"),
                }
            }
            // An event without data is none (WHATWG).
            if !data.is_empty() {
                let data = serde_json::from_str(&data).expect("JSON");
                assert_event_documented(&name, &data);
                self.read.push_back(ServerEvent { name, id, data });
            }
        }
    }
}

/// The names of the logged changes among these events, in their order.
pub fn changes(events: &[ServerEvent]) -> Vec<&str> {
    let logged = events.iter().filter(|event| event.id.is_some());
    logged.map(|event| event.name.as_str()).collect()
}
