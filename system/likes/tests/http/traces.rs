//! The spans of a like: one tree through the coordinator and the services, also if it is undone.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, atomic::Ordering},
    time::Duration,
};

use likewise::{service::Parts, user::UserEffect};
use likewise_saga::{
    env::{Env, real},
    trace::{EndedSpan, SpanKind, SpanSink, SpanValue, Tracer},
};
use serde_json::json;

use crate::{
    common::{Databases, on_both_engines},
    fault_injection::SwitchableEffect,
    server::{TestServer, assert_pending},
};

on_both_engines! {
    the_spans_of_a_like_are_one_tree_through_all_services
    a_compensation_belongs_to_the_trace_of_its_saga
    a_recovered_saga_begins_a_trace_that_names_it
}

/// The number of polls for a condition, 20 ms apart.
const POLLS_MAX: u32 = 500;

/// The spans that have ended.
#[derive(Clone, Default)]
struct Spans(Arc<Mutex<Vec<EndedSpan>>>);

impl SpanSink for Spans {
    fn ended(&self, span: EndedSpan) {
        self.0.lock().unwrap().push(span);
    }
}

impl Spans {
    fn env(&self) -> Env {
        let env = real::env();
        let clock = Arc::clone(&env.clock);
        let tracer = Tracer::new(1, clock, 1.0, Arc::new(self.clone()));
        Env { tracer, ..env }
    }

    /// Waits for the end of a saga, and returns all spans by their names.
    async fn of_ended_saga(&self) -> BTreeMap<String, EndedSpan> {
        for _ in 0..POLLS_MAX {
            let spans = self.0.lock().unwrap().clone();
            if spans.iter().any(|span| span.name == "saga like") {
                let named = spans.into_iter().map(|span| (span.name.to_string(), span));
                return named.collect();
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("no saga has ended: {:?}", self.0.lock().unwrap());
    }
}

fn attribute(span: &EndedSpan, name: &str) -> Option<String> {
    let found = span.attributes.iter().find(|(known, _)| *known == name)?;
    Some(match &found.1 {
        SpanValue::Text(text) => text.to_string(),
        other => format!("{other:?}"),
    })
}

#[track_caller]
fn assert_part_of(child: &EndedSpan, parent: &EndedSpan) {
    assert_eq!(child.context.trace_id, parent.context.trace_id, "{child:?}");
    assert_eq!(child.parent, Some(parent.context.span_id), "{child:?}");
    assert!(
        child.started_at >= parent.started_at,
        "{child:?} {parent:?}"
    );
}

async fn the_spans_of_a_like_are_one_tree_through_all_services(databases: &Databases) {
    let spans = Spans::default();
    let server = TestServer::start_in(databases, Parts::default(), spans.env(), |_| {}).await;
    let article = server.client.article("An article").await;
    let reply = server.client.like(article, 7).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let spans = spans.of_ended_saga().await;

    let saga = &spans["saga like"];
    assert_eq!(saga.parent, None, "no request has named a trace");
    let id = reply.body["transaction_id"].as_str().map(str::to_owned);
    assert_eq!(attribute(saga, "likewise.saga.id"), id);
    assert_eq!(
        attribute(saga, "likewise.saga.outcome").as_deref(),
        Some("completed")
    );
    assert_part_of(&spans["saga log append"], saga);
    for (request, step) in [
        ("count do", "article step 0 do"),
        ("record do", "user step 1 do"),
    ] {
        let (request, step) = (&spans[request], &spans[step]);
        assert_eq!(
            (request.kind, step.kind),
            (SpanKind::Client, SpanKind::Server)
        );
        assert_part_of(request, saga);
        assert_part_of(step, request);
        assert_eq!(attribute(step, "likewise.reply").as_deref(), Some("done"));
        assert_eq!(attribute(step, "likewise.saga.id"), id);
    }
    // The batches of the two services have the same name: the last one is that of the user service.
    let (batch, step) = (&spans["apply batch"], &spans["user step 1 do"]);
    assert_ne!(batch.context.trace_id, saga.context.trace_id);
    assert_eq!(
        (&batch.links, &step.links),
        (&vec![step.context], &vec![batch.context])
    );
}

async fn a_compensation_belongs_to_the_trace_of_its_saga(databases: &Databases) {
    let spans = Spans::default();
    let server = TestServer::start_in(databases, Parts::default(), spans.env(), |_| {}).await;
    let article = server.client.article("An article").await;
    let blocked = server.client.put("/v1/users/7/block").send().await;
    assert_eq!(blocked.status, 204);
    assert_eq!(server.client.like(article, 7).await.status, 500);
    let spans = spans.of_ended_saga().await;
    let saga = &spans["saga like"];
    assert_eq!(
        attribute(saga, "likewise.saga.outcome").as_deref(),
        Some("compensated")
    );
    assert_eq!(saga.error.as_deref(), Some("it was undone"));
    let undo = &spans["count undo"];
    assert_part_of(undo, saga);
    assert_part_of(&spans["article step 0 undo"], undo);
    assert_eq!(
        attribute(&spans["record do"], "likewise.reply").as_deref(),
        Some("refused")
    );
}

async fn a_recovered_saga_begins_a_trace_that_names_it(databases: &Databases) {
    let user = SwitchableEffect::over(UserEffect);
    user.actions_on.store(false, Ordering::SeqCst);
    let parts = Parts {
        user,
        ..Parts::default()
    };
    let first = TestServer::start_with(databases, parts, |config| {
        config.coordinator.answer_timeout = Duration::from_millis(300);
        config.coordinator.saga_deadline = Duration::from_secs(3_600);
    })
    .await;
    let article = first.client.article("An article").await;
    let reply = first.client.like(article, 7).await;
    assert_pending(&reply);
    drop(first);
    let spans = Spans::default();
    let _second = TestServer::start_in(databases, Parts::default(), spans.env(), |_| {}).await;
    let spans = spans.of_ended_saga().await;
    let saga = &spans["saga like"];
    assert_eq!(saga.parent, None);
    assert_eq!(
        json!(attribute(saga, "likewise.saga.id")),
        reply.body["transaction_id"]
    );
    let recovered = attribute(saga, "likewise.saga.recovered");
    assert_eq!(recovered.as_deref(), Some("Flag(true)"));
    assert_part_of(&spans["record do"], saga);
}
