//! R15: alerts reach a webhook over a real socket, signed, at least once, and always under the same identity.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use likewise::{article::ArticleEffect, service::Parts};
use likewise_saga::{
    alerts::AlertsConfig,
    env::{Clock, Env, TlsClient, real},
    id::SagaId,
    log::{LogEntry, NewSaga, SAGA_LOG_SCHEMA, SagaLog, SqlSagaLog, StatusChange},
    protocol::{Outcome, Status},
    time::Timestamp,
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    fault_injection::SwitchableEffect,
    server::{OPERATE, READ, TestServer, assert_pending, assert_problem},
    webhook::{Answer, Received, Webhook},
};
use crate::common::{Databases, client::Reply, on_both_engines};

on_both_engines! {
    r15_a_parked_saga_and_its_recovery_reach_the_webhook
    r15_what_failed_is_sent_again_under_the_same_identity
    r15_what_the_webhook_refuses_for_good_is_sent_again_by_an_operator
    r15_a_restart_neither_loses_nor_renumbers_an_alert
    r15_a_webhook_that_is_configured_later_gets_what_it_missed
}

const SECRETS: &str =
    "whsec_bmV3ZXIgc2VjcmV0IG9mIHRoaXJ0eSBieXRlcy4=\nwhsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n";
const DELIVERIES: &str = "/admin/v1/deliveries";
const HOUR: i64 = 3_600_000_000;

/// A clock that a test moves forward, so that no pause lasts long.
#[derive(Clone, Default)]
struct Shifted(Arc<AtomicI64>);

impl Clock for Shifted {
    fn now(&self) -> Timestamp {
        Timestamp(real::env().clock.now().0 + self.0.load(Ordering::SeqCst))
    }
}

impl Shifted {
    fn forward(&self, micros: i64) {
        self.0.fetch_add(micros, Ordering::SeqCst);
    }
}

fn config(webhook: &Webhook) -> AlertsConfig {
    AlertsConfig {
        webhook: webhook.url("/hook?token=4711"),
        secrets: SECRETS.parse().expect("secrets"),
        http_client: Some(Arc::new(TlsClient::new(false, None).expect("a client"))),
    }
}

/// A server that sends its alerts to the webhook, and the clock that it runs on.
async fn start(databases: &Databases, webhook: &Webhook) -> (TestServer, Shifted) {
    let clock = Shifted::default();
    let env = Env {
        clock: Arc::new(clock.clone()),
        ..real::env()
    };
    let alerts = config(webhook);
    let server = TestServer::start_in(databases, Parts::default(), env, |config| {
        config.coordinator.alerts = Some(alerts);
    });
    (server.await, clock)
}

/// A saga that was parked and has ended: two alerts.
async fn park_and_end(databases: &Databases, number: u128) -> SagaId {
    let log = SqlSagaLog::new(databases.open(SAGA_LOG_SCHEMA).await);
    let epoch = log.take_over().await.expect("the log");
    let saga = SagaId(Uuid::from_u128(number));
    let now = Timestamp(real::env().clock.now().0 - 60_000_000);
    let start = LogEntry::Start(NewSaga {
        id: saga,
        kind: "like".to_owned(),
        args: json!({}).into(),
        lock_key: format!("7:{number}"),
        request_key: None,
        fingerprint: 0,
        deadline_at: now,
        settled: None,
    });
    let end = LogEntry::StatusChange(StatusChange {
        saga,
        from: Status::Running,
        to: Status::Compensated,
        parked: false,
        steps: Vec::new(),
        outcome: Some(Outcome::TimedOut),
        ordered: None,
        reason: None,
        recovers: true,
    });
    log.append(epoch, now, &[start]).await.expect("started");
    log.park(epoch, now, saga, "no answer")
        .await
        .expect("parked");
    let ended = Timestamp(now.0 + 1_000_000);
    log.append(epoch, ended, &[end]).await.expect("ended");
    saga
}

/// The identities of messages, each once.
fn identities(received: &[Received]) -> Vec<String> {
    let mut ids: Vec<String> = received.iter().map(|it| it.header("webhook-id")).collect();
    ids.sort();
    ids.dedup();
    ids
}

async fn deliveries(server: &TestServer, query: &str) -> Vec<Value> {
    let path = format!("{DELIVERIES}{query}");
    let reply = server.operator("GET", &path, READ).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.body["deliveries"].as_array().expect("a list").clone()
}

async fn resend(server: &TestServer, path: &str, body: &Value) -> Reply {
    let request = server
        .admin
        .request("POST".parse().expect("a method"), path);
    let request = request.header("Authorization", format!("Bearer {OPERATE}"));
    request.json(body).send().await
}

/// The order is in the audit of its saga, with who gave it and why.
async fn assert_audited(server: &TestServer, resent: &Value) {
    let saga = resent["saga"].as_str().expect("an id");
    let path = format!("/admin/v1/audit?saga={saga}");
    let audit = server.operator("GET", &path, READ).await;
    let entries = audit.body["entries"].as_array().expect("a list").clone();
    let [entry] = &entries[..] else {
        panic!("{entries:?}");
    };
    assert_eq!(entry["number"], resent["audit"]);
    assert_eq!(
        (&entry["actor"], &entry["action"], &entry["reason"]),
        (
            &json!("ann"),
            &json!("resend"),
            &json!("the webhook was repaired")
        )
    );
    assert_eq!(entry["before"]["delivery"], "given_up");
    assert_eq!(entry["after"]["delivery"], "pending");
    let truth = &entry["truth"];
    assert_eq!(
        (&truth["alert"], &truth["last_status"]),
        (&resent["id"], &json!(410))
    );
}

async fn wait_for_deliveries(server: &TestServer, query: &str, count: usize) -> Vec<Value> {
    for _ in 0..1_500 {
        let found = deliveries(server, query).await;
        if found.len() == count {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!(
        "{query} never had {count}: {:#?}",
        deliveries(server, "").await
    );
}

async fn r15_a_parked_saga_and_its_recovery_reach_the_webhook(databases: &Databases) {
    let webhook = Webhook::start([]).await;
    let effect = SwitchableEffect::over(ArticleEffect);
    let compensations_on = Arc::clone(&effect.compensations_on);
    let parts = Parts {
        article: effect,
        ..Parts::default()
    };
    let alerts = config(&webhook);
    let server = TestServer::start_with(databases, parts, |config| {
        config.coordinator.answer_timeout = Duration::from_millis(300);
        config.coordinator.executor.park_after = 3;
        config.coordinator.executor.pause_min = Duration::from_millis(5);
        config.coordinator.executor.pause_max = Duration::from_millis(20);
        config.coordinator.alerts = Some(alerts);
    })
    .await;
    let article = server.client.article("An article").await;
    server.client.put("/v1/users/7/block").send().await;
    compensations_on.store(false, Ordering::SeqCst);
    let reply = server.client.like(article, 7).await;
    assert_pending(&reply);
    let saga = reply.body["transaction_id"].clone();
    let parked = webhook.wait_for(1).await.remove(0);
    assert_eq!(parked.path, "/hook?token=4711");
    parked.assert_signed_by(SECRETS);
    let body = parked.json();
    assert_eq!(
        (&body["type"], &body["data"]["id"]),
        (&json!("saga.parked"), &saga)
    );
    assert_eq!(body["data"]["kind"], "like");
    assert_eq!(body["data"]["status"], "compensating");
    let reason = body["data"]["reason"].as_str().expect("a reason");
    assert!(reason.contains("article"), "{reason}");
    assert_eq!(body["timestamp"], body["data"]["parked_at"]);

    compensations_on.store(true, Ordering::SeqCst);
    let recovered = webhook.wait_for(2).await.remove(1);
    recovered.assert_signed_by(SECRETS);
    let told = recovered.json();
    assert_eq!(
        (&told["type"], &told["data"]["id"]),
        (&json!("saga.recovered"), &saga)
    );
    assert_eq!(told["data"]["status"], "compensated");
    assert_eq!(told["data"]["parked_at"], body["data"]["parked_at"]);
    let delivered = wait_for_deliveries(&server, "?state=delivered", 2).await;
    assert_eq!(delivered[0]["type"], "saga.recovered", "the newest first");
    let scrape = server.scrape();
    assert_eq!(scrape.value("likewise_alerts_delivered_total", &[]), 2.0);
    assert_eq!(
        scrape.value("likewise_alert_attempts_failed_total", &[]),
        0.0
    );
}

async fn r15_what_failed_is_sent_again_under_the_same_identity(databases: &Databases) {
    park_and_end(databases, 1).await;
    let webhook = Webhook::start([
        Answer::Status(500),
        Answer::Redirect("/elsewhere"),
        Answer::Close,
        Answer::Status(429),
        // More than is read.
        Answer::Large,
    ])
    .await;
    let (server, clock) = start(databases, &webhook).await;
    // Two alerts, and four failures among them.
    for failures in [2, 4] {
        webhook.wait_for(failures).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert_eq!(webhook.received().len(), failures, "not before the pause");
        let waiting = deliveries(&server, "?state=pending").await;
        assert!(
            waiting.iter().all(|it| it["last_error"].is_string()),
            "{waiting:?}"
        );
        clock.forward(HOUR);
    }
    let delivered = wait_for_deliveries(&server, "?state=delivered", 2).await;
    let received = webhook.wait_for(6).await;
    assert_eq!(identities(&received).len(), 2);
    for id in identities(&received) {
        let same: Vec<&Received> = received
            .iter()
            .filter(|it| it.header("webhook-id") == id)
            .collect();
        assert!(same.len() > 1, "{id}");
        for message in &same {
            message.assert_signed_by(SECRETS);
            assert_eq!(message.body, same[0].body, "the same message");
            assert_eq!(message.path, "/hook?token=4711", "no redirect is followed");
        }
        assert_ne!(
            same[0].header("webhook-timestamp"),
            same[same.len() - 1].header("webhook-timestamp")
        );
    }
    for delivery in delivered {
        assert_eq!(
            (&delivery["attempts"], &delivery["last_error"]),
            (&json!(3), &json!(null))
        );
    }
    let scrape = server.scrape();
    assert_eq!(
        scrape.value("likewise_alert_attempts_failed_total", &[]),
        4.0
    );
}

async fn r15_what_the_webhook_refuses_for_good_is_sent_again_by_an_operator(databases: &Databases) {
    park_and_end(databases, 1).await;
    let webhook = Webhook::start([Answer::Status(410), Answer::Status(204)]).await;
    let (server, _) = start(databases, &webhook).await;
    let given_up = wait_for_deliveries(&server, "?state=given_up", 1)
        .await
        .remove(0);
    assert_eq!(
        (&given_up["last_status"], &given_up["next_attempt_at"]),
        (&json!(410), &json!(null))
    );
    wait_for_deliveries(&server, "?state=delivered", 1).await;
    let id = given_up["id"].as_str().expect("an id");
    let path = format!("{DELIVERIES}/{id}/resend");
    assert_problem(
        &server.operator("POST", &path, READ).await,
        403,
        "forbidden",
    );
    let reply = server.operator("POST", &path, OPERATE).await;
    assert_problem(&reply, 415, "unsupported-media-type");
    for reason in [json!({}), json!({"reason": " "})] {
        let reply = resend(&server, &path, &reason).await;
        assert_problem(&reply, 422, "invalid-request");
    }
    let untouched = deliveries(&server, "?state=given_up").await;
    assert_eq!(untouched.len(), 1, "nothing was done");
    let reason = json!({"reason": "the webhook was repaired"});
    let reply = resend(&server, &path, &reason).await;
    assert_eq!(
        (reply.status.as_u16(), &reply.body["state"]),
        (202, &json!("pending")),
        "{reply:?}"
    );
    assert_audited(&server, &reply.body).await;
    let delivered = wait_for_deliveries(&server, "?state=delivered", 2).await;
    let resent = delivered
        .iter()
        .find(|it| it["id"] == id)
        .expect("the same");
    assert_eq!(resent["resends"], 1);
    let received = webhook.wait_for(3).await;
    assert_eq!(received[2].header("webhook-id"), id);
    assert_eq!(identities(&received).len(), 2);

    let absent = format!("{DELIVERIES}/{}/resend", Uuid::from_u128(9));
    assert_problem(
        &resend(&server, &absent, &reason).await,
        404,
        "delivery-not-found",
    );
    let wrong = resend(&server, "/admin/v1/deliveries/7/resend", &reason).await;
    assert_problem(&wrong, 422, "invalid-request");
    let wrong = server
        .operator("GET", "/admin/v1/deliveries?state=lost", READ)
        .await;
    assert_problem(&wrong, 422, "invalid-request");
    let page = server
        .operator("GET", "/admin/v1/deliveries?state=delivered&limit=1", READ)
        .await;
    let next = page.body["next"].as_str().expect("a next page").to_owned();
    assert_eq!(page.headers["link"], format!("<{next}>; rel=\"next\""));
    let second = server.operator("GET", &next, READ).await;
    assert_ne!(
        second.body["deliveries"][0]["id"],
        page.body["deliveries"][0]["id"]
    );
}

async fn r15_a_restart_neither_loses_nor_renumbers_an_alert(databases: &Databases) {
    park_and_end(databases, 1).await;
    let webhook = Webhook::start([Answer::Status(503), Answer::Status(503)]).await;
    let (server, _) = start(databases, &webhook).await;
    webhook.wait_for(2).await;
    let waiting = wait_for_deliveries(&server, "?state=pending", 2).await;
    let age = "likewise_alert_oldest_age_seconds";
    // The leader counts after each look.
    for _ in 0..500 {
        if server.scrape().value(age, &[]) > 0.0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let age = server.scrape().value(age, &[]);
    assert!(
        (60.0..3_600.0).contains(&age),
        "written a minute ago: {age}"
    );
    let pending = |it: &Value| it["attempts"] == 1;
    let path = format!("{DELIVERIES}/{}/resend", waiting[0]["id"].as_str().unwrap());
    let reason = json!({"reason": "at once"});
    let refused = resend(&server, &path, &reason).await;
    assert_problem(&refused, 409, "delivery-pending");
    let audit = server.operator("GET", "/admin/v1/audit", READ).await;
    assert_eq!(audit.body["entries"], json!([]), "it was no order");
    drop(server);
    let (server, clock) = start(databases, &webhook).await;
    assert!(
        deliveries(&server, "?state=pending")
            .await
            .iter()
            .all(pending)
    );
    clock.forward(HOUR);
    wait_for_deliveries(&server, "?state=delivered", 2).await;
    let received = webhook.wait_for(4).await;
    assert_eq!(identities(&received[..2]), identities(&received[2..]));
}

async fn r15_a_webhook_that_is_configured_later_gets_what_it_missed(databases: &Databases) {
    park_and_end(databases, 1).await;
    let server = TestServer::start(databases).await;
    assert_eq!(deliveries(&server, "?state=pending").await.len(), 2);
    assert!(!server.scrape().has("likewise_alerts_pending"));
    drop(server);
    let webhook = Webhook::start([]).await;
    let (server, _) = start(databases, &webhook).await;
    wait_for_deliveries(&server, "?state=delivered", 2).await;
    let kinds: Vec<Value> = webhook
        .received()
        .iter()
        .map(|it| it.json()["type"].clone())
        .collect();
    assert_eq!(kinds, ["saga.parked", "saga.recovered"]);
}

/// It takes the time limit of an attempt, so it runs on one engine.
#[tokio::test(flavor = "multi_thread")]
async fn r15_a_webhook_that_does_not_answer_is_given_up_for_now() {
    let databases = Databases::create(crate::common::Engine::Sqlite).await;
    park_and_end(&databases, 1).await;
    let webhook = Webhook::start([Answer::Silent]).await;
    let (server, _) = start(&databases, &webhook).await;
    let silent = webhook.wait_for(1).await.remove(0);
    // The other one waits for it: one message at a time.
    wait_for_deliveries(&server, "?state=delivered", 1).await;
    let waiting = wait_for_deliveries(&server, "?state=pending", 1)
        .await
        .remove(0);
    assert_eq!(waiting["id"], silent.header("webhook-id"));
    assert_eq!(
        waiting["last_error"],
        "the answer of the alert webhook took longer than 15s"
    );
    assert_eq!(waiting["last_status"], json!(null));
}
