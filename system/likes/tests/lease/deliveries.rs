//! Alerts at a standby: it lists what the log has, and sends nothing again.

use http::Method;
use likewise_saga::{
    alerts::{Attempt, Deliveries, DeliveryState},
    env::real,
    id::SagaId,
    log::{LogEntry, NewSaga, SAGA_LOG_SCHEMA, SagaLog, SqlSagaLog},
    store::Page,
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    LONG,
    cluster::{Cluster, Coordinator, OPERATE},
    common::{Databases, client::Reply, on_both_engines},
};

on_both_engines! {
    r15_a_standby_lists_deliveries_and_names_the_leader_that_sends_them_again
}

/// A saga that is parked, and whose alert the webhook did not want. Nobody leads yet.
async fn given_up(databases: &Databases) {
    let log = SqlSagaLog::new(databases.open(SAGA_LOG_SCHEMA).await);
    let epoch = log.take_over().await.expect("the log");
    let (saga, now) = (SagaId(Uuid::from_u128(1)), real::env().clock.now());
    let start = LogEntry::Start(NewSaga {
        id: saga,
        kind: "like".to_owned(),
        args: json!({}).into(),
        lock_key: "7:1".to_owned(),
        request_key: None,
        fingerprint: 0,
        deadline_at: now,
        settled: None,
    });
    log.append(epoch, now, &[start]).await.expect("started");
    let parked = log.park(epoch, now, saga, "no answer").await;
    parked.expect("parked");
    let page = Page {
        after: None,
        limit: 1,
    };
    let listed = log.list_alerts(None, page).await.expect("a list");
    let attempt = Attempt {
        alert: listed[0].alert.id,
        attempts_before: 0,
        state: DeliveryState::GivenUp,
        next_attempt_at: now,
        status: Some(410),
        error: Some("gone".to_owned()),
        delivered_at: None,
    };
    log.note(epoch, attempt).await.expect("noted");
}

async fn ask(coordinator: &Coordinator, method: Method, path: &str, body: &Value) -> Reply {
    let request = coordinator.admin.request(method, path);
    let request = request.header("Authorization", format!("Bearer {OPERATE}"));
    request.json(body).send().await
}

async fn get(coordinator: &Coordinator, path: &str) -> Value {
    let reply = ask(coordinator, Method::GET, path, &Value::Null).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.body
}

async fn r15_a_standby_lists_deliveries_and_names_the_leader_that_sends_them_again(
    databases: &Databases,
) {
    const LIST: &str = "/admin/v1/deliveries";
    given_up(databases).await;
    let cluster = Cluster::start(databases).await;
    let holder = cluster.coordinator(LONG).await;
    holder.wait_for_role("holder").await;
    let standby = cluster.coordinator(LONG).await;
    standby.wait_for_role("standby").await;

    let listed = get(&standby, LIST).await;
    assert_eq!(listed, get(&holder, LIST).await, "both read the log");
    let alert = &listed["deliveries"][0];
    assert_eq!(
        (&alert["state"], &alert["last_status"]),
        (&json!("given_up"), &json!(410))
    );
    assert_eq!(
        get(&standby, &format!("{LIST}?state=pending")).await["deliveries"],
        json!([])
    );

    let path = format!("{LIST}/{}/resend", alert["id"].as_str().expect("an id"));
    let order = json!({"reason": "the webhook was repaired"});
    let refused = ask(&standby, Method::POST, &path, &order).await;
    assert_eq!(refused.status, 503, "{refused:?}");
    assert_eq!(refused.body["type"], "/problems#not-leader");
    let detail = refused.body["detail"].as_str().expect("a text");
    assert!(
        detail.contains(&holder.url) && detail.contains("Nothing was done"),
        "{detail}"
    );
    assert_eq!(get(&standby, LIST).await, listed, "nothing was done");
    assert_eq!(get(&standby, "/admin/v1/audit").await["entries"], json!([]));

    let resent = ask(&holder, Method::POST, &path, &order).await;
    assert_eq!(resent.status, 202, "{resent:?}");
    let now = get(&standby, LIST).await["deliveries"][0].clone();
    assert_eq!(
        (&now["state"], &now["resends"]),
        (&json!("pending"), &json!(1))
    );
    let entry = get(&standby, "/admin/v1/audit").await["entries"][0].clone();
    assert_eq!(
        (&entry["action"], &entry["actor"]),
        (&json!("resend"), &json!("ann"))
    );
}
