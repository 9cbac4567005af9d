//! R23: what a client sees of transactions that were deleted.

use std::time::Duration;

use futures::FutureExt;
use likewise::{
    all_in_one::{AllInOne, AllInOneConfig},
    article::ARTICLE_SCHEMA,
    coordinator::{CoordinatorConfig, Keep, Retention},
    service::Parts,
    user::USER_SCHEMA,
};
use likewise_saga::{
    env::real,
    id::{Epoch, SagaId},
    lease::{LogLease, SqlLogLease},
    log::{Raise, RetentionLog, RetentionUpdate, SAGA_LOG_SCHEMA, SqlSagaLog},
    store::{OpenError, Schema, Sql},
};
use serde_json::Value;

use crate::{
    common::{Databases, databases::POOL, on_both_engines},
    server::{TestServer, assert_problem},
};

on_both_engines! {
    r23_a_deleted_transaction_is_gone_and_one_that_never_was_is_not_found
    r23_a_reader_that_fell_behind_is_told_to_begin_anew
    r23_the_leader_deletes_what_is_old_and_honours_keys_for_their_time
    r23_a_watermark_that_would_go_back_is_refused_at_start
}

/// The number of polls for a condition, 20 ms apart.
const POLLS_MAX: u32 = 1_500;

/// The epoch of the only coordinator.
const EPOCH: Epoch = Epoch(1);

/// Likes an article, each user with a key of its own. Returns the transactions.
async fn like(
    server: &TestServer,
    article: i64,
    users: std::ops::RangeInclusive<i64>,
) -> Vec<SagaId> {
    let mut transactions = Vec::new();
    for user in users {
        let reply = server.client.post(&format!("/articles/{article}/like"));
        let reply = reply.user(user).key(&format!("k{user}")).send().await;
        assert_eq!(reply.status, 200, "{reply:?}");
        transactions.push(transaction(&reply.body));
    }
    server.wait_for_transactions("?status=pending", 0).await;
    transactions
}

fn transaction(body: &Value) -> SagaId {
    let id = body["transaction_id"].as_str().expect("a transaction");
    SagaId(id.parse().expect("an id"))
}

/// Deletes everything below the newest transaction, as the leader does.
async fn delete_old(databases: &Databases) {
    let log = SqlSagaLog::new(databases.open(SAGA_LOG_SCHEMA).await);
    let progress = log.raise_watermark(EPOCH).await.unwrap();
    let below = progress.watermark.expect("a watermark");
    let update = RetentionUpdate {
        clock: Duration::from_secs(1),
        mark: Some(below),
        ..RetentionUpdate::default()
    };
    let mark = log.record(EPOCH, update).await.unwrap().expect("a mark");
    let update = RetentionUpdate {
        clock: Duration::from_secs(2),
        raise: Some(Raise {
            below,
            keys_below: Some(below),
            ends: mark.ends,
        }),
        ..RetentionUpdate::default()
    };
    log.record(EPOCH, update).await.unwrap();
    let first = SagaId(uuid::Uuid::nil());
    log.collect(first, below, 1_000).await.unwrap();
}

async fn r23_a_deleted_transaction_is_gone_and_one_that_never_was_is_not_found(
    databases: &Databases,
) {
    let server = TestServer::start(databases).await;
    let article = server.client.article("An article").await;
    let transactions = like(&server, article, 1..=3).await;
    delete_old(databases).await;
    let get = async |id: SagaId| {
        server
            .client
            .get(&format!("/v1/transactions/{id}"))
            .send()
            .await
    };
    let gone = get(transactions[0]).await;
    assert_problem(&gone, 410, "transaction-deleted");
    assert!(gone.text.contains(&transactions[0].to_string()), "{gone:?}");
    let events = format!("/v1/transactions/{}/events", transactions[0]);
    let gone = server.client.get(&events).send().await;
    assert_problem(&gone, 410, "transaction-deleted");
    assert_eq!(get(transactions[2]).await.status, 200);
    let never = SagaId(uuid::Uuid::from_u128(u128::MAX));
    assert_problem(&get(never).await, 404, "transaction-not-found");
    let malformed = server.client.get("/v1/transactions/1").send().await;
    assert_problem(&malformed, 422, "invalid-request");
    // A list begins with what is kept.
    let listed = server.transactions("?status=done").await;
    assert_eq!(listed.len(), 1, "{listed:?}");
    let after = transactions[0];
    let listed = server.transactions(&format!("?after={after}")).await;
    assert_eq!(listed.len(), 1, "{listed:?}");
}

async fn r23_a_reader_that_fell_behind_is_told_to_begin_anew(databases: &Databases) {
    let server = TestServer::start(databases).await;
    let article = server.client.article("An article").await;
    like(&server, article, 1..=2).await;
    let page = server.wait_for_transactions("?order=end", 2).await;
    assert_eq!(page.len(), 2);
    let reply = server
        .client
        .get("/v1/transactions?order=end&limit=1")
        .send()
        .await;
    let behind = reply.body["next"].as_str().expect("a cursor").to_owned();
    like(&server, article, 3..=5).await;
    server.wait_for_transactions("?order=end", 5).await;
    let reply = server.client.get("/v1/transactions?order=end").send().await;
    let ahead = reply.body["next"].as_str().expect("a cursor").to_owned();
    delete_old(databases).await;
    let read = async |after: &str| {
        let path = format!("/v1/transactions?order=end&after={after}");
        server.client.get(&path).send().await
    };
    assert_problem(&read(&behind).await, 410, "cursor-deleted");
    let nothing_new = read(&ahead).await;
    assert_eq!(nothing_new.status, 200, "{nothing_new:?}");
    assert_eq!(nothing_new.body["next"], ahead.as_str());
    let anew = server.client.get("/v1/transactions?order=end").send().await;
    assert_eq!(anew.status, 200, "{anew:?}");
    like(&server, article, 6..=6).await;
    let path = format!("?order=end&after={ahead}");
    server.wait_for_transactions(&path, 1).await;
}

/// The whole way, in one process: marks, watermarks, both services and the log.
async fn r23_the_leader_deletes_what_is_old_and_honours_keys_for_their_time(databases: &Databases) {
    let limit = Duration::from_secs(4);
    let server = TestServer::start_with(databases, Parts::default(), |config| {
        config.coordinator.answer_timeout = limit;
        config.coordinator.saga_deadline = limit;
        config.coordinator.step_timeout = limit;
        config.coordinator.retention = Some(Retention {
            sagas: Keep::For(limit),
            keys: limit * 3,
        });
    })
    .await;
    let article = server.client.article("An article").await;
    let path = format!("/articles/{article}/like");
    for user in 1..=20 {
        assert_eq!(server.client.like(article, user).await.status, 200);
    }
    let keyed = server.client.post(&path).user(21).key("k").send().await;
    assert_eq!(keyed.status, 200, "{keyed:?}");
    // The newest transaction is always kept.
    assert_eq!(server.client.like(article, 22).await.status, 200);
    server.wait_for_transactions("", 2).await;
    let replayed = server.client.post(&path).user(21).key("k").send().await;
    assert_eq!(replayed.status, 200, "{replayed:?}");
    assert_eq!(transaction(&replayed.body), transaction(&keyed.body));
    server.wait_for_transactions("", 1).await;
    // The key is as new: the like exists.
    let repeated = server.client.post(&path).user(21).key("k").send().await;
    assert_problem(&repeated, 409, "already-liked");
    assert_eq!(server.client.likes(article).await, 22);
    for schema in [ARTICLE_SCHEMA, USER_SCHEMA] {
        wait_for_few_barrier_rows(databases, schema).await;
    }
}

/// Waits until the barrier has at most the row of the newest saga.
async fn wait_for_few_barrier_rows(databases: &Databases, schema: Schema) {
    static COUNT: Sql = Sql {
        name: "test",
        sqlite: "SELECT count(*) FROM barrier",
        postgres: "SELECT count(*) FROM barrier",
    };
    let database = databases.open(schema).await;
    let mut rows = 0;
    for _ in 0..POLLS_MAX {
        let counted = database.query("test", &COUNT, []).await.expect("a count");
        rows = counted[0].int(0).expect("a number");
        if rows <= 1 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!(
        "the {} service still has {rows} barrier rows",
        schema.service
    );
}

/// Opens all services, with a retention of a minute or without.
async fn open(databases: &Databases, has_retention: bool) -> Result<AllInOne, OpenError> {
    let minute = Duration::from_secs(60);
    let retention = Retention {
        sagas: Keep::For(minute),
        keys: minute,
    };
    let coordinator = CoordinatorConfig {
        retention: has_retention.then_some(retention),
        ..CoordinatorConfig::default()
    };
    let config = AllInOneConfig {
        article_db: databases.article.clone(),
        user_db: databases.user.clone(),
        coordinator_db: databases.coordinator.clone(),
        pool: POOL,
        coordinator,
    };
    AllInOne::open(config, real::env(), &Parts::default()).await
}

/// Starts with retention, and returns why that is refused. The log must not be taken over.
async fn refused(databases: &Databases, epoch: i64) -> String {
    let Err(refused) = open(databases, true).await else {
        panic!("it started");
    };
    assert!(matches!(refused, OpenError::Retention { .. }), "{refused}");
    let lease = SqlLogLease::new(databases.open(SAGA_LOG_SCHEMA).await);
    assert_eq!(lease.read().await.unwrap().epoch, Epoch(epoch), "{refused}");
    refused.to_string()
}

async fn by_hand(databases: &Databases, schema: Schema, text: &'static str) {
    let sql: &'static Sql = Box::leak(Box::new(Sql {
        name: "by_hand",
        sqlite: text,
        postgres: text,
    }));
    let database = databases.open(schema).await;
    let changed = database.write("by-hand", move |tx| {
        async move { tx.execute(sql, []).await }.boxed()
    });
    assert_eq!(changed.await.expect("the statement runs"), 1, "{text}");
}

async fn r23_a_watermark_that_would_go_back_is_refused_at_start(databases: &Databases) {
    let server = TestServer::start(databases).await;
    let article = server.client.article("An article").await;
    like(&server, article, 1..=3).await;
    delete_old(databases).await;
    drop(server);
    drop(open(databases, true).await.expect("nothing goes back"));

    let ahead = "UPDATE barrier_watermarks SET below = 'ffffffff-ffff-ffff-ffff-ffffffffffff'";
    by_hand(databases, USER_SCHEMA, ahead).await;
    let reason = refused(databases, 2).await;
    for text in ["would go back", "the user service", "--retention off"] {
        assert!(reason.contains(text), "{reason}");
    }
    let later =
        "UPDATE barrier_watermarks SET below = '00000000-0000-0000-0000-000000000001', epoch = 9";
    by_hand(databases, USER_SCHEMA, later).await;
    assert!(refused(databases, 2).await.contains("(epoch 9)"));
    drop(open(databases, false).await.expect("retention is off"));

    let unknown = "UPDATE shards SET watermark = NULL";
    by_hand(databases, SAGA_LOG_SCHEMA, unknown).await;
    let reason = refused(databases, 3).await;
    assert!(reason.contains("contradict each other"), "{reason}");
}
