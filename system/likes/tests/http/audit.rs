//! The audit finds what a database lacks that was restored from an older backup, and repairs what is certain.
//!
//! A backup is a copy of the tables in the same database, so that one test serves both engines. The services run on:
//! they hold nothing in memory that a restored table contradicts.

use std::time::Duration;

use futures::FutureExt;
use likewise::{
    article::{ARTICLE_SCHEMA, ArticleEffect, CountArgs},
    audit::{AuditDatabases, AuditReport, Difference, Repaired, StepFound, audit, repair},
    id::ArticleId,
    user::USER_SCHEMA,
};
use likewise_saga::{
    id::SagaId,
    log::SAGA_LOG_SCHEMA,
    participant::{Barrier, SqlBarrier},
    protocol::{Document, Op, StepReply, StepRequest},
    store::{OpenError, Schema, Sql},
    time::Timestamp,
};

use super::server::TestServer;
use crate::common::{Databases, databases::env, on_both_engines};

on_both_engines! {
    services_that_agree_are_consistent
    an_article_database_of_an_older_backup_is_found_and_repaired
    a_user_database_of_an_older_backup_is_found_and_repaired
    a_coordinator_database_of_an_older_backup_is_found
    the_count_of_an_article_with_an_open_saga_is_not_repaired
    sagas_that_contradict_their_steps_and_torn_rows_are_found
    a_like_of_an_article_that_never_existed_does_not_raise_the_identity
    a_database_that_lacks_a_migration_is_not_audited
    r23_what_retention_has_deleted_is_no_difference
    r23_a_watermark_that_the_log_does_not_know_is_found
}

const NOW: Timestamp = Timestamp(1_700_000_000_000_000);

/// The number of polls for the end of all sagas, 20 ms apart.
const POLLS_MAX: u32 = 1_500;

/// Runs one statement on a service's database.
async fn run(databases: &Databases, schema: Schema, sqlite: &str, postgres: &str) {
    let sql: &'static Sql = Box::leak(Box::new(Sql {
        name: "test",
        sqlite: sqlite.to_owned().leak(),
        postgres: postgres.to_owned().leak(),
    }));
    let database = databases.open(schema).await;
    let write = database.write("test", move |tx| {
        async move { tx.execute(sql, []).await }.boxed()
    });
    write.await.expect("the statement runs");
}

async fn run_on_both(databases: &Databases, schema: Schema, statement: &str) {
    run(databases, schema, statement, statement).await;
}

fn tables(schema: Schema) -> &'static [&'static str] {
    match schema.service {
        "article" => &["articles", "article_requests", "barrier"],
        "user" => &["likes", "barrier"],
        _ => &["sagas", "saga_changes"],
    }
}

async fn back_up(databases: &Databases, schema: Schema) {
    for table in tables(schema) {
        let copy = format!("CREATE TABLE backup_{table} AS SELECT * FROM {table}");
        run_on_both(databases, schema, &copy).await;
    }
}

async fn restore(databases: &Databases, schema: Schema) {
    for table in tables(schema) {
        run_on_both(databases, schema, &format!("DELETE FROM {table}")).await;
        let rows = format!("SELECT * FROM backup_{table}");
        let sqlite = format!("INSERT INTO {table} {rows}");
        let postgres = match *table {
            "articles" => format!("INSERT INTO {table} OVERRIDING SYSTEM VALUE {rows}"),
            _ => sqlite.clone(),
        };
        run(databases, schema, &sqlite, &postgres).await;
    }
    if schema.service == "article" {
        let sqlite = "UPDATE sqlite_sequence SET seq = (SELECT max(id) FROM articles) WHERE name = 'articles'";
        let postgres = "SELECT setval('articles_id_seq', (SELECT max(id) FROM articles))";
        run(databases, schema, sqlite, postgres).await;
    }
}

async fn try_open(databases: &Databases) -> Result<AuditDatabases, OpenError> {
    let [article, user, log] = [&databases.article, &databases.user, &databases.coordinator];
    AuditDatabases::open(article, user, log, &env()).await
}

async fn open(databases: &Databases) -> AuditDatabases {
    try_open(databases).await.expect("the databases open")
}

async fn audited(databases: &Databases) -> AuditReport {
    audit(&open(databases).await).await.expect("a report")
}

async fn repaired(databases: &Databases) -> Repaired {
    let databases = open(databases).await;
    let report = audit(&databases).await.expect("a report");
    let repaired = repair(&databases, &report, NOW).await;
    repaired.expect("the repair is done")
}

/// Likes an article, and waits until all sagas have ended in the log.
async fn like(server: &TestServer, article: i64, users: impl IntoIterator<Item = i64>) {
    for user in users {
        let reply = server.client.like(article, user).await;
        assert_eq!(reply.status, 200, "{reply:?}");
    }
    for _ in 0..POLLS_MAX {
        if server.transactions("?status=pending").await.is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("a saga stays open");
}

fn kinds(report: &AuditReport) -> Vec<(&'static str, u64)> {
    let totals = report.differences.totals.iter();
    totals.map(|(kind, total)| (*kind, *total)).collect()
}

async fn services_that_agree_are_consistent(databases: &Databases) {
    let server = TestServer::start(databases).await;
    let empty = audited(databases).await;
    assert!(empty.is_consistent(), "{empty:?}");
    let article = server.client.article("An article").await;
    like(&server, article, 1..=3).await;
    assert_eq!(server.client.unlike(article, 2).await.status, 200);
    // A refused saga has no step that is left.
    assert_eq!(server.client.like(article, 1).await.status, 409);
    like(&server, article, [4]).await;
    let report = audited(databases).await;
    assert!(report.is_consistent(), "{report:?}");
    assert_eq!((report.checked.articles, report.checked.records), (1, 3));
    assert_eq!((report.checked.steps, report.lost_steps), (10, 0));
}

async fn an_article_database_of_an_older_backup_is_found_and_repaired(databases: &Databases) {
    let server = TestServer::start(databases).await;
    let old = server.client.article("It is in the backup").await;
    like(&server, old, [1]).await;
    back_up(databases, ARTICLE_SCHEMA).await;
    let lost = server.client.article("It is not").await;
    like(&server, old, [2, 3]).await;
    like(&server, lost, [4]).await;
    let saga = server.transactions("?status=done").await[1]["id"].clone();
    restore(databases, ARTICLE_SCHEMA).await;

    let report = audited(databases).await;
    let found = &report.differences.listed;
    let count = Difference::Count {
        article: ArticleId(old),
        count: 1,
        expected: 3,
        records: 3,
        open_sagas: 0,
    };
    let without_article = Difference::RecordsWithoutArticle {
        article: ArticleId(lost),
        records: 1,
    };
    let identity = Difference::Identity {
        identity: old,
        highest: ArticleId(lost),
    };
    for expected in [count, without_article, identity] {
        assert!(found.contains(&expected), "no {expected:?} in {found:?}");
    }
    let missing = |difference: &&Difference| {
        matches!(
            difference,
            Difference::StepNotDone {
                service: "article",
                found: StepFound::Missing,
                ..
            }
        )
    };
    assert_eq!(found.iter().filter(missing).count(), 3);
    assert_eq!(report.differences.total(), 6, "{found:?}");

    let repaired = repaired(databases).await;
    let expected = Repaired {
        counts: 1,
        steps: 3,
        identity_before: Some(old),
        was_interrupted: false,
    };
    assert_eq!(repaired, expected);
    assert_eq!(server.client.likes(old).await, 3);
    // The likes of the lost article are somebody's likes, so they are left.
    let report = audited(databases).await;
    assert_eq!(report.differences.listed, [without_article]);
    assert_eq!(report.lost_steps, 3);
    let next = server.client.article("The next").await;
    assert!(next > lost, "{next} was given out before");
    assert_is_dead(databases, saga.as_str().expect("an id"), old).await;
}

/// A late repeat of a lost step must not run.
async fn assert_is_dead(databases: &Databases, saga: &str, article: i64) {
    let args = Document::of(&CountArgs {
        article_id: ArticleId(article),
        delta: 1,
    });
    let late = StepRequest {
        saga: SagaId(saga.parse().expect("a UUID")),
        step: 0,
        op: Op::Do,
        fingerprint: args.fingerprint(),
        args,
        traceparent: None,
    };
    let database = databases.open(ARTICLE_SCHEMA).await;
    let replies = database.write("steps", move |tx| {
        async move { SqlBarrier.apply(tx, &ArticleEffect, NOW, &[late]).await }.boxed()
    });
    assert_eq!(replies.await.expect("a reply"), [StepReply::Dead]);
}

async fn a_user_database_of_an_older_backup_is_found_and_repaired(databases: &Databases) {
    let server = TestServer::start(databases).await;
    let article = server.client.article("An article").await;
    like(&server, article, [1]).await;
    back_up(databases, USER_SCHEMA).await;
    like(&server, article, [2, 3]).await;
    restore(databases, USER_SCHEMA).await;

    let report = audited(databases).await;
    assert_eq!(kinds(&report), [("count", 1), ("step-not-done", 2)]);
    let repaired = repaired(databases).await;
    assert_eq!((repaired.counts, repaired.steps), (1, 2));
    assert_eq!(repaired.identity_before, None);
    assert_eq!(server.client.likes(article).await, 1);
    let report = audited(databases).await;
    assert!(report.is_consistent(), "{report:?}");

    // Those whose likes were lost can like again. The repair has fenced the first coordinator.
    drop(server);
    let server = TestServer::start(databases).await;
    like(&server, article, [2]).await;
    assert_eq!(server.client.likes(article).await, 2);
    let report = audited(databases).await;
    assert!(report.is_consistent(), "{report:?}");
}

async fn a_coordinator_database_of_an_older_backup_is_found(databases: &Databases) {
    let server = TestServer::start(databases).await;
    let article = server.client.article("An article").await;
    like(&server, article, [1]).await;
    back_up(databases, SAGA_LOG_SCHEMA).await;
    like(&server, article, [2, 3]).await;
    restore(databases, SAGA_LOG_SCHEMA).await;

    let report = audited(databases).await;
    assert_eq!(kinds(&report), [("step-without-saga", 4)]);
    // Counts and records agree, so there is nothing to repair.
    assert_eq!(repaired(databases).await, Repaired::default());
}

async fn the_count_of_an_article_with_an_open_saga_is_not_repaired(databases: &Databases) {
    let server = TestServer::start(databases).await;
    let article = server.client.article("An article").await;
    like(&server, article, [1]).await;
    drop(server);
    // The saga has counted, and has not made its record yet.
    run_on_both(databases, SAGA_LOG_SCHEMA, "DELETE FROM saga_changes").await;
    run_on_both(databases, USER_SCHEMA, "DELETE FROM barrier").await;
    run_on_both(databases, USER_SCHEMA, "DELETE FROM likes").await;
    let report = audited(databases).await;
    assert!(report.is_consistent(), "{report:?}");
    assert_eq!(report.checked.open_sagas, 1);

    run_on_both(databases, ARTICLE_SCHEMA, "UPDATE articles SET likes = 6").await;
    let expected = Difference::Count {
        article: ArticleId(article),
        count: 6,
        expected: 1,
        records: 0,
        open_sagas: 1,
    };
    assert_eq!(audited(databases).await.differences.listed, [expected]);
    assert_eq!(repaired(databases).await, Repaired::default());
    assert_eq!(audited(databases).await.differences.listed, [expected]);
}

async fn sagas_that_contradict_their_steps_and_torn_rows_are_found(databases: &Databases) {
    let server = TestServer::start(databases).await;
    let article = server.client.article("An article").await;
    like(&server, article, [1]).await;
    run_on_both(
        databases,
        SAGA_LOG_SCHEMA,
        "UPDATE saga_changes SET to_status = 3",
    )
    .await;
    let report = audited(databases).await;
    assert_eq!(kinds(&report), [("step-not-undone", 2)]);
    let refuse = "UPDATE barrier SET state = 1";
    run_on_both(
        databases,
        SAGA_LOG_SCHEMA,
        "UPDATE saga_changes SET to_status = 1",
    )
    .await;
    run_on_both(databases, USER_SCHEMA, refuse).await;
    let report = audited(databases).await;
    assert_eq!(kinds(&report), [("step-not-done", 1)]);
    // Only a missing step is sealed: this one says something else, which a person must look at.
    assert_eq!(repaired(databases).await, Repaired::default());
    run_on_both(databases, SAGA_LOG_SCHEMA, "UPDATE sagas SET args = 'torn'").await;
    let report = audited(databases).await;
    assert_eq!(kinds(&report), [("unreadable-saga", 1)]);
    // It is open, and nobody knows on which article: no count is certain.
    run_on_both(
        databases,
        SAGA_LOG_SCHEMA,
        "UPDATE saga_changes SET to_status = 0",
    )
    .await;
    run_on_both(databases, ARTICLE_SCHEMA, "UPDATE articles SET likes = 6").await;
    assert_eq!(repaired(databases).await, Repaired::default());
    // Neither is any count certain if nobody knows whether a saga is open.
    run_on_both(
        databases,
        SAGA_LOG_SCHEMA,
        "UPDATE saga_changes SET to_status = 9",
    )
    .await;
    assert_eq!(repaired(databases).await, Repaired::default());
}

/// With a key, even such a like is logged. A repair that believed the id would leave no id for the next article.
async fn a_like_of_an_article_that_never_existed_does_not_raise_the_identity(
    databases: &Databases,
) {
    let server = TestServer::start(databases).await;
    server.client.article("An article").await;
    let path = format!("/articles/{}/like", i64::MAX);
    let refused = server.client.post(&path).user(7).key("k").send().await;
    assert_eq!(refused.status, 404, "{refused:?}");
    assert_eq!(kinds(&audited(databases).await), []);
    assert_eq!(repaired(databases).await, Repaired::default());
    server.client.article("Another article").await;
}

/// Opening it would migrate it. An audit changes nothing.
async fn a_database_that_lacks_a_migration_is_not_audited(databases: &Databases) {
    for schema in [ARTICLE_SCHEMA, USER_SCHEMA, SAGA_LOG_SCHEMA] {
        drop(databases.open(schema).await);
    }
    let forget_last =
        "DELETE FROM _sqlx_migrations WHERE version = (SELECT max(version) FROM _sqlx_migrations)";
    run_on_both(databases, SAGA_LOG_SCHEMA, forget_last).await;
    let error = try_open(databases).await.err().expect("a refusal");
    assert!(error.to_string().contains("lacks migrations"), "{error}");
}

/// Sets the retention watermark of the log to its last saga but `last`, by hand.
async fn set_watermark(databases: &Databases, last: u32) {
    let last = format!("(SELECT id FROM sagas ORDER BY id DESC LIMIT 1 OFFSET {last})");
    let raise = format!("UPDATE shards SET watermark = {last}");
    run_on_both(databases, SAGA_LOG_SCHEMA, &raise).await;
    let raise = format!("UPDATE retention SET below = {last}");
    run_on_both(databases, SAGA_LOG_SCHEMA, &raise).await;
}

/// A saga without its barrier rows, and barrier rows without their saga.
async fn r23_what_retention_has_deleted_is_no_difference(databases: &Databases) {
    let server = TestServer::start(databases).await;
    let article = server.client.article("An article").await;
    like(&server, article, 1..=4).await;
    set_watermark(databases, 1).await;
    let before = audited(databases).await;
    assert!(before.is_consistent(), "{before:?}");
    let first = "(SELECT id FROM sagas ORDER BY id LIMIT 1)";
    let delete = format!("DELETE FROM saga_changes WHERE saga = {first}");
    run_on_both(databases, SAGA_LOG_SCHEMA, &delete).await;
    let delete = format!("DELETE FROM sagas WHERE id = {first}");
    run_on_both(databases, SAGA_LOG_SCHEMA, &delete).await;
    let second = "(SELECT DISTINCT saga FROM barrier ORDER BY saga LIMIT 1 OFFSET 1)";
    for schema in [ARTICLE_SCHEMA, USER_SCHEMA] {
        let delete = format!("DELETE FROM barrier WHERE saga = {second}");
        run_on_both(databases, schema, &delete).await;
    }
    let after = audited(databases).await;
    assert!(after.is_consistent(), "{after:?}");
    assert_eq!((after.checked.sagas, after.checked.steps), (3, 6));
    assert!(after.deleted_below.is_some());
    drop(server);
    assert_eq!(repaired(databases).await, Repaired::default());

    // What is above the watermark is compared as ever.
    let last = "(SELECT DISTINCT saga FROM barrier ORDER BY saga DESC LIMIT 1)";
    let delete = format!("DELETE FROM barrier WHERE saga = {last}");
    run_on_both(databases, USER_SCHEMA, &delete).await;
    let report = audited(databases).await;
    assert_eq!(kinds(&report), [("step-not-done", 1)]);
    assert_eq!(repaired(databases).await.steps, 1);
}

/// The log was restored from an older copy, in which a saga is open that a service refuses.
async fn r23_a_watermark_that_the_log_does_not_know_is_found(databases: &Databases) {
    let server = TestServer::start(databases).await;
    let article = server.client.article("An article").await;
    like(&server, article, 1..=3).await;
    drop(server);
    set_watermark(databases, 1).await;
    let reopen = "DELETE FROM saga_changes WHERE saga = (SELECT id FROM sagas ORDER BY id LIMIT 1)";
    run_on_both(databases, SAGA_LOG_SCHEMA, reopen).await;
    let above = "UPDATE barrier_watermarks SET below = 'ffffffff-ffff-ffff-ffff-ffffffffffff'";
    run_on_both(databases, USER_SCHEMA, above).await;
    let report = audited(databases).await;
    let expected = [("open-below-watermark", 1), ("watermark-ahead", 1)];
    assert_eq!(kinds(&report), expected, "{report:?}");
}
