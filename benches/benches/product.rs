//! The parts of a like: the rules, the transactions of the barrier and of the log, the JSON of a batch, and HTTP.
//!
//! The transactions run on SQLite. They also run on PostgreSQL if `LIKEWISE_BENCH_POSTGRES` contains the URL of a server
//! (`postgres://USER@HOST:PORT`) with the empty databases `article` and `coordinator`. `cargo xtask postgres` starts such a server.

use std::{
    env,
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::Request,
};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use futures::FutureExt;
use likewise::{
    all_in_one::{AllInOne, AllInOneConfig},
    article::{ARTICLE_SCHEMA, ArticleEffect, ArticleStore, CountArgs},
    coordinator::CoordinatorConfig,
    id::ArticleId,
    service::Parts,
};
use likewise_counts::{PARTS, request};
use likewise_saga::{
    env::real,
    id::SagaId,
    log::{LogEntry, NewSaga, SAGA_LOG_SCHEMA, SagaLog, SqlSagaLog, StatusChange, StepRecord},
    participant::{Barrier, SqlBarrier},
    protocol::{Document, Op, Outcome, Status, StepRequest, StepState},
    store::{Database, PoolConfig, Schema},
    time::Timestamp,
};
use serde_json::json;
use tokio::runtime::Runtime;
use tower::ServiceExt;
use uuid::Uuid;

const NOW: Timestamp = Timestamp(1_700_000_000_000_000);
const BATCHES: [usize; 3] = [1, 16, 256];
/// The largest response body, in bytes.
const RESPONSE_BYTES_MAX: usize = 64 * 1024;

/// The number of the next saga. Every step of every iteration belongs to a new saga.
static NEXT_SAGA: AtomicU64 = AtomicU64::new(1);

fn saga() -> SagaId {
    // Ids sort by age, like those of the coordinator.
    SagaId(Uuid::from_u128(
        u128::from(NEXT_SAGA.fetch_add(1, Ordering::Relaxed)) << 64,
    ))
}

fn step(article: ArticleId) -> StepRequest {
    let args = CountArgs {
        article_id: article,
        delta: 1,
    };
    request(saga(), Document::of(&args))
}

/// The rules, and the JSON of a batch for both ends: requests and replies, rendered and parsed.
fn pure(criterion: &mut Criterion) {
    for (name, prepare) in PARTS {
        let part = prepare();
        criterion.bench_function(name, |bencher| bencher.iter(&part));
    }
}

/// A client's request without a saga: routing, headers and a response. The refused request has a problem document as its body.
fn http(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let folder = tempfile::tempdir().expect("a folder");
    let routes = runtime.block_on(routes(folder.path()));
    let mut group = criterion.benchmark_group("http");
    for (name, method, path, status) in [
        ("alive", "GET", "/livez", 200),
        ("a like that is not valid", "POST", "/articles/1/like", 422),
    ] {
        group.bench_function(name, |bencher| {
            bencher.to_async(&runtime).iter(|| async {
                let request = Request::builder().method(method).uri(path);
                let request = request.header("X-User-ID", "none").body(Body::empty());
                let request = request.expect("a request");
                let response = routes.clone().oneshot(request).await;
                let response = response.expect("the router always responds");
                assert_eq!(response.status().as_u16(), status);
                to_bytes(response.into_body(), RESPONSE_BYTES_MAX).await
            });
        });
    }
    group.finish();
}

/// The routes of all services in one process, on SQLite files in this folder.
async fn routes(folder: &Path) -> Router {
    let url = |service: &str| {
        let file = format!("sqlite:{}", folder.join(service).display());
        file.parse().expect("a database's URL")
    };
    let config = AllInOneConfig {
        article_db: url("article"),
        user_db: url("user"),
        coordinator_db: url("coordinator"),
        pool: PoolConfig::default(),
        coordinator: CoordinatorConfig::default(),
    };
    let opened = AllInOne::open(config, real::env(), &Parts::default()).await;
    opened.expect("the services open").routes()
}

/// The available engines, each with a name and the URL of a database for a service.
fn engines(folder: &Path, service: &str) -> Vec<(&'static str, String)> {
    let file = format!("sqlite:{}", folder.join(service).display());
    let mut engines = vec![("sqlite", file)];
    if let Ok(server) = env::var("LIKEWISE_BENCH_POSTGRES") {
        engines.push(("postgres", format!("{server}/{service}")));
    }
    engines
}

async fn open(url: &str, schema: Schema) -> Database {
    let url = url.parse().expect("a database's URL");
    let store = real::env().store;
    let opened = Database::open(&url, schema, PoolConfig::default(), store).await;
    opened.expect("the database opens")
}

/// Steps of one article through the barrier, one transaction per batch.
fn barrier(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let folder = tempfile::tempdir().expect("a folder");
    for (engine, url) in engines(folder.path(), "article") {
        let (database, article) = runtime.block_on(async {
            let database = open(&url, ARTICLE_SCHEMA).await;
            let store = ArticleStore::new(database.clone());
            let article = store.create("bench".to_owned(), None, NOW).await;
            (database, article.expect("an article").article.id)
        });
        let mut group = criterion.benchmark_group(format!("barrier on {engine}"));
        group.sample_size(20);
        for size in BATCHES {
            group.throughput(Throughput::Elements(size as u64));
            group.bench_function(BenchmarkId::from_parameter(size), |bencher| {
                bencher.to_async(&runtime).iter(|| {
                    let batch: Vec<StepRequest> = (0..size).map(|_| step(article)).collect();
                    database.write("bench", move |tx| {
                        async move { SqlBarrier.apply(tx, &ArticleEffect, NOW, &batch).await }
                            .boxed()
                    })
                });
            });
        }
        group.finish();
    }
}

/// Sagas that start and end in the log: one transaction per batch for the starts and one for the ends.
fn saga_log(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let folder = tempfile::tempdir().expect("a folder");
    for (engine, url) in engines(folder.path(), "coordinator") {
        let (log, epoch) = runtime.block_on(async {
            let log = SqlSagaLog::new(open(&url, SAGA_LOG_SCHEMA).await);
            let epoch = log.take_over().await.expect("the log can be taken over");
            (log, epoch)
        });
        let mut group = criterion.benchmark_group(format!("saga log on {engine}"));
        group.sample_size(20);
        for size in BATCHES {
            group.throughput(Throughput::Elements(size as u64));
            group.bench_function(BenchmarkId::from_parameter(size), |bencher| {
                bencher.to_async(&runtime).iter(|| async {
                    let sagas: Vec<SagaId> = (0..size).map(|_| saga()).collect();
                    let starts: Vec<LogEntry> = sagas.iter().copied().map(start).collect();
                    log.append(epoch, NOW, &starts)
                        .await
                        .expect("the sagas start");
                    let ends: Vec<LogEntry> = sagas.into_iter().map(end).collect();
                    log.append(epoch, NOW, &ends).await.expect("the sagas end");
                });
            });
        }
        group.finish();
    }
}

fn start(id: SagaId) -> LogEntry {
    LogEntry::Start(NewSaga {
        id,
        kind: "like".to_owned(),
        args: Document::from(json!({ "user_id": 1, "article_id": 1, "id": id })),
        lock_key: id.to_string(),
        request_key: None,
        fingerprint: 1,
        deadline_at: NOW,
        settled: None,
    })
}

fn end(saga: SagaId) -> LogEntry {
    let result = Document::from(json!({ "likes": 3 }));
    let mut step = StepRecord::new(StepState::Done {
        result: result.clone(),
    });
    step.count(Op::Do);
    LogEntry::StatusChange(StatusChange {
        saga,
        from: Status::Running,
        to: Status::Completed,
        parked: false,
        steps: vec![step],
        ordered: None,
        outcome: Some(Outcome::Done {
            results: vec![result],
        }),
        reason: None,
        recovers: false,
    })
}

criterion_group!(benches, pure, http, barrier, saga_log);
criterion_main!(benches);
