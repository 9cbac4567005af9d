//! The barrier, over the two services' effects: each step takes effect at most once, is taken
//! back at most once, and never after it was ended.

use futures::{FutureExt, future::join_all};
use likewise::{
    article::{ArticleEffect, ArticleStore, CountArgs},
    barrier::{Barrier, Effect, SqlBarrier},
    id::{ArticleId, RecordId, SagaId, UserId},
    saga::{Op, StepReply, StepRequest, fingerprint},
    store::{ARTICLE, Database, USER},
    time::Timestamp,
    user::{LikeArgs, UserEffect, UserLikeRecord, UserStore},
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::common::{Databases, Engine, on_both_engines};

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
    a_blocked_user_is_refused_for_good
    arguments_that_cannot_be_read_are_refused
    a_compensation_that_cannot_be_applied_fails_the_batch
    what_one_statement_can_do_it_does_and_the_rest_it_leaves_alone
    one_action_that_is_not_new_leaves_a_whole_statement_undone
}

const NOW: Timestamp = Timestamp(1_700_000_000_000_000);

/// A service's database under its barrier.
struct Bench {
    database: Database,
    effect: &'static dyn Effect,
}

impl Bench {
    async fn article(databases: &Databases) -> (Self, ArticleStore) {
        let database = databases.open(ARTICLE).await;
        let store = ArticleStore::new(database.clone());
        let effect = &ArticleEffect;
        (Self { database, effect }, store)
    }

    async fn user(databases: &Databases) -> (Self, UserStore) {
        let database = databases.open(USER).await;
        let store = UserStore::new(database.clone());
        let effect = &UserEffect;
        (Self { database, effect }, store)
    }

    /// As a service does: in one statement what can be, the rest in a transaction.
    async fn ask(&self, batch: Vec<StepRequest>) -> Vec<StepReply> {
        let at_once = self.at_once(&batch).await;
        let left = batch.into_iter().zip(&at_once);
        let left = left.filter(|(_, reply)| reply.is_none());
        let left = left.map(|(request, _)| request).collect();
        let in_steps = self.try_ask(left).await.expect("the batch is applied");
        let mut in_steps = in_steps.into_iter();
        let reply = |reply: Option<StepReply>| reply.or_else(|| in_steps.next());
        at_once.into_iter().filter_map(reply).collect()
    }

    async fn at_once(&self, batch: &[StepRequest]) -> Vec<Option<StepReply>> {
        let (database, effect) = (&self.database, self.effect);
        let replies = SqlBarrier.apply_at_once(database, effect, NOW, batch);
        replies.await.expect("an answer or none")
    }

    async fn try_ask(
        &self,
        batch: Vec<StepRequest>,
    ) -> Result<Vec<StepReply>, likewise::store::StoreError> {
        let effect = self.effect;
        self.database
            .write("steps", move |tx| {
                async move { SqlBarrier.apply(tx, effect, NOW, &batch).await }.boxed()
            })
            .await
    }

    async fn one(&self, request: StepRequest) -> StepReply {
        self.ask(vec![request]).await.remove(0)
    }
}

fn step(saga: u128, op: Op, args: Value) -> StepRequest {
    StepRequest {
        saga: SagaId(Uuid::from_u128(saga)),
        step: 0,
        op,
        fingerprint: fingerprint(&args),
        args: args.into(),
    }
}

fn count(saga: u128, op: Op, article: ArticleId) -> StepRequest {
    let args = CountArgs {
        article_id: article,
        delta: 1,
    };
    step(saga, op, json!(args))
}

fn record(id: u128, user: i64, article: i64) -> UserLikeRecord {
    UserLikeRecord {
        id: RecordId(Uuid::from_u128(id)),
        user_id: UserId(user),
        article_id: ArticleId(article),
        created_at: Timestamp(42),
    }
}

fn like(saga: u128, op: Op, record: UserLikeRecord) -> StepRequest {
    step(saga, op, json!(LikeArgs::Like(record)))
}

fn unlike(saga: u128, op: Op, user: i64, article: i64) -> StepRequest {
    let args = LikeArgs::Unlike {
        user_id: UserId(user),
        article_id: ArticleId(article),
    };
    step(saga, op, json!(args))
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

async fn new_article(store: &ArticleStore) -> ArticleId {
    let created = store.create("An article".to_owned(), None, NOW).await;
    created.expect("an article").id
}

async fn likes(store: &ArticleStore, article: ArticleId) -> i64 {
    let found = store.find(article).await.expect("a reading");
    found.expect("the article").likes
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
        StepReply::Done { result } => result["likes"].as_i64().unwrap(),
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
