//! Steps of sagas below the retention watermark: nothing is done, and every copy of a request gets the same reply, whether or not
//! the rows of its saga are deleted yet.

use std::sync::Arc;

use likewise::{
    article::{ARTICLE_SCHEMA, ArticleEffect},
    id::ArticleId,
    refusal::RefusalCode,
    user::{USER_SCHEMA, UserStore},
};
use likewise_saga::{
    batcher::BatchLimits,
    id::SagaId,
    participant::{ParticipantClient, SqlBarrier, WatermarkClient, steps_batcher},
    protocol::{Op, StepReply},
    store::Database,
};
use uuid::Uuid;

use crate::{
    common::{Databases, databases, on_both_engines},
    fixture::{BarrierFixture, count, done, like, likes, new_article, record, refused, unlike},
    watermark::{process, watermark},
    watermark_collection::rows,
};

on_both_engines! {
    r23_a_step_below_the_watermark_is_stale_and_does_nothing
    r23_a_copy_of_a_step_below_the_watermark_is_stale_before_its_row_is_deleted
    r23_the_saga_at_the_watermark_is_not_below_it
    r23_a_batch_with_some_sagas_below_the_watermark_does_the_others
    r23_a_user_service_refuses_what_is_below_as_well
    r23_a_refusal_below_the_watermark_is_stale_as_well
    a_step_twice_in_a_batch_below_the_watermark_is_stale_twice
    a_coordinator_gets_stale_through_the_batcher
}

const OPS: [Op; 3] = [Op::Do, Op::Undo, Op::Seal];

/// Stores the watermark only: no process collects here.
async fn raise(database: &Database, below: u128) {
    let mut published = watermark(below, 1);
    published.below = SagaId(Uuid::from_u128(below));
    let store = likewise_saga::participant::SqlWatermarkStore;
    let raised = likewise_saga::participant::WatermarkStore::raise(&store, database, published);
    raised.await.unwrap().unwrap();
}

async fn r23_a_step_below_the_watermark_is_stale_and_does_nothing(databases: &Databases) {
    let database = databases.open(ARTICLE_SCHEMA).await;
    let (fixture, store) = BarrierFixture::article_in(database.clone());
    let article = new_article(&store).await;
    raise(&database, 5).await;
    for (saga, op) in (1..).zip(OPS) {
        let reply = fixture.apply_one(count(saga, op, article)).await;
        assert_eq!(reply, StepReply::Stale, "{op:?}");
    }
    assert_eq!(likes(&store, article).await, 0);
    assert_eq!(rows(&database).await, 0);
}

/// The reply depends on the watermark alone. Otherwise it would change when the row is deleted.
async fn r23_a_copy_of_a_step_below_the_watermark_is_stale_before_its_row_is_deleted(
    databases: &Databases,
) {
    let database = databases.open(ARTICLE_SCHEMA).await;
    let (fixture, store) = BarrierFixture::article_in(database.clone());
    let article = new_article(&store).await;
    assert_eq!(fixture.apply_one(count(1, Op::Do, article)).await, done(1));
    raise(&database, 5).await;
    assert_eq!(rows(&database).await, 1, "the row is not deleted yet");
    for op in OPS {
        let reply = fixture.apply_one(count(1, op, article)).await;
        assert_eq!(reply, StepReply::Stale, "{op:?}");
    }
    // The undo has compensated nothing.
    assert_eq!(likes(&store, article).await, 1);
    let process = process(&database);
    process.raise(watermark(5, 1)).await.unwrap();
    crate::watermark_collection::collected(&database, 0).await;
    for op in OPS {
        let reply = fixture.apply_one(count(1, op, article)).await;
        assert_eq!(reply, StepReply::Stale, "{op:?}");
    }
    assert_eq!(likes(&store, article).await, 1);
}

async fn r23_the_saga_at_the_watermark_is_not_below_it(databases: &Databases) {
    let database = databases.open(ARTICLE_SCHEMA).await;
    let (fixture, store) = BarrierFixture::article_in(database.clone());
    let article = new_article(&store).await;
    raise(&database, 5).await;
    let reply = fixture.apply_one(count(4, Op::Do, article)).await;
    assert_eq!(reply, StepReply::Stale);
    assert_eq!(fixture.apply_one(count(5, Op::Do, article)).await, done(1));
    assert_eq!(fixture.apply_one(count(6, Op::Do, article)).await, done(2));
    assert_eq!(fixture.apply_one(count(5, Op::Do, article)).await, done(1));
}

async fn r23_a_batch_with_some_sagas_below_the_watermark_does_the_others(databases: &Databases) {
    let database = databases.open(ARTICLE_SCHEMA).await;
    let (fixture, store) = BarrierFixture::article_in(database.clone());
    let (hot, cold) = (new_article(&store).await, new_article(&store).await);
    fixture.apply_one(count(3, Op::Do, hot)).await;
    raise(&database, 10).await;
    let batch = vec![
        count(11, Op::Do, hot),
        count(1, Op::Do, hot),
        count(12, Op::Do, cold),
        count(2, Op::Undo, cold),
        count(3, Op::Do, hot),
        count(13, Op::Do, hot),
        count(14, Op::Seal, hot),
        count(15, Op::Do, ArticleId(999)),
        count(4, Op::Do, ArticleId(999)),
    ];
    let expected = [
        done(2),
        StepReply::Stale,
        done(1),
        StepReply::Stale,
        StepReply::Stale,
        done(3),
        StepReply::Dead,
        refused(RefusalCode::ArticleNotFound),
        StepReply::Stale,
    ];
    assert_eq!(fixture.apply(batch).await, expected);
    assert_eq!(likes(&store, hot).await, 3);
    assert_eq!(likes(&store, cold).await, 1);
    // The five new rows, and the old one.
    assert_eq!(rows(&database).await, 6);
}

async fn r23_a_user_service_refuses_what_is_below_as_well(databases: &Databases) {
    let database = databases.open(USER_SCHEMA).await;
    let fixture = BarrierFixture::user_in(database.clone());
    let store = UserStore::new(database.clone());
    let (old, new) = (record(1, 1, 1), record(2, 2, 1));
    fixture.apply_one(like(1, Op::Do, old)).await;
    raise(&database, 5).await;
    let batch = vec![
        like(2, Op::Do, record(3, 3, 1)),
        like(6, Op::Do, new),
        unlike(3, Op::Do, 1, 1),
        like(1, Op::Undo, old),
    ];
    let replies = fixture.apply(batch).await;
    assert_eq!(replies[0], StepReply::Stale);
    assert!(matches!(replies[1], StepReply::Done { .. }), "{replies:?}");
    assert_eq!(replies[2..], [StepReply::Stale, StepReply::Stale]);
    let alone = fixture.apply_one(like(4, Op::Do, record(4, 4, 1))).await;
    assert_eq!(alone, StepReply::Stale);
    let found = |user| store.find(likewise::id::UserId(user), ArticleId(1));
    assert_eq!(found(1).await.unwrap(), Some(old));
    assert_eq!(found(2).await.unwrap(), Some(new));
    assert_eq!(found(3).await.unwrap(), None);
    assert_eq!(found(4).await.unwrap(), None);
}

async fn r23_a_refusal_below_the_watermark_is_stale_as_well(databases: &Databases) {
    let database = databases.open(ARTICLE_SCHEMA).await;
    let (fixture, _) = BarrierFixture::article_in(database.clone());
    let missing = ArticleId(7);
    let reply = refused(RefusalCode::ArticleNotFound);
    assert_eq!(fixture.apply_one(count(1, Op::Do, missing)).await, reply);
    raise(&database, 5).await;
    let reply = fixture.apply_one(count(1, Op::Do, missing)).await;
    assert_eq!(reply, StepReply::Stale);
}

async fn a_step_twice_in_a_batch_below_the_watermark_is_stale_twice(databases: &Databases) {
    let database = databases.open(ARTICLE_SCHEMA).await;
    let (fixture, store) = BarrierFixture::article_in(database.clone());
    let article = new_article(&store).await;
    raise(&database, 5).await;
    let copy = count(1, Op::Do, article);
    let replies = fixture.apply(vec![copy.clone(), copy]).await;
    assert_eq!(replies, [StepReply::Stale, StepReply::Stale]);
    assert_eq!(likes(&store, article).await, 0);
}

async fn a_coordinator_gets_stale_through_the_batcher(databases: &Databases) {
    let database = databases.open(ARTICLE_SCHEMA).await;
    let (_, store) = BarrierFixture::article_in(database.clone());
    let article = new_article(&store).await;
    raise(&database, 5).await;
    let (env, limits) = (databases::env(), BatchLimits::default());
    let (barrier, effect) = (Arc::new(SqlBarrier), Arc::new(ArticleEffect));
    let batcher = steps_batcher(database, env, barrier, effect, limits);
    let batch = vec![count(1, Op::Do, article), count(7, Op::Do, article)];
    let replies = batcher.send(batch).await.unwrap();
    assert_eq!(replies, [Some(StepReply::Stale), Some(done(1))]);
}
