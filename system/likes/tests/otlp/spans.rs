//! Traces of real processes at a collector of OpenTelemetry, which decodes what it gets.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Router, body::Bytes, routing::post};
use http::HeaderMap;
use likewise_saga::{env::real, http::serve};
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{AnyValue, any_value::Value},
    trace::v1::{Span, span::SpanKind},
};
use prost::Message;
use tempfile::TempDir;
use tokio::task::JoinSet;

use crate::{common::client::Client, run::Running, three_processes::Three};

/// The trace that the client of these tests begins.
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CLIENT_SPAN: &str = "00f067aa0ba902b7";

/// The number of polls for a condition, 20 ms apart.
const POLLS_MAX: u32 = 1_500;

/// A small collector.
struct Collector {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<(HeaderMap, Bytes)>>>,
    _serving: JoinSet<()>,
}

/// A span, and the service that sent it.
type Sent = (String, Span);

impl Collector {
    async fn start() -> Self {
        let requests: Arc<Mutex<Vec<(HeaderMap, Bytes)>>> = Arc::default();
        let taken = Arc::clone(&requests);
        let take = move |headers: HeaderMap, body: Bytes| {
            taken.lock().unwrap().push((headers, body));
            async {}
        };
        let routes = Router::new().route("/v1/traces", post(take));
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let listener = real::listen(any).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            let served = serve(real::with_nodelay(listener), routes, std::future::pending());
            served.await.expect("it serves");
        });
        Self {
            address,
            requests,
            _serving: serving,
        }
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn spans(&self) -> Vec<Sent> {
        let mut spans = Vec::new();
        for (headers, body) in self.requests.lock().unwrap().iter() {
            assert_eq!(headers["content-type"], "application/x-protobuf");
            let request = ExportTraceServiceRequest::decode(body.clone()).expect("OTLP");
            for group in request.resource_spans {
                let resource = group.resource.expect("a resource");
                let service = text(resource.attributes[0].value.as_ref());
                let sent = group.scope_spans.into_iter().flat_map(|scope| scope.spans);
                spans.extend(sent.map(|span| (service.clone(), span)));
            }
        }
        spans
    }

    /// Waits until the trace of the client has this number of spans, and returns them by their names.
    async fn trace(&self, size: usize) -> BTreeMap<String, Sent> {
        let mut found = Vec::new();
        for _ in 0..POLLS_MAX {
            found = self.spans();
            found.retain(|(_, span)| hex(&span.trace_id) == TRACE);
            if found.len() >= size {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(found.len(), size, "{found:#?}");
        let named = found.into_iter().map(|sent| (sent.1.name.clone(), sent));
        named.collect()
    }
}

fn text(value: Option<&AnyValue>) -> String {
    match value.and_then(|value| value.value.as_ref()) {
        Some(Value::StringValue(text)) => text.clone(),
        other => panic!("{other:?}"),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_spans_of_one_like_from_three_processes_are_one_tree() {
    let (folder, collector) = (TempDir::new().expect("a folder"), Collector::start().await);
    let three = Three::start(folder.path(), &["--otlp-endpoint", &collector.url()]).await;
    let path = format!("/articles/{}/like", three.article_id);
    let like = three.client.post(&path).user(7);
    let traceparent = format!("00-{TRACE}-{CLIENT_SPAN}-01");
    let reply = like.header("traceparent", traceparent).send().await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let spans = collector.trace(7).await;

    // Each span, its service, and its parent.
    let request = "POST /articles/{article_id}/like";
    let tree = [
        (request, "likewise-coordinator", None),
        ("saga like", "likewise-coordinator", Some(request)),
        ("saga log append", "likewise-coordinator", Some("saga like")),
        ("count do", "likewise-coordinator", Some("saga like")),
        ("article step 0 do", "likewise-article", Some("count do")),
        ("record do", "likewise-coordinator", Some("saga like")),
        ("user step 1 do", "likewise-user", Some("record do")),
    ];
    for (name, service, parent) in tree {
        let (sent_by, span) = &spans[name];
        assert_eq!(sent_by, service, "{name}");
        let parent = parent.map_or(CLIENT_SPAN.to_owned(), |parent| {
            hex(&spans[parent].1.span_id)
        });
        assert_eq!(hex(&span.parent_span_id), parent, "{name}");
        assert!(
            span.end_time_unix_nano >= span.start_time_unix_nano,
            "{name}"
        );
    }
    let span = &spans[request].1;
    assert_eq!(span.kind(), SpanKind::Server);
    let attribute = |name: &str| {
        let found = span.attributes.iter().find(|known| known.key == name);
        text(found.unwrap_or_else(|| panic!("no {name}")).value.as_ref())
    };
    assert_eq!(attribute("http.route"), "/articles/{article_id}/like");
    assert_eq!(attribute("likewise.saga.id"), reply.body["transaction_id"]);

    // The batch of each service has a link to its step.
    for step in ["article step 0 do", "user step 1 do"] {
        let step = &spans[step].1;
        let is_batch = |sent: &&Sent| sent.1.span_id == step.links[0].span_id;
        let all = collector.spans();
        let (_, batch) = all.iter().find(is_batch).expect("its batch");
        assert_eq!(batch.name, "apply batch");
        assert_eq!(batch.links[0].span_id, step.span_id);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_sends_the_last_spans() {
    let (folder, collector) = (TempDir::new().expect("a folder"), Collector::start().await);
    let url = collector.url();
    let arguments = ["serve", "--listen", "127.0.0.1:0", "--otlp-endpoint", &url];
    let running = Running::start(folder.path(), &arguments);
    Client::new(running.address()).article("An article").await;
    assert_eq!(running.signal("TERM").code, Some(0));
    let spans = collector.spans();
    let names: Vec<&str> = spans.iter().map(|(_, span)| span.name.as_str()).collect();
    assert_eq!(names, ["POST /v1/articles"], "the span of the last second");
    assert_eq!(spans[0].0, "likewise");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_trace_is_recorded_that_its_sender_does_not_record() {
    let (folder, collector) = (TempDir::new().expect("a folder"), Collector::start().await);
    let url = collector.url();
    let arguments = ["serve", "--listen", "127.0.0.1:0", "--otlp-endpoint", &url];
    let running = Running::start(
        folder.path(),
        &[&arguments[..], &["--trace-share", "0"]].concat(),
    );
    let client = Client::new(running.address());
    let article = client.article("An article").await;
    let like = client.post(&format!("/articles/{article}/like")).user(7);
    let traceparent = format!("00-{TRACE}-{CLIENT_SPAN}-00");
    assert_eq!(
        like.header("traceparent", traceparent).send().await.status,
        200
    );
    assert_eq!(client.like(article, 8).await.status, 200);
    running.signal("TERM");
    assert_eq!(collector.spans(), []);
}

/// The longest stop of a process whose collector does not answer.
const STOP_MAX: Duration = Duration::from_secs(6);

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_away_or_silent_slows_nothing() {
    // Accepted by the operating system, and never answered.
    let silent = real::listen(SocketAddr::from(([127, 0, 0, 1], 0))).await;
    let silent = silent.expect("a port");
    let silent_url = format!("http://{}", silent.local_addr().expect("an address"));
    for (url, is_away) in [("http://127.0.0.1:1", true), (silent_url.as_str(), false)] {
        let folder = TempDir::new().expect("a folder");
        let arguments = ["serve", "--listen", "127.0.0.1:0", "--otlp-endpoint", url];
        let mut running = Running::start(folder.path(), &arguments);
        let client = Client::new(running.address());
        let article = client.article("An article").await;
        for user in 1..=300 {
            assert_eq!(client.like(article, user).await.status, 200, "{url}");
        }
        if is_away {
            running.wait_for_log("the trace collector is away");
        }
        running.send("TERM");
        let ended = running.end_within(STOP_MAX);
        assert_eq!(ended.code, Some(0), "{}", ended.errors);
        let lines = ended.errors.matches("collector is away").count();
        assert!(lines <= 1, "{}", ended.errors);
    }
}
