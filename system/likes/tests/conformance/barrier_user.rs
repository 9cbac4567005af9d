//! The barrier with the user service's effect: one record per user and article, and refusals.

use likewise::{
    id::{ArticleId, UserId},
    refusal::RefusalCode,
};
use likewise_saga::protocol::{Op, StepReply};
use serde_json::json;

use crate::{
    common::{Databases, on_both_engines},
    fixture::{BarrierFixture, NOW, like, record, refused, unlike},
};

on_both_engines! {
    r20_a_compensated_unlike_restores_the_same_record
    there_is_one_record_per_user_and_article
    an_existing_record_is_refused_and_the_rest_of_the_batch_is_done
    a_refusal_of_a_blocked_user_is_durable
    a_compensation_that_cannot_be_applied_fails_the_batch
}

/// Clients know records by their id, so an undone unlike must not show as a new like.
async fn r20_a_compensated_unlike_restores_the_same_record(databases: &Databases) {
    let (fixture, store) = BarrierFixture::user(databases).await;
    let first = record(7, 1, 2);
    fixture.apply_one(like(1, Op::Do, first)).await;
    let found = || async { store.find(UserId(1), ArticleId(2)).await.unwrap() };
    assert_eq!(found().await, Some(first));
    let reply = fixture.apply_one(unlike(2, Op::Do, 1, 2)).await;
    assert_eq!(
        reply,
        StepReply::Done {
            result: json!({ "record_id": first.id }).into()
        }
    );
    assert_eq!(found().await, None);
    for _ in 0..2 {
        assert_eq!(
            fixture.apply_one(unlike(2, Op::Undo, 1, 2)).await,
            StepReply::Undone
        );
        assert_eq!(found().await, Some(first), "the same identity and time");
    }
}

/// A conflict of one row must not fail the rows beside it.
async fn an_existing_record_is_refused_and_the_rest_of_the_batch_is_done(databases: &Databases) {
    let (fixture, _) = BarrierFixture::user(databases).await;
    let existing = record(1, 1, 2);
    fixture.apply_one(like(1, Op::Do, existing)).await;
    let batch = vec![like(2, Op::Do, existing), like(3, Op::Do, record(3, 5, 2))];
    let replies = fixture.apply(batch).await;
    assert_eq!(replies[0], refused(RefusalCode::AlreadyLiked));
    assert!(matches!(replies[1], StepReply::Done { .. }), "{replies:?}");
}

async fn there_is_one_record_per_user_and_article(databases: &Databases) {
    let (fixture, store) = BarrierFixture::user(databases).await;
    let (first, second) = (record(1, 1, 2), record(2, 1, 2));
    let replies = fixture
        .apply(vec![like(1, Op::Do, first), like(2, Op::Do, second)])
        .await;
    assert!(matches!(replies[0], StepReply::Done { .. }), "{replies:?}");
    assert_eq!(replies[1], refused(RefusalCode::AlreadyLiked));
    // Compensating the refused step must not touch the other saga's record.
    assert_eq!(
        fixture.apply_one(like(2, Op::Undo, second)).await,
        StepReply::Undone
    );
    assert_eq!(
        store.find(UserId(1), ArticleId(2)).await.unwrap(),
        Some(first)
    );
    assert_eq!(
        fixture.apply_one(like(1, Op::Undo, first)).await,
        StepReply::Undone
    );
    assert_eq!(store.find(UserId(1), ArticleId(2)).await.unwrap(), None);
    assert_eq!(
        fixture.apply_one(unlike(3, Op::Do, 1, 2)).await,
        refused(RefusalCode::NotLiked)
    );
}

/// The saga of the refused like is compensated by now. Its step must not succeed afterwards.
async fn a_refusal_of_a_blocked_user_is_durable(databases: &Databases) {
    let (fixture, store) = BarrierFixture::user(databases).await;
    store.block(UserId(1), None, NOW).await.unwrap();
    let batch = vec![
        like(1, Op::Do, record(1, 1, 2)),
        like(2, Op::Do, record(2, 5, 2)),
    ];
    let replies = fixture.apply(batch).await;
    assert_eq!(replies[0], refused(RefusalCode::UserBlocked));
    assert!(matches!(replies[1], StepReply::Done { .. }), "{replies:?}");
    store.unblock(UserId(1), None).await.unwrap();
    let again = fixture.apply_one(like(1, Op::Do, record(1, 1, 2))).await;
    assert_eq!(
        again,
        refused(RefusalCode::UserBlocked),
        "the same request gets the same reply"
    );
    let later = fixture.apply_one(like(3, Op::Do, record(3, 1, 2))).await;
    assert!(matches!(later, StepReply::Done { .. }), "{later:?}");
}

/// An error makes the coordinator repeat and finally park the saga, so that a person looks at it.
async fn a_compensation_that_cannot_be_applied_fails_the_batch(databases: &Databases) {
    let (fixture, store) = BarrierFixture::user(databases).await;
    let (first, second) = (record(1, 1, 2), record(2, 1, 2));
    fixture.apply_one(like(1, Op::Do, first)).await;
    fixture.apply_one(unlike(2, Op::Do, 1, 2)).await;
    // A like that ignored the lock: now the old record cannot be restored.
    fixture.apply_one(like(3, Op::Do, second)).await;
    let batch = vec![unlike(2, Op::Undo, 1, 2), like(4, Op::Do, record(4, 9, 9))];
    assert!(fixture.try_apply(batch).await.is_err());
    assert_eq!(
        store.find(UserId(1), ArticleId(2)).await.unwrap(),
        Some(second)
    );
    assert_eq!(
        store.find(UserId(9), ArticleId(9)).await.unwrap(),
        None,
        "the whole batch is rolled back"
    );
}
