//! `POST /v1/barrier-rows`: what a participant shows of its barrier, also below the watermark.

use http::StatusCode;
use likewise::{article::ARTICLE_SCHEMA, id::ArticleId};
use likewise_saga::{
    env::real,
    id::SagaId,
    participant::{
        BarrierRow, BarrierRows, BarrierRowsClient, RowState, WatermarkClient, http_participant,
    },
    protocol::{Op, StepKey, StepReply, step::BATCH_STEPS_MAX},
    store::Database,
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    common::{Databases, on_both_engines},
    fixture::{BarrierFixture, NOW, count, done, new_article},
    watermark::{Served, process, watermark},
    watermark_collection::{collected, rows},
};

on_both_engines! {
    each_state_of_a_row_is_shown_in_the_order_of_the_steps
    a_step_that_is_named_twice_is_shown_twice
    a_row_below_the_watermark_is_shown_and_marked
    a_saga_below_the_watermark_without_a_row_is_collected
    reading_rows_changes_nothing
    a_leader_reads_rows_over_http_as_in_the_same_process
    a_full_batch_of_steps_is_read_at_once
    a_list_that_names_no_steps_is_refused
}

fn key(saga: u128) -> StepKey {
    StepKey {
        saga: SagaId(Uuid::from_u128(saga)),
        step: 0,
    }
}

async fn read(database: &Database, sagas: &[u128]) -> Vec<Option<BarrierRow>> {
    let steps = sagas.iter().map(|saga| key(*saga)).collect();
    BarrierRows::new(database.clone())
        .read(steps)
        .await
        .unwrap()
}

fn states(rows: &[Option<BarrierRow>]) -> Vec<Option<RowState>> {
    rows.iter()
        .map(|row| row.as_ref().map(|row| row.state))
        .collect()
}

/// Sagas 11 to 14: done, refused, undone, tombstone.
async fn one_of_each(databases: &Databases) -> (Database, ArticleId) {
    let database = databases.open(ARTICLE_SCHEMA).await;
    let (fixture, store) = BarrierFixture::article_in(database.clone());
    let article = new_article(&store).await;
    for (saga, op, article) in [
        (11, Op::Do, article),
        (12, Op::Do, ArticleId(999)),
        (13, Op::Do, article),
        (13, Op::Undo, article),
        (14, Op::Seal, article),
    ] {
        fixture.apply_one(count(saga, op, article)).await;
    }
    (database, article)
}

async fn each_state_of_a_row_is_shown_in_the_order_of_the_steps(databases: &Databases) {
    let (database, article) = one_of_each(databases).await;
    let found = read(&database, &[14, 10, 11, 13, 12]).await;
    let expected = [
        Some(RowState::Tombstone),
        None,
        Some(RowState::Done),
        Some(RowState::Undone),
        Some(RowState::Refused),
    ];
    assert_eq!(states(&found), expected);
    let fingerprint = Some(count(11, Op::Do, article).fingerprint);
    let done = found[2].clone().unwrap();
    assert_eq!(done.fingerprint, fingerprint);
    assert_eq!(done.created_at, Some(NOW));
    assert!(found.iter().flatten().all(|row| !row.below_watermark));
    // The code is shown as it is stored. On PostgreSQL a result that follows from the arguments is not stored.
    assert_eq!(
        found[4].as_ref().unwrap().result.as_deref(),
        Some("article_not_found")
    );
    assert_eq!(found[0].as_ref().unwrap().result, None);
    let other_step = StepKey { step: 1, ..key(11) };
    let other = BarrierRows::new(database).read(vec![other_step]).await;
    assert_eq!(other, Ok(vec![None]));
}

async fn a_step_that_is_named_twice_is_shown_twice(databases: &Databases) {
    let (database, _) = one_of_each(databases).await;
    let found = read(&database, &[11, 10, 11, 10]).await;
    let done = Some(RowState::Done);
    assert_eq!(states(&found), [done, None, done, None]);
}

async fn a_row_below_the_watermark_is_shown_and_marked(databases: &Databases) {
    let (database, _) = one_of_each(databases).await;
    // Without a process that collects.
    let raise = likewise_saga::participant::WatermarkStore::raise;
    let store = likewise_saga::participant::SqlWatermarkStore;
    raise(&store, &database, watermark(13, 1))
        .await
        .unwrap()
        .unwrap();
    let found = read(&database, &[11, 12, 13, 14]).await;
    let below: Vec<bool> = found
        .iter()
        .flatten()
        .map(|row| row.below_watermark)
        .collect();
    assert_eq!(below, [true, true, false, false]);
    assert_eq!(found[0].as_ref().unwrap().state, RowState::Done);
    assert_eq!(found[0].as_ref().unwrap().created_at, Some(NOW));
}

async fn a_saga_below_the_watermark_without_a_row_is_collected(databases: &Databases) {
    let (database, _) = one_of_each(databases).await;
    let collecting = process(&database);
    collecting.raise(watermark(13, 1)).await.unwrap();
    collected(&database, 2).await;
    let found = read(&database, &[9, 11, 12, 13, 15]).await;
    let gone = Some(BarrierRow {
        state: RowState::Collected,
        fingerprint: None,
        result: None,
        created_at: None,
        below_watermark: true,
    });
    assert_eq!(found[..3], [gone.clone(), gone.clone(), gone]);
    assert_eq!(states(&found[3..]), [Some(RowState::Undone), None]);
}

async fn reading_rows_changes_nothing(databases: &Databases) {
    let (database, article) = one_of_each(databases).await;
    assert_eq!(read(&database, &[20, 11]).await[0], None);
    assert_eq!(rows(&database).await, 4);
    let (fixture, _) = BarrierFixture::article_in(database.clone());
    let reply = fixture.apply_one(count(20, Op::Do, article)).await;
    assert_eq!(reply, done(2), "the action was not sealed");
    assert_eq!(
        fixture.apply_one(count(14, Op::Do, article)).await,
        StepReply::Dead
    );
}

async fn a_leader_reads_rows_over_http_as_in_the_same_process(databases: &Databases) {
    let (database, article) = one_of_each(databases).await;
    let collecting = process(&database);
    collecting.raise(watermark(12, 1)).await.unwrap();
    collected(&database, 3).await;
    let served = Served::start(database.clone()).await;
    let leader = http_participant::<(), ()>("article", &served.base, &real::env()).rows;
    let sagas = [3, 12, 14, 13, 99];
    let found = leader.read(sagas.map(key).to_vec()).await;
    assert_eq!(found, Ok(read(&database, &sagas).await));

    let reply = served.client.post("/v1/barrier-rows");
    let body = json!([{ "saga": Uuid::from_u128(13), "step": 0 }, { "saga": Uuid::from_u128(99), "step": 0 }]);
    let reply = reply.json(&body).send().await;
    assert_eq!(reply.status, StatusCode::OK);
    let mut rows = reply.body;
    let row = rows[0].as_object_mut().unwrap();
    // With a transaction of several statements a result is stored, and with a single one it may follow from the arguments.
    row.remove("result");
    assert_eq!(
        rows,
        json!([{
            "state": "undone",
            "fingerprint": count(13, Op::Do, article).fingerprint,
            "created_at": NOW,
            "below_watermark": false,
        }, null])
    );
}

async fn a_full_batch_of_steps_is_read_at_once(databases: &Databases) {
    let (database, _) = one_of_each(databases).await;
    let sagas: Vec<u128> = (0..BATCH_STEPS_MAX as u128).collect();
    let found = read(&database, &sagas).await;
    assert_eq!(found.len(), BATCH_STEPS_MAX);
    assert_eq!(found.iter().flatten().count(), 4);
    let one_more = (0..=BATCH_STEPS_MAX as u128).map(key).collect();
    let refused = BarrierRows::new(database).read(one_more).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "must be a list of 1 to 256 steps, has 257"
    );
}

async fn a_list_that_names_no_steps_is_refused(databases: &Databases) {
    let served = Served::start(databases.open(ARTICLE_SCHEMA).await).await;
    let step = |step: Value| json!({ "saga": Uuid::from_u128(1), "step": step });
    let too_many = vec![step(json!(0)); BATCH_STEPS_MAX + 1];
    for (reason, body) in [
        ("has 0", json!([])),
        ("has 257", json!(too_many)),
        ("step", json!([step(json!(-1))])),
        ("step", json!([{ "saga": Uuid::from_u128(1) }])),
        ("saga", json!([{ "saga": "7", "step": 0 }])),
        (
            "op",
            json!([{ "saga": Uuid::from_u128(1), "step": 0, "op": "do" }]),
        ),
        ("sequence", json!({})),
    ] {
        let reply = served
            .client
            .post("/v1/barrier-rows")
            .json(&body)
            .send()
            .await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{reason}");
        let detail = reply.body["detail"].as_str().expect("a detail");
        assert!(detail.contains(reason), "{reason}: {detail}");
    }
}
