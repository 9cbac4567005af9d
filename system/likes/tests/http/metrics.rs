//! Metrics: what they say is what happened.

use std::{
    collections::BTreeSet,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use likewise::{article::ArticleEffect, service::Parts};
use likewise_saga::metrics::{METRICS, MetricSpec};
use tokio::time::Instant;

use super::{fault_injection::SwitchableEffect, server::TestServer};
use crate::common::{Databases, on_both_engines, scrape::Scrape};

on_both_engines! {
    r13_the_metrics_count_likes_refusals_and_compensations_exactly
    r15_a_parked_saga_is_in_the_metrics_until_it_ends
    no_label_holds_an_id_and_every_sample_is_in_the_table
}

/// Waits until a scrape meets the condition: the end of a saga is stored after its client is answered.
async fn scrape_until(server: &TestServer, condition: impl Fn(&Scrape) -> bool) -> Scrape {
    for _ in 0..1_000 {
        let scrape = server.scrape();
        if condition(&scrape) {
            return scrape;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the condition was never met: {:#?}", server.scrape());
}

#[track_caller]
fn assert_values(scrape: &Scrape, name: &str, names: &[&str], values: &[(&[&str], f64)]) {
    for (labels, value) in values {
        let set: Vec<(&str, &str)> = names.iter().copied().zip(labels.iter().copied()).collect();
        assert_eq!(
            scrape.value(name, &set),
            *value,
            "{name} {set:?}: {scrape:#?}"
        );
    }
    let all: f64 = values.iter().map(|(_, value)| value).sum();
    assert_eq!(scrape.sum(name, &[]), all, "{name} has others: {scrape:#?}");
}

async fn r13_the_metrics_count_likes_refusals_and_compensations_exactly(databases: &Databases) {
    let server = TestServer::start(databases).await;
    let client = &server.client;
    let article = client.article("An article").await;
    assert_eq!(client.like(article, 7).await.status, 200);
    // Repeated: without a key nothing is stored, with one a saga that needs no step.
    assert_eq!(client.like(article, 7).await.status, 409);
    let path = format!("/articles/{article}/like");
    let keyed = client.post(&path).user(7).key("k").send().await;
    assert_eq!(keyed.status, 409, "{keyed:?}");
    assert_eq!(client.like(article + 1, 7).await.status, 404);
    client.put("/v1/users/8/block").send().await;
    assert_eq!(client.like(article, 8).await.status, 500);
    assert_eq!(client.unlike(article, 7).await.status, 200);

    let ended = "likewise_sagas_ended_total";
    let scrape = scrape_until(&server, |scrape| scrape.sum(ended, &[]) >= 4.0).await;
    assert_values(
        &scrape,
        ended,
        &["kind", "outcome"],
        &[
            (&["like", "completed"], 1.0),
            (&["like", "compensated"], 1.0),
            (&["like", "not_needed"], 1.0),
            (&["unlike", "completed"], 1.0),
        ],
    );
    let kinds: &[(&[&str], f64)] = &[(&["like"], 2.0), (&["unlike"], 1.0)];
    assert_values(&scrape, "likewise_sagas_started_total", &["kind"], kinds);
    let undone: &[(&[&str], f64)] = &[(&["like"], 1.0)];
    assert_values(
        &scrape,
        "likewise_compensations_started_total",
        &["kind"],
        undone,
    );
    assert_values(&scrape, "likewise_sagas_open", &["state"], &[]);
    assert_values(&scrape, "likewise_log_takeovers_total", &[], &[(&[], 1.0)]);

    // Two likes and an unlike count; the refused like is taken back. The record of the blocked user never was.
    let verdict = |service: &str, operation: &str, verdict: &str| {
        scrape.value(
            "likewise_barrier_verdicts_total",
            &[
                ("operation", operation),
                ("service", service),
                ("verdict", verdict),
            ],
        )
    };
    assert_eq!(verdict("article", "do", "applied"), 3.0);
    assert_eq!(verdict("article", "undo", "compensated"), 1.0);
    assert_eq!(verdict("user", "do", "applied"), 2.0);
    assert_eq!(verdict("user", "do", "refused"), 1.0);
    assert_eq!(verdict("user", "undo", "compensated"), 0.0);
    for wrong in ["stale", "mismatch", "failed", "dead"] {
        let sum = scrape.sum("likewise_barrier_verdicts_total", &[("verdict", wrong)]);
        assert_eq!(sum, 0.0, "{wrong}");
    }
    let attempts = "likewise_step_attempts_total";
    for (service, operation, outcome, number) in [
        ("article", "do", "done", 3.0),
        ("user", "do", "done", 2.0),
        ("user", "do", "refused", 1.0),
        ("article", "undo", "undone", 1.0),
    ] {
        let labels = [
            ("operation", operation),
            ("outcome", outcome),
            ("service", service),
        ];
        assert_eq!(scrape.value(attempts, &labels), number, "{labels:?}");
        let times = [("operation", operation), ("service", service)];
        let timed = scrape.value("likewise_step_duration_seconds_count", &times);
        assert_eq!(timed, scrape.sum(attempts, &times), "{times:?}");
    }

    // Every like was one request to its route, whatever its article.
    let route = ("route", "/articles/{article_id}/like");
    let requests = "likewise_http_requests_total";
    let class = |status| scrape.sum(requests, &[route, ("status", status)]);
    assert_eq!((class("2xx"), class("4xx"), class("5xx")), (1.0, 3.0, 1.0));
    let timed = "likewise_http_request_duration_seconds_count";
    assert_eq!(scrape.sum(timed, &[route]), 5.0);
    assert_eq!(scrape.sum("likewise_http_requests_refused_total", &[]), 0.0);
    assert!(scrape.sum("likewise_http_connections_open", &[]) >= 1.0);
    assert_eq!(scrape.sum("likewise_dependency_reachable", &[]), 2.0);
    assert_eq!(scrape.value("likewise_coordinator_leader", &[]), 1.0);
    assert_eq!(scrape.value("likewise_log_epoch", &[]), 1.0);
}

async fn r15_a_parked_saga_is_in_the_metrics_until_it_ends(databases: &Databases) {
    let effect = SwitchableEffect::over(ArticleEffect);
    let compensations_on = Arc::clone(&effect.compensations_on);
    let parts = Parts {
        article: effect,
        ..Parts::default()
    };
    let server = TestServer::start_with(databases, parts, |config| {
        config.coordinator.answer_timeout = Duration::from_millis(300);
        config.coordinator.executor.park_after = 3;
        config.coordinator.executor.pause_min = Duration::from_millis(10);
        config.coordinator.executor.pause_max = Duration::from_millis(20);
    })
    .await;
    let article = server.client.article("An article").await;
    server.client.put("/v1/users/7/block").send().await;
    compensations_on.store(false, Ordering::SeqCst);
    server.client.like(article, 7).await;

    let parked = "likewise_sagas_parked_now";
    let scrape = scrape_until(&server, |scrape| scrape.value(parked, &[]) == 1.0).await;
    let open = |state| scrape.value("likewise_sagas_open", &[("state", state)]);
    assert_eq!((open("running"), open("compensating")), (0.0, 1.0));
    let kind = [("kind", "like")];
    assert_eq!(scrape.value("likewise_sagas_parked_total", &kind), 1.0);
    let age = scrape.value("likewise_saga_oldest_age_seconds", &[]);
    assert!(age > 0.0 && age < 60.0, "{age}");
    let undo = [("operation", "undo"), ("service", "article")];
    let lost = [undo[0], ("outcome", "no_reply"), undo[1]];
    assert!(scrape.value("likewise_step_attempts_total", &lost) >= 3.0);
    let failed = [undo[0], undo[1], ("verdict", "failed")];
    assert!(scrape.value("likewise_barrier_verdicts_total", &failed) >= 3.0);

    compensations_on.store(true, Ordering::SeqCst);
    let ended = [("kind", "like"), ("outcome", "compensated")];
    let ended = |scrape: &Scrape| scrape.value("likewise_sagas_ended_total", &ended) == 1.0;
    let scrape = scrape_until(&server, ended).await;
    assert_eq!(scrape.value(parked, &[]), 0.0);
    assert_eq!(scrape.sum("likewise_sagas_open", &[]), 0.0);
    assert_eq!(scrape.value("likewise_saga_oldest_age_seconds", &[]), 0.0);
    assert_eq!(scrape.value("likewise_sagas_parked_total", &kind), 1.0);
    let once = [undo[0], undo[1], ("verdict", "compensated")];
    assert_eq!(scrape.value("likewise_barrier_verdicts_total", &once), 1.0);
}

async fn no_label_holds_an_id_and_every_sample_is_in_the_table(databases: &Databases) {
    let server = TestServer::start(databases).await;
    let client = &server.client;
    let mut articles = Vec::new();
    for _ in 0..3 {
        let article = client.article("An article").await;
        assert_eq!(client.like(article, 700_001).await.status, 200);
        articles.push(article);
    }
    let some = client.get("/v1/transactions?limit=1").send().await;
    let transaction = some.body["items"][0]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    for path in [
        format!("/v1/transactions/{transaction}"),
        "/v1/users/700001/likes".to_owned(),
        "/nothing/700001".to_owned(),
        "/readyz".to_owned(),
    ] {
        client.get(&path).send().await;
    }
    let scrape = server.scrape();
    let specs: Vec<&MetricSpec> = METRICS
        .iter()
        .flat_map(|(_, specs)| *specs)
        .copied()
        .collect();
    for (name, labels) in scrape.names() {
        for value in labels.values() {
            assert!(
                !value.contains(&transaction) && !value.contains("700001"),
                "{name} {labels:?}"
            );
            let is_template = value.starts_with('/') || labels.contains_key("le");
            let is_word = value
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.');
            assert!(is_template || is_word, "{name} {labels:?}");
        }
        let spec = specs.iter().find(|spec| {
            let suffix = name.strip_prefix(spec.name);
            suffix.is_some_and(|suffix| spec.kind.suffixes().contains(&suffix))
        });
        let spec = spec.unwrap_or_else(|| panic!("{name} is not in the table"));
        let mut names: BTreeSet<&str> = labels.keys().map(String::as_str).collect();
        names.remove("le");
        assert_eq!(names, spec.labels.iter().copied().collect(), "{name}");
    }
    // Three articles are one route: the number of label sets does not grow with use.
    let likes = scrape.names().filter(|(name, labels)| {
        *name == "likewise_http_requests_total" && labels["route"] == "/articles/{article_id}/like"
    });
    assert_eq!(likes.count(), 1);
}

/// Nobody asks the database.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: cargo xtask test"]
async fn a_scrape_is_answered_while_the_databases_are_silent() {
    let databases = Databases::create(crate::common::Engine::Postgres).await;
    let (server, proxy) = TestServer::behind_proxy(&databases).await;
    let article = server.client.article("An article").await;
    assert_eq!(server.client.like(article, 7).await.status, 200);
    proxy.silence_everything();
    let path = format!("/articles/{article}/like");
    let asked = server.client.post(&path).user(8).send();
    let scraped = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let began = Instant::now();
        let scrape = server.scrape();
        assert!(
            began.elapsed() < Duration::from_secs(1),
            "{:?}",
            began.elapsed()
        );
        assert!(scrape.sum("likewise_database_connections", &[("state", "in_use")]) >= 1.0);
    };
    let ((), _) = tokio::join!(scraped, asked);
    drop((server, proxy));
    databases.delete().await;
}
