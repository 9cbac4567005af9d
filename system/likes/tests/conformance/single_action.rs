//! One action alone in its batch: PostgreSQL has a statement for it. What it does, and what it leaves to the transaction, is
//! the same as in a batch of several.

use std::collections::BTreeSet;

use futures::future::join_all;
use likewise::{
    article::CountResult,
    id::{ArticleId, UserId},
    refusal::RefusalCode,
};
use likewise_saga::protocol::{Op, StepReply, StepRequest};
use serde_json::json;

use crate::{
    common::{Databases, Engine, on_both_engines},
    fixture::{BarrierFixture, NOW, count, done, like, likes, new_article, record, refused},
};

on_both_engines! {
    one_action_is_applied_by_one_statement_and_repeated_by_none
    one_like_is_applied_by_one_statement_and_repeated_by_none
    one_action_on_a_missing_article_is_left_to_the_transaction
    one_like_that_is_refused_is_left_to_the_transaction
    one_action_after_its_tombstone_is_dead
    concurrent_actions_each_get_their_own_count
    concurrent_copies_of_one_action_take_effect_once
}

/// Applies a request as a batch of one. It must be applied by the statement exactly if `is_done`, on PostgreSQL.
async fn apply_alone(
    databases: &Databases,
    fixture: &BarrierFixture,
    request: StepRequest,
    is_done: bool,
) -> StepReply {
    let reply = fixture.apply_single(std::slice::from_ref(&request)).await;
    let is_postgres = databases.engine() == Engine::Postgres;
    assert_eq!(reply[0].is_some(), is_done && is_postgres, "{reply:?}");
    match reply.into_iter().next().flatten() {
        Some(reply) => reply,
        None => fixture.try_apply(vec![request]).await.unwrap().remove(0),
    }
}

async fn one_action_is_applied_by_one_statement_and_repeated_by_none(databases: &Databases) {
    let (fixture, store) = BarrierFixture::article(databases).await;
    let article = new_article(&store).await;
    let apply = |saga, is_done| {
        let request = count(saga, Op::Do, article);
        apply_alone(databases, &fixture, request, is_done)
    };
    assert_eq!(apply(1, true).await, done(1));
    assert_eq!(apply(2, true).await, done(2));
    assert_eq!(apply(1, false).await, done(1));
    assert_eq!(likes(&store, article).await, 2);
}

async fn one_like_is_applied_by_one_statement_and_repeated_by_none(databases: &Databases) {
    let (fixture, store) = BarrierFixture::user(databases).await;
    let expected = StepReply::Done {
        result: json!({ "record_id": record(7, 1, 2).id }).into(),
    };
    for is_done in [true, false] {
        let request = like(1, Op::Do, record(7, 1, 2));
        let reply = apply_alone(databases, &fixture, request, is_done).await;
        assert_eq!(reply, expected);
    }
    let found = store.find(UserId(1), ArticleId(2)).await.unwrap();
    assert_eq!(found, Some(record(7, 1, 2)));
}

async fn one_action_on_a_missing_article_is_left_to_the_transaction(databases: &Databases) {
    let (fixture, _) = BarrierFixture::article(databases).await;
    let request = |op| count(1, op, ArticleId(999));
    assert_eq!(fixture.apply_single(&[request(Op::Do)]).await, [None]);
    // The statement has left no row.
    assert_eq!(fixture.apply_one(request(Op::Seal)).await, StepReply::Dead);
    let reply = apply_alone(databases, &fixture, count(2, Op::Do, ArticleId(999)), false).await;
    assert_eq!(reply, refused(RefusalCode::ArticleNotFound));
}

async fn one_like_that_is_refused_is_left_to_the_transaction(databases: &Databases) {
    let (fixture, store) = BarrierFixture::user(databases).await;
    store.block(UserId(1), None, NOW).await.unwrap();
    let request = |op| like(1, op, record(1, 1, 2));
    assert_eq!(fixture.apply_single(&[request(Op::Do)]).await, [None]);
    assert_eq!(fixture.apply_one(request(Op::Seal)).await, StepReply::Dead);
    let reply = |saga, record, is_done| {
        let request = like(saga, Op::Do, record);
        apply_alone(databases, &fixture, request, is_done)
    };
    let blocked = reply(2, record(2, 1, 2), false).await;
    assert_eq!(blocked, refused(RefusalCode::UserBlocked));
    let first = reply(3, record(3, 5, 2), true).await;
    assert!(matches!(first, StepReply::Done { .. }), "{first:?}");
    // The barrier row is inserted before the record, and must not stay without it.
    let second = reply(4, record(4, 5, 2), false).await;
    assert_eq!(second, refused(RefusalCode::AlreadyLiked));
}

async fn one_action_after_its_tombstone_is_dead(databases: &Databases) {
    let (articles, article_store) = BarrierFixture::article(databases).await;
    let (users, user_store) = BarrierFixture::user(databases).await;
    let article = new_article(&article_store).await;
    for (saga, op, reply) in [
        (1, Op::Undo, StepReply::Undone),
        (2, Op::Seal, StepReply::Dead),
    ] {
        assert_eq!(articles.apply_one(count(saga, op, article)).await, reply);
        let request = count(saga, Op::Do, article);
        let late = apply_alone(databases, &articles, request, false).await;
        assert_eq!(late, StepReply::Dead, "{op:?}");
        assert_eq!(
            users.apply_one(like(saga, op, record(1, 1, 2))).await,
            reply
        );
        let request = like(saga, Op::Do, record(1, 1, 2));
        let late = apply_alone(databases, &users, request, false).await;
        assert_eq!(late, StepReply::Dead, "{op:?}");
    }
    assert_eq!(likes(&article_store, article).await, 0);
    let found = user_store.find(UserId(1), ArticleId(2)).await.unwrap();
    assert_eq!(found, None);
}

/// Each statement waits for the row of the article. It must add to the count as it is then, not as it was in its snapshot.
async fn concurrent_actions_each_get_their_own_count(databases: &Databases) {
    const ACTIONS: i64 = 100;
    let (fixture, store) = BarrierFixture::article(databases).await;
    let article = new_article(&store).await;
    let sagas = 1..=u128::try_from(ACTIONS).unwrap();
    let actions = sagas.map(|saga| fixture.apply_one(count(saga, Op::Do, article)));
    let replies = join_all(actions).await;
    let count_of = |reply: &StepReply| match reply {
        StepReply::Done { result } => result.read::<CountResult>().unwrap().likes,
        other => panic!("{other:?}"),
    };
    let counts: BTreeSet<i64> = replies.iter().map(count_of).collect();
    assert_eq!(counts, (1..=ACTIONS).collect::<BTreeSet<_>>());
    assert_eq!(likes(&store, article).await, ACTIONS);
}

async fn concurrent_copies_of_one_action_take_effect_once(databases: &Databases) {
    let (articles, store) = BarrierFixture::article(databases).await;
    let (users, _) = BarrierFixture::user(databases).await;
    let article = new_article(&store).await;
    for saga in 1..=20 {
        let copies = (0..8).map(|_| articles.apply_one(count(saga, Op::Do, article)));
        let expected = done(i64::try_from(saga).unwrap());
        assert_eq!(join_all(copies).await, vec![expected; 8]);
        let user = i64::try_from(saga).unwrap();
        let copies = (0..8).map(|_| users.apply_one(like(saga, Op::Do, record(saga, user, 2))));
        let expected = StepReply::Done {
            result: json!({ "record_id": record(saga, user, 2).id }).into(),
        };
        assert_eq!(join_all(copies).await, vec![expected; 8]);
    }
}
