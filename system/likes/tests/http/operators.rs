//! R16, R27: operators see why a saga is stuck and what each service really did, and act on it.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use http::Method;
use likewise::{article::ArticleEffect, service::Parts, user::UserEffect};
use serde_json::{Value, json};

use crate::{
    common::{Databases, client::Reply, on_both_engines},
    fault_injection::SwitchableEffect,
    server::{OPERATE, READ, TestServer, assert_pending, assert_problem},
};

on_both_engines! {
    r27_an_operator_sees_why_a_saga_is_open_and_what_each_service_did
    r27_a_saga_is_exported_with_both_truths_and_its_orders
    r16_a_retry_is_sent_at_once_and_not_after_the_pause
    r16_an_abort_undoes_what_its_seals_found_undoable
    r16_a_saga_that_is_committed_cannot_be_aborted
    r16_a_forced_saga_outlives_its_deadline_and_completes
    r16_a_step_that_is_dead_can_never_be_forced
    r16_a_paused_saga_sends_nothing_until_it_is_resumed
    r16_nothing_starts_that_needs_a_paused_service
    r16_a_saga_that_is_held_back_by_a_service_says_so_and_cannot_be_resumed
    r16_a_saga_past_its_deadline_says_that_it_is_sealed_and_undone
    r16_a_step_that_a_pause_held_back_was_never_sent
    r16_orders_outlive_the_coordinator_that_took_them
    r16_an_order_on_something_that_has_moved_is_refused
    r16_an_order_without_its_parts_changes_nothing
    r16_a_batch_touches_what_its_estimate_showed
}

/// How the services are switched.
struct Stuck {
    server: TestServer,
    user: Arc<SwitchableEffect>,
    article: i64,
}

/// Times that make a saga wait for as long as a test wants.
#[derive(Clone, Copy)]
struct Times {
    pause: Duration,
    deadline: Duration,
}

const LONG: Times = Times {
    pause: Duration::from_secs(3_600),
    deadline: Duration::from_secs(3_600),
};
const QUICK: Times = Times {
    pause: Duration::from_millis(10),
    deadline: Duration::from_secs(3_600),
};

impl Stuck {
    /// A server whose user service fails all actions.
    async fn start(databases: &Databases, times: Times) -> Self {
        let user = SwitchableEffect::over(UserEffect);
        user.actions_on.store(false, Ordering::SeqCst);
        let server = start(databases, Arc::clone(&user), times).await;
        let article = server.client.article("An article").await;
        Self {
            server,
            user,
            article,
        }
    }

    fn heal(&self) {
        self.user.actions_on.store(true, Ordering::SeqCst);
    }

    /// A like that is done in the article service and stuck at the user service. Returns its id.
    async fn like(&self, user: i64) -> String {
        let reply = self.server.client.like(self.article, user).await;
        assert_pending(&reply);
        let id = reply.body["transaction_id"]
            .as_str()
            .expect("an id")
            .to_owned();
        self.wait(&id, |saga| saga["attempts"].as_u64() > Some(0))
            .await;
        id
    }

    async fn get(&self, path: &str) -> Reply {
        let request = self.server.admin.get(path);
        request
            .header("Authorization", format!("Bearer {READ}"))
            .send()
            .await
    }

    async fn saga(&self, id: &str) -> (Value, String) {
        let reply = self.get(&format!("/admin/v1/sagas/{id}")).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        let tag = reply.headers["etag"].to_str().expect("text").to_owned();
        (reply.body, tag)
    }

    /// Polls until the saga meets the condition.
    async fn wait(&self, id: &str, condition: impl Fn(&Value) -> bool) -> Value {
        let mut saga = Value::Null;
        for _ in 0..1_500 {
            saga = self.saga(id).await.0;
            if condition(&saga) {
                return saga;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("the condition was never met: {saga:#}");
    }

    async fn wait_for_status(&self, id: &str, status: &str) -> Value {
        self.wait(id, |saga| saga["status"] == status).await
    }

    async fn send(&self, method: Method, path: &str, tag: Option<&str>, body: &Value) -> Reply {
        let request = self.server.admin.request(method, path);
        let request = request.header("Authorization", format!("Bearer {OPERATE}"));
        let request = match tag {
            Some(tag) => request.header("If-Match", tag),
            None => request,
        };
        request.json(body).send().await
    }

    async fn post(&self, path: &str, body: &Value) -> Reply {
        self.send(Method::POST, path, None, body).await
    }

    /// Gives an order on what is found now.
    async fn order(&self, id: &str, action: &str) -> Reply {
        let (_, tag) = self.saga(id).await;
        let path = format!("/admin/v1/sagas/{id}/{action}");
        let body = json!({"reason": "a test"});
        self.send(Method::POST, &path, Some(&tag), &body).await
    }

    async fn preview(&self, id: &str, action: &str) -> Value {
        let path = format!("/admin/v1/sagas/{id}/{action}?dry_run=true");
        let reply = self.post(&path, &json!({})).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        reply.body
    }

    /// The audit of a saga: each entry's action and actor.
    async fn audit(&self, id: &str) -> Vec<Value> {
        let reply = self.get(&format!("/admin/v1/audit?saga={id}")).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        reply.body["entries"].as_array().expect("a list").clone()
    }

    async fn likes(&self) -> i64 {
        self.server.client.likes(self.article).await
    }
}

async fn start(databases: &Databases, user: Arc<SwitchableEffect>, times: Times) -> TestServer {
    let parts = Parts {
        user,
        ..Parts::default()
    };
    TestServer::start_with(databases, parts, |config| {
        config.coordinator.answer_timeout = Duration::from_millis(300);
        config.coordinator.saga_deadline = times.deadline;
        config.coordinator.executor.pause_min = times.pause;
        config.coordinator.executor.pause_max = times.pause;
    })
    .await
}

#[track_caller]
fn assert_accepted(reply: &Reply) {
    assert_eq!(reply.status, 202, "{reply:?}");
    assert!(reply.body["audit"].as_i64() > Some(0), "{reply:?}");
}

fn actions(audit: &[Value]) -> Vec<(String, String)> {
    let text = |entry: &Value, name: &str| entry[name].as_str().expect("text").to_owned();
    let action = |entry| (text(entry, "action"), text(entry, "actor"));
    audit.iter().map(action).collect()
}

fn pair(action: &str, actor: &str) -> (String, String) {
    (action.to_owned(), actor.to_owned())
}

async fn r27_an_operator_sees_why_a_saga_is_open_and_what_each_service_did(databases: &Databases) {
    let stuck = Stuck::start(databases, LONG).await;
    let id = stuck.like(7).await;
    let listed = stuck
        .get("/admin/v1/sagas?cause=no_reply&service=user")
        .await;
    assert_eq!(listed.status, 200, "{listed:?}");
    assert_eq!(listed.body["sagas"][0]["id"], *id, "{listed:?}");
    assert_eq!(listed.body["next"], Value::Null);
    for none in [
        "cause=sealing",
        "state=parked",
        "service=article",
        "older_than=1h",
    ] {
        let listed = stuck.get(&format!("/admin/v1/sagas?{none}")).await;
        assert_eq!(listed.body["sagas"], json!([]), "{none}");
    }
    let (saga, _) = stuck.saga(&id).await;
    assert_eq!(saga["subject"], format!("7:{}", stuck.article));
    let cause = &saga["cause"];
    assert_eq!(
        (&cause["step"], &cause["op"]),
        (&json!(1), &json!("do")),
        "{saga:#}"
    );
    let text = cause["text"].as_str().expect("text");
    assert!(
        text.contains("the user service could not apply the step"),
        "{text}"
    );
    assert!(text.contains("1 failed in a row, next in"), "{text}");
    assert!(saga["next_attempt_at"].is_string(), "{saga:#}");
    let step = |index: usize| {
        let step = &saga["steps"][index];
        (
            step["believed"]["state"].clone(),
            step["barrier"]["state"].clone(),
            step["verdict"].clone(),
        )
    };
    assert_eq!(step(0), (json!("done"), json!("done"), json!("agree")));
    assert_eq!(step(1), (json!("unknown"), Value::Null, json!("in_doubt")));
    assert_eq!(saga["verdict"], "in_doubt");
    assert_eq!(saga["actions"]["resume"]["allowed"], false);
    assert_eq!(
        saga["actions"]["abort"],
        json!({"allowed": true, "why": null})
    );
}

async fn r27_a_saga_is_exported_with_both_truths_and_its_orders(databases: &Databases) {
    let stuck = Stuck::start(databases, LONG).await;
    let id = stuck.like(7).await;
    let ordered = stuck.order(&id, "force-complete").await;
    assert_eq!(ordered.status, 202, "{ordered:?}");
    let path = format!("/admin/v1/sagas/{id}?export");
    let exported = stuck.get(&path).await;
    assert_eq!(exported.status, 200, "{exported:?}");
    let name = exported.headers["content-disposition"].to_str();
    assert_eq!(
        name.expect("text"),
        format!("attachment; filename=\"incident-{id}.json\"")
    );
    let incident = &exported.body;
    assert_eq!(
        (&incident["type"], &incident["version"]),
        (&json!("incident"), &json!(1))
    );
    assert_eq!(incident["saga"]["id"], *id);
    assert_eq!(incident["saga"]["status"], "running");
    assert_eq!(incident["open"]["directive"], "force_complete");
    assert_eq!(incident["leader_epoch"], 1);
    let step = |index: usize| {
        let step = &incident["steps"][index];
        (step["believed"]["state"].clone(), step["barrier"].clone())
    };
    assert_eq!(step(0).0, "done");
    assert_eq!(step(0).1["state"], "done");
    assert_eq!(step(1), (json!("unknown"), Value::Null));
    let orders = incident["audit"].as_array().expect("a list");
    assert_eq!(orders.len(), 1, "{orders:?}");
    assert_eq!(
        (&orders[0]["action"], &orders[0]["reason"]),
        (&json!("force_complete"), &json!("a test"))
    );
    assert_eq!(incident["audit_is_cut"], false);
    let deadline = LONG.deadline.as_secs() * 1_000;
    assert_eq!(incident["configuration"]["saga_deadline_millis"], deadline);
    // Results of steps and the truth behind an order are not the business of a search.
    let text = incident.to_string();
    for left_out in ["\"result\"", "\"truth\"", "request_key"] {
        assert!(!text.contains(left_out), "{left_out}: {text}");
    }

    stuck.heal();
    stuck.order(&id, "retry").await;
    stuck.wait_for_status(&id, "completed").await;
    let ended = stuck.get(&path).await.body;
    assert_eq!(ended["saga"]["outcome"], json!({"end": "done"}));
    assert_eq!(ended["open"], Value::Null);
    assert_eq!(ended["steps"][1]["barrier"]["state"], "done");

    let wrong = format!("/admin/v1/sagas/{id}?export=yes");
    assert_problem(&stuck.get(&wrong).await, 422, "invalid-request");
    let none = "/admin/v1/sagas/019ac0de-0000-7000-8000-000000000009?export";
    assert_problem(&stuck.get(none).await, 404, "transaction-not-found");
    let plain = stuck
        .get(&format!("/admin/v1/sagas/{id}?export=false"))
        .await;
    assert_eq!(plain.body["id"], *id);
}

async fn r16_a_retry_is_sent_at_once_and_not_after_the_pause(databases: &Databases) {
    let stuck = Stuck::start(databases, LONG).await;
    let id = stuck.like(7).await;
    stuck.heal();
    let preview = stuck.preview(&id, "retry").await;
    assert_eq!(
        preview["messages"],
        json!([{"step": 1, "service": "user", "op": "do"}])
    );
    assert_eq!(preview["allowed"], true);
    assert_accepted(&stuck.order(&id, "retry").await);
    stuck.wait_for_status(&id, "completed").await;
    assert_eq!(actions(&stuck.audit(&id).await), [pair("retry", "ann")]);
    assert_problem(&stuck.order(&id, "retry").await, 409, "order-refused");
}

async fn r16_an_abort_undoes_what_its_seals_found_undoable(databases: &Databases) {
    let stuck = Stuck::start(databases, LONG).await;
    let id = stuck.like(7).await;
    assert_eq!(stuck.likes().await, 1);
    let preview = stuck.preview(&id, "abort").await;
    let message = |step, service, op| json!({"step": step, "service": service, "op": op});
    let expected = [message(1, "user", "seal"), message(0, "article", "undo")];
    assert_eq!(preview["messages"], json!(expected), "{preview:#}");
    assert_eq!(preview["end"], "compensated");
    assert_accepted(&stuck.order(&id, "abort").await);
    let saga = stuck.wait_for_status(&id, "compensated").await;
    assert_eq!(
        saga["steps"][1]["barrier"]["state"], "tombstone",
        "{saga:#}"
    );
    assert_eq!(saga["verdict"], "agree", "{saga:#}");
    // The stored outcome is that of a deadline. The words are not.
    assert_eq!(saga["outcome"], json!({"end": "timed_out"}));
    assert_eq!(saga["outcome_text"], "an operator aborted it");
    assert_eq!(stuck.likes().await, 0);
    let audit = stuck.audit(&id).await;
    let expected = [pair("abort", "ann"), pair("settled", "likewise")];
    assert_eq!(actions(&audit)[..2], expected, "{audit:#?}");
    let newest = stuck.get("/admin/v1/audit?newest=true&limit=1").await.body;
    assert_eq!(newest["entries"][0], audit[audit.len() - 1], "{newest:#}");
    let next = newest["next"].as_str().expect("a page before").to_owned();
    let before = stuck.get(&next).await.body;
    assert_eq!(before["entries"][0], audit[audit.len() - 2], "{before:#}");
    let both = stuck.get("/admin/v1/audit?newest=true&after=1").await;
    assert_problem(&both, 422, "invalid-request");
    assert_eq!(audit[0]["reason"], "a test");
    assert_eq!(audit[0]["before"]["directive"], Value::Null);
    assert_eq!(audit[0]["after"]["directive"], "abort");
    assert_eq!(audit[0]["truth"]["steps"][0]["barrier"]["state"], "done");
    assert_eq!(audit[1]["before"]["status"], "running");
    assert_eq!(audit[1]["after"]["status"], "compensating");
}

/// The user service has done the step and could not say so: only the barrier row tells.
async fn r16_a_saga_that_is_committed_cannot_be_aborted(databases: &Databases) {
    let stuck = Stuck::start(databases, LONG).await;
    let id = stuck.like(7).await;
    stuck.heal();
    let (_, tag) = stuck.saga(&id).await;
    // As if the step had arrived after all.
    let args = stuck.saga(&id).await.0["steps"][1].clone();
    assert_eq!(args["barrier"], Value::Null);
    assert_accepted(&stuck.order(&id, "retry").await);
    stuck.wait_for_status(&id, "completed").await;
    let path = format!("/admin/v1/sagas/{id}/abort");
    let late = stuck
        .send(Method::POST, &path, Some(&tag), &json!({"reason": "late"}))
        .await;
    assert_problem(&late, 412, "saga-moved");
    assert_eq!(late.body["saga"]["status"], "completed", "{late:?}");
    assert_problem(&stuck.order(&id, "abort").await, 409, "order-refused");
    assert_eq!(stuck.likes().await, 1);
}

async fn r16_a_forced_saga_outlives_its_deadline_and_completes(databases: &Databases) {
    let times = Times {
        pause: Duration::from_millis(50),
        deadline: Duration::from_secs(3),
    };
    let stuck = Stuck::start(databases, times).await;
    let id = stuck.like(7).await;
    assert_accepted(&stuck.order(&id, "force-complete").await);
    tokio::time::sleep(Duration::from_secs(4)).await;
    let (saga, _) = stuck.saga(&id).await;
    assert_eq!(saga["status"], "running", "{saga:#}");
    assert_eq!(saga["directive"], "force_complete");
    stuck.heal();
    stuck.wait_for_status(&id, "completed").await;
    let audit = stuck.audit(&id).await;
    let expected = [pair("force_complete", "ann"), pair("settled", "likewise")];
    assert_eq!(actions(&audit), expected, "{audit:#?}");
    assert_eq!(stuck.likes().await, 1);
}

/// Past its deadline the saga seals its second step. No order can make that step happen then.
async fn r16_a_step_that_is_dead_can_never_be_forced(databases: &Databases) {
    let article = SwitchableEffect::over(ArticleEffect);
    article.compensations_on.store(false, Ordering::SeqCst);
    let user = SwitchableEffect::over(UserEffect);
    user.actions_on.store(false, Ordering::SeqCst);
    let parts = Parts {
        user: Arc::clone(&user) as _,
        article: Arc::clone(&article) as _,
        ..Parts::default()
    };
    let server = TestServer::start_with(databases, parts, |config| {
        config.coordinator.answer_timeout = Duration::from_millis(300);
        config.coordinator.saga_deadline = Duration::from_millis(500);
        config.coordinator.executor.pause_min = Duration::from_millis(20);
        config.coordinator.executor.pause_max = Duration::from_millis(50);
    })
    .await;
    let article_id = server.client.article("An article").await;
    let stuck = Stuck {
        server,
        user,
        article: article_id,
    };
    let reply = stuck.server.client.like(article_id, 7).await;
    let id = reply.body["transaction_id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let saga = stuck.wait(&id, |saga| {
        saga["status"] == "compensating" && saga["cause"]["kind"] == "no_reply"
    });
    let saga = saga.await;
    assert_eq!(saga["cause"]["op"], "undo", "{saga:#}");
    stuck.heal();
    for action in ["force-complete", "abort"] {
        assert_problem(&stuck.order(&id, action).await, 409, "order-refused");
    }
    article.compensations_on.store(true, Ordering::SeqCst);
    stuck.wait_for_status(&id, "compensated").await;
    assert!(stuck.audit(&id).await.is_empty());
}

async fn r16_a_paused_saga_sends_nothing_until_it_is_resumed(databases: &Databases) {
    let stuck = Stuck::start(databases, QUICK).await;
    let id = stuck.like(7).await;
    assert_accepted(&stuck.order(&id, "pause").await);
    stuck.heal();
    let saga = stuck
        .wait(&id, |saga| saga["cause"]["kind"] == "paused")
        .await;
    // A request that was under way may still be counted.
    tokio::time::sleep(Duration::from_millis(200)).await;
    let attempts = |saga: &Value| saga["steps"][1]["believed"]["attempts"].as_u64();
    let before = attempts(&stuck.saga(&id).await.0);
    assert!(before >= attempts(&saga));
    tokio::time::sleep(Duration::from_millis(300)).await;
    let (saga, _) = stuck.saga(&id).await;
    assert_eq!(
        (attempts(&saga), &saga["status"]),
        (before, &json!("running"))
    );
    for action in ["pause", "retry"] {
        assert_problem(&stuck.order(&id, action).await, 409, "order-refused");
    }
    assert_accepted(&stuck.order(&id, "resume").await);
    stuck.wait_for_status(&id, "completed").await;
    let expected = [pair("pause", "ann"), pair("resume", "ann")];
    assert_eq!(actions(&stuck.audit(&id).await), expected);
}

async fn r16_nothing_starts_that_needs_a_paused_service(databases: &Databases) {
    let stuck = Stuck::start(databases, QUICK).await;
    stuck.heal();
    let user = json!({"scope": "service", "name": "user", "reason": "maintenance"});
    let look = stuck.post("/admin/v1/pauses?dry_run=true", &user).await;
    assert_eq!(look.status, 200, "{look:?}");
    assert_eq!(look.body["allowed"], json!(true));
    assert_eq!(
        stuck.get("/admin/v1/pauses").await.body["pauses"],
        json!([])
    );
    let unknown = json!({"scope": "service", "name": "user", "reason": "x", "dry_run": true});
    let refused = stuck.post("/admin/v1/pauses", &unknown).await;
    assert_eq!(refused.status, 422, "{refused:?}");
    let lines = json!({"scope": "service", "name": "user", "reason": "one\u{0}two"});
    let refused = stuck.post("/admin/v1/pauses", &lines).await;
    assert_problem(&refused, 422, "invalid-request");
    assert_accepted(&stuck.post("/admin/v1/pauses", &user).await);
    assert_problem(
        &stuck.post("/admin/v1/pauses", &user).await,
        409,
        "order-refused",
    );
    let refused = stuck.server.client.like(stuck.article, 7).await;
    assert_problem(&refused, 503, "unavailable");
    let paused = stuck.get("/admin/v1/pauses").await.body;
    let pause = &paused["pauses"][0];
    assert_eq!(
        (
            &pause["scope"],
            &pause["name"],
            &pause["actor"],
            &pause["reason"]
        ),
        (
            &json!("service"),
            &json!("user"),
            &json!("ann"),
            &json!("maintenance")
        ),
        "{paused:#}"
    );
    assert!(
        pause["since"].is_string() && pause["audit"] == 1,
        "{paused:#}"
    );
    let readyz = stuck.server.client.get("/readyz").send().await;
    assert_eq!(readyz.status, 503, "{readyz:?}");
    assert_eq!(
        readyz.body["reason"],
        "an operator has paused the user service"
    );
    assert_accepted(
        &stuck
            .send(Method::DELETE, "/admin/v1/pauses", None, &user)
            .await,
    );
    let readyz = stuck.server.client.get("/readyz").send().await;
    assert_eq!(readyz.status, 200, "{readyz:?}");
    let liked = stuck.server.client.like(stuck.article, 7).await;
    assert_eq!(liked.status, 200, "{liked:?}");
    for (scope, name, known) in [
        ("service", "nobody", "article, user"),
        ("kind", "nothing", "like"),
        ("saga", "x", "kind or service"),
    ] {
        let wrong = json!({"scope": scope, "name": name, "reason": "a test"});
        for path in ["/admin/v1/pauses", "/admin/v1/pauses?dry_run=true"] {
            let refused = stuck.post(path, &wrong).await;
            assert_problem(&refused, 422, "invalid-request");
            let said = refused.body.to_string();
            assert!(said.contains(known), "{said}");
        }
    }
    let kind = json!({"scope": "kind", "name": "like", "reason": "a flood"});
    let dry = stuck.post("/admin/v1/pauses?dry_run=true", &kind).await;
    assert_eq!(dry.status, 200, "{dry:?}");
    let readyz = stuck.server.client.get("/readyz").send().await;
    assert_eq!(readyz.status, 200, "a dry run changes nothing: {readyz:?}");
    assert_accepted(&stuck.post("/admin/v1/pauses", &kind).await);
    let readyz = stuck.server.client.get("/readyz").send().await;
    assert_eq!(
        readyz.body["reason"],
        "an operator has paused the kind like"
    );
}

async fn r16_a_saga_that_is_held_back_by_a_service_says_so_and_cannot_be_resumed(
    databases: &Databases,
) {
    let stuck = Stuck::start(databases, LONG).await;
    let (first, second) = (stuck.like(7).await, stuck.like(8).await);
    let user = json!({"scope": "service", "name": "user", "reason": "maintenance"});
    assert_accepted(&stuck.post("/admin/v1/pauses", &user).await);
    let (saga, _) = stuck.saga(&first).await;
    assert_eq!(saga["paused_by"], "service user", "{saga:#}");
    assert_eq!(saga["next_attempt_at"], Value::Null, "{saga:#}");
    let why = saga["actions"]["resume"]["why"].as_str().expect("a reason");
    assert!(why.contains("resume the user service"), "{why}");
    let of_state = |state: &str| json!({"action": "resume", "filter": {"state": state}});
    let path = "/admin/v1/batches?dry_run=true";
    let estimate = stuck.post(path, &of_state("paused")).await.body;
    assert_eq!(
        (&estimate["matching"], &estimate["refused"]),
        (&json!(2), &json!(2)),
        "{estimate:#}"
    );
    assert_eq!(estimate["subjects"][0], format!("7:{}", stuck.article));
    assert_accepted(&stuck.order(&second, "pause").await);
    let estimate = stuck.post(path, &of_state("paused")).await.body;
    assert_eq!(estimate["refused"], 1, "{estimate:#}");
}

/// The article service fails at first, so that the user service is paused before anything is sent to it.
async fn r16_a_step_that_a_pause_held_back_was_never_sent(databases: &Databases) {
    let article = SwitchableEffect::over(ArticleEffect);
    article.actions_on.store(false, Ordering::SeqCst);
    let user = SwitchableEffect::over(UserEffect);
    let parts = Parts {
        user: Arc::clone(&user) as _,
        article: Arc::clone(&article) as _,
        ..Parts::default()
    };
    let server = TestServer::start_with(databases, parts, |config| {
        config.coordinator.answer_timeout = Duration::from_millis(300);
        config.coordinator.executor.pause_min = QUICK.pause;
        config.coordinator.executor.pause_max = QUICK.pause;
    })
    .await;
    let article_id = server.client.article("An article").await;
    let stuck = Stuck {
        server,
        user,
        article: article_id,
    };
    let id = stuck.like(7).await;
    let pause = json!({"scope": "service", "name": "user", "reason": "a test"});
    assert_accepted(&stuck.post("/admin/v1/pauses", &pause).await);
    article.actions_on.store(true, Ordering::SeqCst);
    let saga = stuck
        .wait(&id, |saga| saga["steps"][0]["believed"]["state"] == "done")
        .await;
    let never_sent = |step: usize| saga["steps"][step]["never_sent"].clone();
    assert_eq!((never_sent(0), never_sent(1)), (json!(false), json!(true)));
    let preview = stuck.preview(&id, "abort").await;
    assert_eq!(preview["end"], "compensated", "{preview:#}");
    let end = preview["end_text"].as_str().expect("text");
    assert!(!end.contains("sent"), "{end}");
}

async fn r16_a_saga_past_its_deadline_says_that_it_is_sealed_and_undone(databases: &Databases) {
    let times = Times {
        pause: LONG.pause,
        deadline: Duration::from_secs(2),
    };
    let stuck = Stuck::start(databases, times).await;
    let id = stuck.like(7).await;
    assert_accepted(&stuck.order(&id, "pause").await);
    let saga = stuck.wait(&id, |saga| saga["past_deadline"] == true).await;
    let text = saga["cause"]["text"].as_str().expect("text");
    assert!(text.contains("its deadline has passed"), "{text}");
    let preview = stuck.preview(&id, "resume").await;
    assert_eq!(preview["messages"][0]["op"], "seal", "{preview:#}");
    assert_eq!(preview["end"], "compensated", "{preview:#}");
    let warning = preview["warning"].as_str().expect("a warning");
    assert!(warning.contains("force"), "{warning}");
    assert_eq!(stuck.preview(&id, "abort").await["warning"], Value::Null);
    assert_accepted(&stuck.order(&id, "resume").await);
    let saga = stuck.wait_for_status(&id, "compensated").await;
    assert_eq!(saga["outcome_text"], "its deadline passed", "{saga:#}");
    assert_eq!(saga["past_deadline"], false, "{saga:#}");
}

async fn r16_orders_outlive_the_coordinator_that_took_them(databases: &Databases) {
    let times = Times {
        pause: Duration::from_millis(20),
        deadline: Duration::from_secs(3),
    };
    let stuck = Stuck::start(databases, times).await;
    let (paused, forced) = (stuck.like(7).await, stuck.like(8).await);
    assert_accepted(&stuck.order(&paused, "pause").await);
    assert_accepted(&stuck.order(&forced, "force-complete").await);
    let (user, article) = (Arc::clone(&stuck.user), stuck.article);
    drop(stuck);
    tokio::time::sleep(Duration::from_secs(3)).await;
    let stuck = Stuck {
        server: start(databases, Arc::clone(&user), times).await,
        user,
        article,
    };
    // Past its deadline it would be sealed and undone.
    let saga = stuck
        .wait(&forced, |saga| saga["attempts"].as_u64() > Some(2))
        .await;
    assert_eq!(
        (&saga["status"], &saga["cause"]["op"]),
        (&json!("running"), &json!("do")),
        "{saga:#}"
    );
    stuck.heal();
    stuck.wait_for_status(&forced, "completed").await;
    let (saga, _) = stuck.saga(&paused).await;
    assert_eq!(
        (&saga["status"], &saga["paused"]),
        (&json!("running"), &json!(true)),
        "{saga:#}"
    );
    assert_accepted(&stuck.order(&paused, "resume").await);
    stuck
        .wait(&paused, |saga| saga["outcome"].is_object())
        .await;
}

/// The service has changed its row since the operator looked: the log knows nothing of that.
async fn r16_an_order_on_something_that_has_moved_is_refused(databases: &Databases) {
    let stuck = Stuck::start(databases, LONG).await;
    let id = stuck.like(7).await;
    let (_, tag) = stuck.saga(&id).await;
    assert_accepted(&stuck.order(&id, "pause").await);
    let path = format!("/admin/v1/sagas/{id}/abort");
    let body = json!({"reason": "a test"});
    let moved = stuck.send(Method::POST, &path, Some(&tag), &body).await;
    assert_problem(&moved, 412, "saga-moved");
    assert_eq!(moved.body["saga"]["paused"], true, "{moved:?}");
    let (_, tag) = stuck.saga(&id).await;
    assert_eq!(moved.headers["etag"], tag);
    // A pure reading tells the same again.
    assert_eq!(stuck.saga(&id).await.1, tag);
    assert_eq!(stuck.audit(&id).await.len(), 1);
}

async fn r16_an_order_without_its_parts_changes_nothing(databases: &Databases) {
    let stuck = Stuck::start(databases, LONG).await;
    let id = stuck.like(7).await;
    let (_, tag) = stuck.saga(&id).await;
    let path = format!("/admin/v1/sagas/{id}/abort");
    let because = json!({"reason": "a test"});
    let bare = stuck.post(&path, &because).await;
    assert_problem(&bare, 428, "precondition-required");
    for body in [
        json!({}),
        json!({"reason": " "}),
        json!({"reason": "x".repeat(501)}),
    ] {
        let refused = stuck.send(Method::POST, &path, Some(&tag), &body).await;
        assert_problem(&refused, 422, "invalid-request");
    }
    let request = stuck.server.admin.post(&path).header("If-Match", &tag);
    let request = request.header("Authorization", format!("Bearer {READ}"));
    assert_problem(&request.json(&because).send().await, 403, "forbidden");
    let nobody = stuck.server.admin.post(&path).header("If-Match", &tag);
    assert_problem(&nobody.json(&because).send().await, 401, "unauthorized");
    let nothing = stuck
        .post(&format!("/admin/v1/sagas/{id}/delete"), &because)
        .await;
    assert_problem(&nothing, 422, "invalid-request");
    let missing = "/admin/v1/sagas/00000000-0000-7000-8000-000000000001";
    assert_problem(&stuck.get(missing).await, 404, "transaction-not-found");
    for query in ["state=x", "cause=x", "older_than=x", "limit=0", "after=x"] {
        let refused = stuck.get(&format!("/admin/v1/sagas?{query}")).await;
        assert_problem(&refused, 422, "invalid-request");
    }
    assert!(stuck.audit(&id).await.is_empty());
    assert_eq!(stuck.saga(&id).await.1, tag);
}

async fn r16_a_batch_touches_what_its_estimate_showed(databases: &Databases) {
    let stuck = Stuck::start(databases, LONG).await;
    let mut ids = Vec::new();
    for user in 1..=5 {
        ids.push(stuck.like(user).await);
    }
    let mut request = json!({
        "action": "abort", "filter": {"cause": "no_reply", "service": "user"}, "reason": "a test",
    });
    let estimate = stuck.post("/admin/v1/batches?dry_run=true", &request).await;
    assert_eq!(estimate.body["matching"], 5, "{estimate:?}");
    assert_problem(
        &stuck.post("/admin/v1/batches", &request).await,
        422,
        "invalid-request",
    );
    request["at_most"] = json!(4);
    assert_problem(
        &stuck.post("/admin/v1/batches", &request).await,
        409,
        "order-refused",
    );
    let mut none = request.clone();
    none["filter"] = json!({"state": "compensating"});
    assert_problem(
        &stuck.post("/admin/v1/batches", &none).await,
        409,
        "order-refused",
    );
    assert_eq!(stuck.likes().await, 5);
    request["at_most"] = json!(5);
    let started = stuck.post("/admin/v1/batches", &request).await;
    assert_eq!(started.status, 202, "{started:?}");
    let place = started.headers["location"]
        .to_str()
        .expect("text")
        .to_owned();
    let mut batch = Value::Null;
    for _ in 0..500 {
        batch = stuck.get(&place).await.body;
        if batch["state"] == "done" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(
        (&batch["done"], &batch["refused"]),
        (&json!(5), &json!(0)),
        "{batch:#}"
    );
    for id in &ids {
        stuck.wait_for_status(id, "compensated").await;
        let audit = stuck.audit(id).await;
        assert_eq!(audit[0]["batch"], batch["id"], "{audit:#?}");
    }
    assert_eq!(stuck.likes().await, 0);
    let stopped = stuck.post(&format!("{place}/stop"), &json!({})).await;
    assert_eq!(stopped.body["state"], "done", "{stopped:?}");
    let missing = "/admin/v1/batches/00000000-0000-7000-8000-000000000001";
    assert_problem(&stuck.get(missing).await, 404, "batch-not-found");
}
