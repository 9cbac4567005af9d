//! Actions that one statement can carry out: on PostgreSQL they are, and nothing else is touched.

use likewise::id::{ArticleId, UserId};
use likewise_saga::protocol::{Op, StepReply, StepRequest};
use serde_json::json;

use crate::{
    bench::{Bench, count, like, likes, new_article, record, step},
    common::{Databases, Engine, on_both_engines},
};

on_both_engines! {
    what_one_statement_can_do_it_does_and_the_rest_it_leaves_alone
    one_action_that_is_not_new_leaves_a_whole_statement_undone
}

/// Whether each action was done in one statement; never on SQLite.
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

async fn what_one_statement_can_do_it_does_and_the_rest_it_leaves_alone(databases: &Databases) {
    let (bench, store) = Bench::article(databases).await;
    let article = new_article(&store).await;
    let missing = count(2, Op::Do, ArticleId(999));
    let undo = count(3, Op::Undo, article);
    let twice = count(4, Op::Do, article);
    let strange = step(5, Op::Do, json!({ "colour": "blue" }));
    let left = [missing, undo, twice.clone(), twice, strange];
    let mut batch = vec![count(1, Op::Do, article), count(6, Op::Do, article)];
    batch.splice(1..1, left.clone());
    let expected = expected(databases, &[true, false, false, false, false, false, true]);
    let replies = bench.at_once(&batch).await;
    assert_eq!(are_done(&replies), expected, "{replies:?}");
    let counted = expected.iter().filter(|done| **done).count();
    let counted = i64::try_from(counted).unwrap();
    assert_eq!(likes(&store, article).await, counted);
    // What it left alone has no row yet, so it may still come to anything.
    let sealed = left.map(|request| StepRequest {
        op: Op::Seal,
        ..request
    });
    let replies = bench.ask(sealed.to_vec()).await;
    assert_eq!(replies, vec![StepReply::Dead; sealed.len()]);
}

async fn one_action_that_is_not_new_leaves_a_whole_statement_undone(databases: &Databases) {
    let (bench, store) = Bench::user(databases).await;
    bench.one(like(1, Op::Do, record(1, 1, 2))).await;
    let again = [
        like(2, Op::Do, record(2, 5, 2)),
        like(1, Op::Do, record(1, 1, 2)),
    ];
    let taken = [
        like(2, Op::Do, record(2, 5, 2)),
        like(3, Op::Do, record(3, 1, 2)),
    ];
    for batch in [again, taken] {
        let replies = bench.at_once(&batch).await;
        assert_eq!(replies, [None, None]);
        assert_eq!(store.find(UserId(5), ArticleId(2)).await.unwrap(), None);
    }
}
