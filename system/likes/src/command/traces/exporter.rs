//! Sends ended spans to a collector, in batches and from a bounded queue.
//!
//! A collector that is away or silent slows nothing: a span that finds the queue full is dropped and counted, and a
//! batch that is not taken within its bound is lost.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{
    body::Bytes,
    http::{Request, Uri, header},
};
use likewise::bounds::{LAST_SPANS, TRACE_COLLECTOR};
use likewise_saga::{
    bound::within,
    env::{Env, HttpClient, HyperClient, join_uri},
    trace::{EndedSpan, SpanSink, Tracer},
};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
};

use super::message::Resource;

/// How many ended spans wait for their batch. Some 5 MB.
const QUEUE_MAX: usize = 8_192;
/// How many spans share a request.
const BATCH_MAX: usize = 512;
/// How long a batch gathers spans.
const GATHER: Duration = Duration::from_secs(1);

/// The exporter of a process.
pub(super) struct Exporter {
    tracer: Tracer,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Exporter {
    pub(super) fn start(endpoint: &Uri, share: f64, env: &Env, service: &str) -> Self {
        let (sender, spans) = mpsc::channel(QUEUE_MAX);
        let dropped = Arc::new(AtomicU64::new(0));
        let queue = Queue {
            sender,
            dropped: Arc::clone(&dropped),
        };
        let sending = Sending {
            spans,
            dropped,
            endpoint: endpoint.clone(),
            // Its connections and its failures are not those of the services.
            http_client: Box::new(HyperClient::tcp()),
            resource: Resource::new(service),
            lost: 0,
            is_away: false,
        };
        let (stop, stopped) = oneshot::channel();
        Self {
            tracer: Tracer::new(env.random(), Arc::clone(&env.clock), share, Arc::new(queue)),
            stop,
            task: tokio::spawn(sending.run(stopped)),
        }
    }

    pub(super) fn tracer(&self) -> Tracer {
        self.tracer.clone()
    }

    /// Sends what is queued, within [`LAST_SPANS`].
    pub(super) async fn close(self) {
        let _ = self.stop.send(());
        if let Err(overdue) = within(LAST_SPANS, self.task).await {
            tracing::warn!(%overdue, "the last spans are lost");
        }
    }
}

/// Where ended spans wait.
struct Queue {
    sender: mpsc::Sender<EndedSpan>,
    dropped: Arc<AtomicU64>,
}

impl SpanSink for Queue {
    fn ended(&self, span: EndedSpan) {
        if self.sender.try_send(span).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// The task that sends spans.
struct Sending {
    spans: mpsc::Receiver<EndedSpan>,
    dropped: Arc<AtomicU64>,
    endpoint: Uri,
    http_client: Box<dyn HttpClient>,
    resource: Resource,
    /// Spans that were lost and not reported yet.
    lost: u64,
    is_away: bool,
}

impl Sending {
    async fn run(mut self, mut stopped: oneshot::Receiver<()>) {
        let mut is_stopped = false;
        while !is_stopped {
            let mut batch = Vec::new();
            let received = tokio::select! {
                biased;
                _ = &mut stopped => break,
                received = self.spans.recv_many(&mut batch, BATCH_MAX) => received,
            };
            // Nobody makes spans any more.
            if received == 0 {
                break;
            }
            if received < BATCH_MAX {
                is_stopped = tokio::select! {
                    biased;
                    _ = &mut stopped => true,
                    () = tokio::time::sleep(GATHER) => false,
                };
            }
            self.fill(&mut batch);
            self.send(batch).await;
        }
        self.send_rest().await;
    }

    async fn send_rest(&mut self) {
        loop {
            let mut batch = Vec::new();
            self.fill(&mut batch);
            if batch.is_empty() {
                return;
            }
            self.send(batch).await;
        }
    }

    /// Adds what is queued, as far as there is room in the batch.
    fn fill(&mut self, batch: &mut Vec<EndedSpan>) {
        while batch.len() < BATCH_MAX
            && let Ok(span) = self.spans.try_recv()
        {
            batch.push(span);
        }
    }

    async fn send(&mut self, batch: Vec<EndedSpan>) {
        let size = batch.len() as u64;
        let sent = self.post(self.resource.encode(batch)).await;
        self.lost += self.dropped.swap(0, Ordering::Relaxed);
        match sent {
            Ok(()) if self.is_away => {
                tracing::warn!(lost = self.lost, "the trace collector is back");
                (self.is_away, self.lost) = (false, 0);
            }
            Ok(()) if self.lost > 0 => {
                let lost = std::mem::take(&mut self.lost);
                tracing::warn!(
                    lost,
                    "spans were lost: more of them end than the collector takes"
                );
            }
            Ok(()) => {}
            Err(reason) => {
                self.lost += size;
                if !self.is_away {
                    let endpoint = &self.endpoint;
                    tracing::warn!(%endpoint, reason, "the trace collector is away; spans are lost until it is back");
                }
                self.is_away = true;
            }
        }
    }

    /// # Errors
    /// Why the collector has not taken the batch.
    async fn post(&self, message: Vec<u8>) -> Result<(), String> {
        let uri = join_uri(&self.endpoint, "/v1/traces").map_err(|error| error.to_string())?;
        let request = Request::post(uri)
            .header(header::CONTENT_TYPE, "application/x-protobuf")
            .body(Bytes::from(message))
            .map_err(|error| error.to_string())?;
        let exchanged = within(TRACE_COLLECTOR, self.http_client.exchange(request)).await;
        let reply = exchanged
            .map_err(|overdue| overdue.to_string())?
            .map_err(|error| error.to_string())?;
        match reply.status().is_success() {
            true => Ok(()),
            false => Err(format!("it answered {}", reply.status())),
        }
    }
}
