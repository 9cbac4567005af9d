//! The barrier with the article service's effect: each step takes effect at most once, is compensated at most once, and
//! never takes effect after its compensation or its seal.

use futures::future::join_all;
use likewise::{article::CountResult, id::ArticleId, refusal::RefusalCode};
use likewise_saga::protocol::{Op, StepReply};
use serde_json::json;

use crate::{
    common::{Databases, on_both_engines},
    fixture::{BarrierFixture, count, done, likes, new_article, refused, step},
};

on_both_engines! {
    r03_a_repeated_action_takes_effect_once_and_gets_the_same_reply
    r03_a_repeated_compensation_takes_effect_once
    r03_an_action_after_its_compensation_is_dead
    an_action_after_its_seal_is_dead
    a_seal_after_its_action_returns_the_result
    a_refusal_is_durable_even_if_its_reason_disappears
    other_arguments_under_the_same_key_change_nothing
    a_step_that_is_twice_in_one_batch_takes_effect_once
    likes_of_one_article_in_one_batch_get_a_running_count
    a_batch_with_mixed_outcomes_is_answered_in_order
    concurrent_batches_lose_nothing
    concurrent_copies_of_a_batch_take_effect_once
    arguments_that_cannot_be_read_are_refused
}

/// The coordinator answers its client with the reply. A repeat with a newer count would give the client another
/// answer under the same key.
async fn r03_a_repeated_action_takes_effect_once_and_gets_the_same_reply(databases: &Databases) {
    let (fixture, store) = BarrierFixture::article(databases).await;
    let article = new_article(&store).await;
    assert_eq!(fixture.apply_one(count(1, Op::Do, article)).await, done(1));
    assert_eq!(fixture.apply_one(count(2, Op::Do, article)).await, done(2));
    // The stored reply, not the present count.
    assert_eq!(fixture.apply_one(count(1, Op::Do, article)).await, done(1));
    assert_eq!(likes(&store, article).await, 2);
}

async fn r03_a_repeated_compensation_takes_effect_once(databases: &Databases) {
    let (fixture, store) = BarrierFixture::article(databases).await;
    let article = new_article(&store).await;
    fixture.apply_one(count(1, Op::Do, article)).await;
    fixture.apply_one(count(2, Op::Do, article)).await;
    for _ in 0..3 {
        let reply = fixture.apply_one(count(1, Op::Undo, article)).await;
        assert_eq!(reply, StepReply::Undone);
    }
    assert_eq!(likes(&store, article).await, 1);
    assert_eq!(
        fixture.apply_one(count(1, Op::Do, article)).await,
        StepReply::Dead
    );
    assert_eq!(
        fixture.apply_one(count(1, Op::Seal, article)).await,
        StepReply::Dead
    );
    assert_eq!(likes(&store, article).await, 1);
}

/// The compensation overtook its action. Without a tombstone nothing would stop the action.
async fn r03_an_action_after_its_compensation_is_dead(databases: &Databases) {
    let (fixture, store) = BarrierFixture::article(databases).await;
    let article = new_article(&store).await;
    assert_eq!(
        fixture.apply_one(count(1, Op::Undo, article)).await,
        StepReply::Undone
    );
    assert_eq!(
        fixture.apply_one(count(1, Op::Do, article)).await,
        StepReply::Dead
    );
    assert_eq!(
        fixture.apply_one(count(1, Op::Undo, article)).await,
        StepReply::Undone
    );
    assert_eq!(likes(&store, article).await, 0);
}

/// A seal of a step that never arrived is what makes it safe to undo the saga.
async fn an_action_after_its_seal_is_dead(databases: &Databases) {
    let (fixture, store) = BarrierFixture::article(databases).await;
    let article = new_article(&store).await;
    assert_eq!(
        fixture.apply_one(count(1, Op::Seal, article)).await,
        StepReply::Dead
    );
    assert_eq!(
        fixture.apply_one(count(1, Op::Do, article)).await,
        StepReply::Dead
    );
    assert_eq!(
        fixture.apply_one(count(1, Op::Undo, article)).await,
        StepReply::Undone
    );
    assert_eq!(likes(&store, article).await, 0);
}

async fn a_seal_after_its_action_returns_the_result(databases: &Databases) {
    let (fixture, store) = BarrierFixture::article(databases).await;
    let article = new_article(&store).await;
    fixture.apply_one(count(1, Op::Do, article)).await;
    assert_eq!(
        fixture.apply_one(count(1, Op::Seal, article)).await,
        done(1)
    );
    assert_eq!(likes(&store, article).await, 1);
    // A sealed action that is done can still be compensated.
    assert_eq!(
        fixture.apply_one(count(1, Op::Undo, article)).await,
        StepReply::Undone
    );
    assert_eq!(likes(&store, article).await, 0);
}

/// A step that is refused and later done would be an effect of a saga that was compensated.
async fn a_refusal_is_durable_even_if_its_reason_disappears(databases: &Databases) {
    let (fixture, store) = BarrierFixture::article(databases).await;
    let missing = ArticleId(1);
    let reply = refused(RefusalCode::ArticleNotFound);
    assert_eq!(fixture.apply_one(count(1, Op::Do, missing)).await, reply);
    assert_eq!(new_article(&store).await, missing, "now it exists");
    assert_eq!(fixture.apply_one(count(1, Op::Do, missing)).await, reply);
    assert_eq!(fixture.apply_one(count(1, Op::Seal, missing)).await, reply);
    assert_eq!(
        fixture.apply_one(count(1, Op::Undo, missing)).await,
        StepReply::Undone
    );
    assert_eq!(likes(&store, missing).await, 0);
}

/// Two versions of a coordinator may derive different arguments for one saga. The barrier must notice that before it
/// answers for the wrong effect.
async fn other_arguments_under_the_same_key_change_nothing(databases: &Databases) {
    let (fixture, store) = BarrierFixture::article(databases).await;
    let (one, other) = (new_article(&store).await, new_article(&store).await);
    fixture.apply_one(count(1, Op::Do, one)).await;
    for op in [Op::Do, Op::Undo, Op::Seal] {
        let reply = fixture.apply_one(count(1, op, other)).await;
        assert_eq!(reply, StepReply::Mismatch, "{op:?}");
    }
    assert_eq!(likes(&store, one).await, 1);
    assert_eq!(likes(&store, other).await, 0);
}

/// The requests of one step keep their order within a batch.
async fn a_step_that_is_twice_in_one_batch_takes_effect_once(databases: &Databases) {
    let (fixture, store) = BarrierFixture::article(databases).await;
    let article = new_article(&store).await;
    let request = |op| count(1, op, article);
    let replies = fixture
        .apply(vec![
            request(Op::Do),
            request(Op::Do),
            request(Op::Undo),
            request(Op::Undo),
            request(Op::Do),
        ])
        .await;
    let expected = [
        done(1),
        done(1),
        StepReply::Undone,
        StepReply::Undone,
        StepReply::Dead,
    ];
    assert_eq!(replies, expected);
    assert_eq!(likes(&store, article).await, 0);
}

/// One statement changes the count, and each reply has its own number.
async fn likes_of_one_article_in_one_batch_get_a_running_count(databases: &Databases) {
    let (fixture, store) = BarrierFixture::article(databases).await;
    let (hot, cold) = (new_article(&store).await, new_article(&store).await);
    fixture.apply_one(count(100, Op::Do, hot)).await;
    let batch = [hot, cold, hot, hot, cold];
    let batch = (1..)
        .zip(batch)
        .map(|(saga, article)| count(saga, Op::Do, article));
    let replies = fixture.apply(batch.collect()).await;
    assert_eq!(replies, [done(2), done(1), done(3), done(4), done(2)]);
    assert_eq!(likes(&store, hot).await, 4);
    assert_eq!(likes(&store, cold).await, 2);
}

/// Replies have no key of their own. Their place in the list is all that says which step they belong to.
async fn a_batch_with_mixed_outcomes_is_answered_in_order(databases: &Databases) {
    let (fixture, store) = BarrierFixture::article(databases).await;
    let article = new_article(&store).await;
    fixture
        .apply(vec![count(1, Op::Do, article), count(2, Op::Undo, article)])
        .await;
    let replies = fixture
        .apply(vec![
            count(1, Op::Undo, article),
            count(2, Op::Do, article),
            count(3, Op::Do, ArticleId(999)),
            count(4, Op::Do, article),
            count(5, Op::Undo, article),
            count(6, Op::Seal, article),
            step(1, Op::Do, json!({ "other": "arguments" })),
        ])
        .await;
    let expected = [
        StepReply::Undone,
        StepReply::Dead,
        refused(RefusalCode::ArticleNotFound),
        // Actions are applied before compensations: 2 likes, of which one is compensated later.
        done(2),
        StepReply::Undone,
        StepReply::Dead,
        StepReply::Mismatch,
    ];
    assert_eq!(replies, expected);
    assert_eq!(likes(&store, article).await, 1);
}

async fn concurrent_batches_lose_nothing(databases: &Databases) {
    const BATCHES: u128 = 16;
    const STEPS: u128 = 25;
    let (fixture, store) = BarrierFixture::article(databases).await;
    let (hot, cold) = (new_article(&store).await, new_article(&store).await);
    // The batches have different orders and must not deadlock.
    let batch = |number: u128| {
        let step = move |saga: u128| {
            let article = if (saga + number).is_multiple_of(5) {
                cold
            } else {
                hot
            };
            count(number * STEPS + saga, Op::Do, article)
        };
        let steps: Vec<_> = match number % 2 {
            0 => (0..STEPS).map(step).collect(),
            _ => (0..STEPS).rev().map(step).collect(),
        };
        fixture.apply(steps)
    };
    let replies: Vec<StepReply> = join_all((0..BATCHES).map(batch)).await.concat();
    assert!(
        replies
            .iter()
            .all(|reply| matches!(reply, StepReply::Done { .. })),
        "{replies:?}"
    );
    let all = i64::try_from(BATCHES * STEPS).unwrap();
    assert_eq!(likes(&store, hot).await, all * 4 / 5);
    assert_eq!(likes(&store, cold).await, all / 5);
    let mut counts: Vec<i64> = replies.iter().map(count_of).collect();
    counts.sort_unstable();
    let expected: Vec<i64> = (1..=all / 5).chain(1..=all * 4 / 5).collect();
    let mut expected = expected;
    expected.sort_unstable();
    assert_eq!(
        counts, expected,
        "no two likes of an article get the same count"
    );
}

fn count_of(reply: &StepReply) -> i64 {
    match reply {
        StepReply::Done { result } => result.read::<CountResult>().unwrap().likes,
        other => panic!("{other:?}"),
    }
}

/// On PostgreSQL the copies block each other at the first row, so all rows must be taken in one order.
async fn concurrent_copies_of_a_batch_take_effect_once(databases: &Databases) {
    let (fixture, store) = BarrierFixture::article(databases).await;
    let article = new_article(&store).await;
    let batch: Vec<_> = (1..=10).map(|saga| count(saga, Op::Do, article)).collect();
    let replies = join_all((0..8).map(|_| fixture.apply(batch.clone()))).await;
    assert!(
        replies.iter().all(|reply| *reply == replies[0]),
        "{replies:?}"
    );
    assert_eq!(likes(&store, article).await, 10);
}

/// An error would be retried forever. The refusal is durable, so the saga ends.
async fn arguments_that_cannot_be_read_are_refused(databases: &Databases) {
    let (fixture, store) = BarrierFixture::article(databases).await;
    let article = new_article(&store).await;
    let unreadable = step(1, Op::Do, json!({ "colour": "blue" }));
    let replies = fixture
        .apply(vec![unreadable, count(2, Op::Do, article)])
        .await;
    assert_eq!(
        replies,
        [refused(RefusalCode::UnreadableArguments), done(1)]
    );
}
