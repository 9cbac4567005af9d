//! Actions that one statement can apply: PostgreSQL applies them so, and leaves everything else untouched.

use likewise::id::{ArticleId, UserId};
use likewise_saga::protocol::{Op, StepReply, StepRequest};
use serde_json::json;

use crate::{
    common::{Databases, Engine, on_both_engines},
    fixture::{BarrierFixture, count, like, likes, new_article, record, step},
};

on_both_engines! {
    one_statement_applies_what_it_can_and_leaves_the_rest
    one_action_that_is_not_new_fails_the_whole_statement
}

/// Whether each action is done by the statement. None is on SQLite.
fn expected(databases: &Databases, on_postgres: &[bool]) -> Vec<bool> {
    let is_postgres = databases.engine() == Engine::Postgres;
    on_postgres
        .iter()
        .map(|done| is_postgres && *done)
        .collect()
}

fn are_done(replies: &[Option<StepReply>]) -> Vec<bool> {
    replies.iter().map(Option::is_some).collect()
}

async fn one_statement_applies_what_it_can_and_leaves_the_rest(databases: &Databases) {
    let (fixture, store) = BarrierFixture::article(databases).await;
    let article = new_article(&store).await;
    let missing = count(2, Op::Do, ArticleId(999));
    let undo = count(3, Op::Undo, article);
    let twice = count(4, Op::Do, article);
    let unreadable = step(5, Op::Do, json!({ "colour": "blue" }));
    let rest = [missing, undo, twice.clone(), twice, unreadable];
    let mut batch = vec![count(1, Op::Do, article), count(6, Op::Do, article)];
    batch.splice(1..1, rest.clone());
    let expected = expected(databases, &[true, false, false, false, false, false, true]);
    let replies = fixture.apply_single(&batch).await;
    assert_eq!(are_done(&replies), expected, "{replies:?}");
    let counted = expected.iter().filter(|done| **done).count();
    let counted = i64::try_from(counted).unwrap();
    assert_eq!(likes(&store, article).await, counted);
    // The other actions have no barrier row yet, so a seal finds nothing.
    let sealed = rest.map(|request| StepRequest {
        op: Op::Seal,
        ..request
    });
    let replies = fixture.apply(sealed.to_vec()).await;
    assert_eq!(replies, vec![StepReply::Dead; sealed.len()]);
}

async fn one_action_that_is_not_new_fails_the_whole_statement(databases: &Databases) {
    let (fixture, store) = BarrierFixture::user(databases).await;
    fixture.apply_one(like(1, Op::Do, record(1, 1, 2))).await;
    let repeated_step = [
        like(2, Op::Do, record(2, 5, 2)),
        like(1, Op::Do, record(1, 1, 2)),
    ];
    let existing_pair = [
        like(2, Op::Do, record(2, 5, 2)),
        like(3, Op::Do, record(3, 1, 2)),
    ];
    for batch in [repeated_step, existing_pair] {
        let replies = fixture.apply_single(&batch).await;
        assert_eq!(replies, [None, None]);
        assert_eq!(store.find(UserId(5), ArticleId(2)).await.unwrap(), None);
    }
}
