//! The barrier, over the two services' effects: each step takes effect at most once, is taken
//! back at most once, and never after it was ended.

use futures::future::join_all;
use likewise::{
    article::Counted,
    id::{ArticleId, UserId},
};
use likewise_saga::protocol::{Op, StepReply};
use serde_json::json;

use crate::{
    bench::{Bench, NOW, count, like, likes, new_article, record, step, unlike},
    common::{Databases, on_both_engines},
};

on_both_engines! {
    r03_a_repeated_action_takes_effect_once_and_answers_the_same
    r03_a_compensation_takes_back_exactly_once
    r03_a_compensation_before_its_action_leaves_it_dead
    a_seal_before_its_action_leaves_it_dead
    a_seal_after_its_action_tells_what_it_did
    a_refusal_is_durable_even_if_the_reason_is_gone
    other_arguments_under_the_same_key_change_nothing
    a_step_asked_for_twice_in_one_batch_takes_effect_once
    likes_of_one_article_in_one_batch_are_told_a_running_count
    a_batch_with_mixed_outcomes_answers_each_in_order
    concurrent_batches_lose_nothing
    the_same_batch_sent_many_times_at_once_takes_effect_once
    r20_an_unlike_taken_back_restores_the_same_record
    one_record_for_a_pair_whoever_asks
    a_record_that_is_there_already_is_not_made_by_a_batch_that_makes_another
    a_blocked_user_is_refused_for_good
    arguments_that_cannot_be_read_are_refused
    a_compensation_that_cannot_be_applied_fails_the_batch
}

fn done(likes: i64) -> StepReply {
    StepReply::Done {
        result: json!({ "likes": likes }).into(),
    }
}

fn refused(code: &str) -> StepReply {
    StepReply::Refused {
        code: code.to_owned(),
    }
}

async fn r03_a_repeated_action_takes_effect_once_and_answers_the_same(databases: &Databases) {
    let (bench, store) = Bench::article(databases).await;
    let article = new_article(&store).await;
    assert_eq!(bench.one(count(1, Op::Do, article)).await, done(1));
    assert_eq!(bench.one(count(2, Op::Do, article)).await, done(2));
    // The first one's answer, not the count of now.
    assert_eq!(bench.one(count(1, Op::Do, article)).await, done(1));
    assert_eq!(likes(&store, article).await, 2);
}

async fn r03_a_compensation_takes_back_exactly_once(databases: &Databases) {
    let (bench, store) = Bench::article(databases).await;
    let article = new_article(&store).await;
    bench.one(count(1, Op::Do, article)).await;
    bench.one(count(2, Op::Do, article)).await;
    for _ in 0..3 {
        let reply = bench.one(count(1, Op::Undo, article)).await;
        assert_eq!(reply, StepReply::Undone);
    }
    assert_eq!(likes(&store, article).await, 1);
    assert_eq!(bench.one(count(1, Op::Do, article)).await, StepReply::Dead);
    assert_eq!(
        bench.one(count(1, Op::Seal, article)).await,
        StepReply::Dead
    );
    assert_eq!(likes(&store, article).await, 1);
}

async fn r03_a_compensation_before_its_action_leaves_it_dead(databases: &Databases) {
    let (bench, store) = Bench::article(databases).await;
    let article = new_article(&store).await;
    assert_eq!(
        bench.one(count(1, Op::Undo, article)).await,
        StepReply::Undone
    );
    assert_eq!(bench.one(count(1, Op::Do, article)).await, StepReply::Dead);
    assert_eq!(
        bench.one(count(1, Op::Undo, article)).await,
        StepReply::Undone
    );
    assert_eq!(likes(&store, article).await, 0);
}

async fn a_seal_before_its_action_leaves_it_dead(databases: &Databases) {
    let (bench, store) = Bench::article(databases).await;
    let article = new_article(&store).await;
    assert_eq!(
        bench.one(count(1, Op::Seal, article)).await,
        StepReply::Dead
    );
    assert_eq!(bench.one(count(1, Op::Do, article)).await, StepReply::Dead);
    assert_eq!(
        bench.one(count(1, Op::Undo, article)).await,
        StepReply::Undone
    );
    assert_eq!(likes(&store, article).await, 0);
}

async fn a_seal_after_its_action_tells_what_it_did(databases: &Databases) {
    let (bench, store) = Bench::article(databases).await;
    let article = new_article(&store).await;
    bench.one(count(1, Op::Do, article)).await;
    assert_eq!(bench.one(count(1, Op::Seal, article)).await, done(1));
    assert_eq!(likes(&store, article).await, 1);
    // A sealed action that was done can still be taken back.
    assert_eq!(
        bench.one(count(1, Op::Undo, article)).await,
        StepReply::Undone
    );
    assert_eq!(likes(&store, article).await, 0);
}

async fn a_refusal_is_durable_even_if_the_reason_is_gone(databases: &Databases) {
    let (bench, store) = Bench::article(databases).await;
    let missing = ArticleId(1);
    let no = refused("article_not_found");
    assert_eq!(bench.one(count(1, Op::Do, missing)).await, no);
    assert_eq!(new_article(&store).await, missing, "now it is there");
    assert_eq!(bench.one(count(1, Op::Do, missing)).await, no);
    assert_eq!(bench.one(count(1, Op::Seal, missing)).await, no);
    assert_eq!(
        bench.one(count(1, Op::Undo, missing)).await,
        StepReply::Undone
    );
    assert_eq!(likes(&store, missing).await, 0);
}

async fn other_arguments_under_the_same_key_change_nothing(databases: &Databases) {
    let (bench, store) = Bench::article(databases).await;
    let (one, other) = (new_article(&store).await, new_article(&store).await);
    bench.one(count(1, Op::Do, one)).await;
    for op in [Op::Do, Op::Undo, Op::Seal] {
        let reply = bench.one(count(1, op, other)).await;
        assert_eq!(reply, StepReply::Mismatch, "{op:?}");
    }
    assert_eq!(likes(&store, one).await, 1);
    assert_eq!(likes(&store, other).await, 0);
}

async fn a_step_asked_for_twice_in_one_batch_takes_effect_once(databases: &Databases) {
    let (bench, store) = Bench::article(databases).await;
    let article = new_article(&store).await;
    let ask = |op| count(1, op, article);
    let replies = bench
        .ask(vec![
            ask(Op::Do),
            ask(Op::Do),
            ask(Op::Undo),
            ask(Op::Undo),
            ask(Op::Do),
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

async fn likes_of_one_article_in_one_batch_are_told_a_running_count(databases: &Databases) {
    let (bench, store) = Bench::article(databases).await;
    let (hot, cold) = (new_article(&store).await, new_article(&store).await);
    bench.one(count(100, Op::Do, hot)).await;
    let batch = [hot, cold, hot, hot, cold];
    let batch = (1..)
        .zip(batch)
        .map(|(saga, article)| count(saga, Op::Do, article));
    let replies = bench.ask(batch.collect()).await;
    assert_eq!(replies, [done(2), done(1), done(3), done(4), done(2)]);
    assert_eq!(likes(&store, hot).await, 4);
    assert_eq!(likes(&store, cold).await, 2);
}

async fn a_batch_with_mixed_outcomes_answers_each_in_order(databases: &Databases) {
    let (bench, store) = Bench::article(databases).await;
    let article = new_article(&store).await;
    bench
        .ask(vec![count(1, Op::Do, article), count(2, Op::Undo, article)])
        .await;
    let replies = bench
        .ask(vec![
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
        refused("article_not_found"),
        // Actions come first, then compensations: two, and then one is taken back.
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
    let (bench, store) = Bench::article(databases).await;
    let (hot, cold) = (new_article(&store).await, new_article(&store).await);
    // Each batch in its own order: they must not wait for each other in a circle.
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
        bench.ask(steps)
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
    let mut told: Vec<i64> = replies.iter().map(told).collect();
    told.sort_unstable();
    let expected: Vec<i64> = (1..=all / 5).chain(1..=all * 4 / 5).collect();
    let mut expected = expected;
    expected.sort_unstable();
    assert_eq!(
        told, expected,
        "no two likes of an article were told the same count"
    );
}

fn told(reply: &StepReply) -> i64 {
    match reply {
        StepReply::Done { result } => result.read::<Counted>().unwrap().likes,
        other => panic!("{other:?}"),
    }
}

async fn the_same_batch_sent_many_times_at_once_takes_effect_once(databases: &Databases) {
    let (bench, store) = Bench::article(databases).await;
    let article = new_article(&store).await;
    let batch: Vec<_> = (1..=10).map(|saga| count(saga, Op::Do, article)).collect();
    let answers = join_all((0..8).map(|_| bench.ask(batch.clone()))).await;
    assert!(
        answers.iter().all(|answer| *answer == answers[0]),
        "{answers:?}"
    );
    assert_eq!(likes(&store, article).await, 10);
}

async fn r20_an_unlike_taken_back_restores_the_same_record(databases: &Databases) {
    let (bench, store) = Bench::user(databases).await;
    let first = record(7, 1, 2);
    bench.one(like(1, Op::Do, first)).await;
    let found = || async { store.find(UserId(1), ArticleId(2)).await.unwrap() };
    assert_eq!(found().await, Some(first));
    let reply = bench.one(unlike(2, Op::Do, 1, 2)).await;
    assert_eq!(
        reply,
        StepReply::Done {
            result: json!({ "record_id": first.id }).into()
        }
    );
    assert_eq!(found().await, None);
    for _ in 0..2 {
        assert_eq!(
            bench.one(unlike(2, Op::Undo, 1, 2)).await,
            StepReply::Undone
        );
        assert_eq!(found().await, Some(first), "the same identity and time");
    }
}

async fn a_record_that_is_there_already_is_not_made_by_a_batch_that_makes_another(
    databases: &Databases,
) {
    let (bench, _) = Bench::user(databases).await;
    let there = record(1, 1, 2);
    bench.one(like(1, Op::Do, there)).await;
    let batch = vec![like(2, Op::Do, there), like(3, Op::Do, record(3, 5, 2))];
    let replies = bench.ask(batch).await;
    assert_eq!(replies[0], refused("already_liked"));
    assert!(matches!(replies[1], StepReply::Done { .. }), "{replies:?}");
}

async fn one_record_for_a_pair_whoever_asks(databases: &Databases) {
    let (bench, store) = Bench::user(databases).await;
    let (first, second) = (record(1, 1, 2), record(2, 1, 2));
    let replies = bench
        .ask(vec![like(1, Op::Do, first), like(2, Op::Do, second)])
        .await;
    assert!(matches!(replies[0], StepReply::Done { .. }), "{replies:?}");
    assert_eq!(replies[1], refused("already_liked"));
    // To take the refused one back must not touch the other's record.
    assert_eq!(
        bench.one(like(2, Op::Undo, second)).await,
        StepReply::Undone
    );
    assert_eq!(
        store.find(UserId(1), ArticleId(2)).await.unwrap(),
        Some(first)
    );
    assert_eq!(bench.one(like(1, Op::Undo, first)).await, StepReply::Undone);
    assert_eq!(store.find(UserId(1), ArticleId(2)).await.unwrap(), None);
    assert_eq!(
        bench.one(unlike(3, Op::Do, 1, 2)).await,
        refused("not_liked")
    );
}

async fn a_blocked_user_is_refused_for_good(databases: &Databases) {
    let (bench, store) = Bench::user(databases).await;
    store.block(UserId(1), NOW).await.unwrap();
    let batch = vec![
        like(1, Op::Do, record(1, 1, 2)),
        like(2, Op::Do, record(2, 5, 2)),
    ];
    let replies = bench.ask(batch).await;
    assert_eq!(replies[0], refused("user_blocked"));
    assert!(matches!(replies[1], StepReply::Done { .. }), "{replies:?}");
    store.unblock(UserId(1)).await.unwrap();
    let again = bench.one(like(1, Op::Do, record(1, 1, 2))).await;
    assert_eq!(
        again,
        refused("user_blocked"),
        "the same request, the same answer"
    );
    let anew = bench.one(like(3, Op::Do, record(3, 1, 2))).await;
    assert!(matches!(anew, StepReply::Done { .. }), "{anew:?}");
}

async fn arguments_that_cannot_be_read_are_refused(databases: &Databases) {
    let (bench, store) = Bench::article(databases).await;
    let article = new_article(&store).await;
    let strange = step(1, Op::Do, json!({ "colour": "blue" }));
    let replies = bench.ask(vec![strange, count(2, Op::Do, article)]).await;
    assert_eq!(replies, [refused("unreadable_arguments"), done(1)]);
}

async fn a_compensation_that_cannot_be_applied_fails_the_batch(databases: &Databases) {
    let (bench, store) = Bench::user(databases).await;
    let (first, second) = (record(1, 1, 2), record(2, 1, 2));
    bench.one(like(1, Op::Do, first)).await;
    bench.one(unlike(2, Op::Do, 1, 2)).await;
    // Somebody broke the lock and liked again: the old record cannot be put back.
    bench.one(like(3, Op::Do, second)).await;
    let batch = vec![unlike(2, Op::Undo, 1, 2), like(4, Op::Do, record(4, 9, 9))];
    assert!(bench.try_ask(batch).await.is_err());
    assert_eq!(
        store.find(UserId(1), ArticleId(2)).await.unwrap(),
        Some(second)
    );
    assert_eq!(
        store.find(UserId(9), ArticleId(9)).await.unwrap(),
        None,
        "nothing of the batch is left"
    );
}
