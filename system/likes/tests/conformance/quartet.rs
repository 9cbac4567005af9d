//! Every saga's quartet: it completes; it unwinds from a failure at each step; unwinding is
//! idempotent; so is every action.
//!
//! Plays a saga's steps against the two services by hand, as a coordinator might, only worse.

use futures::FutureExt;
use likewise::{
    article::{ARTICLE_SCHEMA, ArticleEffect, ArticleStore},
    coordinator::LikeSaga,
    id::{ArticleId, RecordId, UserId},
    user::{USER_SCHEMA, UserLikeRecord, UserStore},
};
use likewise_saga::{
    id::SagaId,
    participant::{Barrier, Effect, SqlBarrier},
    protocol::{Definition, Op, StepReply, StepRequest},
    store::Database,
    time::Timestamp,
};
use uuid::Uuid;

use crate::common::{Databases, on_both_engines};

on_both_engines! {
    a_like_completes
    a_like_unwinds_from_a_failure_at_each_step
    a_like_unwinds_idempotently
    every_action_of_a_like_is_idempotent
    an_unlike_completes
    an_unlike_unwinds_from_a_failure_at_each_step
    an_unlike_unwinds_idempotently
    every_action_of_an_unlike_is_idempotent
}

const NOW: Timestamp = Timestamp(1_700_000_000_000_000);
const USER_ID: UserId = UserId(7);
/// Who liked the article before, and must not notice anything.
const BYSTANDER: UserId = UserId(8);

/// What the two services hold.
type State = (i64, Option<UserLikeRecord>, bool);

/// An article, one bystander's like, and for an unlike the user's.
struct Stage {
    article: Database,
    user: Database,
    id: ArticleId,
    sagas: std::cell::Cell<u128>,
}

impl Stage {
    async fn set(databases: &Databases) -> Self {
        let article = databases.open(ARTICLE_SCHEMA).await;
        let user = databases.open(USER_SCHEMA).await;
        let store = ArticleStore::new(article.clone());
        let created = store.create("An article".to_owned(), None, NOW).await;
        let id = created.expect("an article").id;
        let sagas = std::cell::Cell::new(0);
        let stage = Self {
            article,
            user,
            id,
            sagas,
        };
        stage.play(&stage.like(BYSTANDER), Op::Do).await;
        stage
    }

    fn like(&self, user: UserId) -> Play {
        let record = RecordId(Uuid::from_u128(u128::from(user.0.unsigned_abs())));
        self.saga(&LikeSaga::like(user, self.id, record, NOW))
    }

    fn unlike(&self) -> Play {
        self.saga(&LikeSaga::Unlike {
            user_id: USER_ID,
            article_id: self.id,
        })
    }

    fn saga(&self, saga: &LikeSaga) -> Play {
        self.sagas.set(self.sagas.get() + 1);
        Play {
            id: SagaId(Uuid::from_u128(self.sagas.get())),
            definition: saga.definition(),
        }
    }

    /// Asks for one operation of every step, in the direction it goes.
    async fn play(&self, play: &Play, op: Op) -> Vec<StepReply> {
        let mut replies = Vec::new();
        for step in play.order(op) {
            replies.push(self.ask(play, step, op).await);
        }
        replies
    }

    async fn ask(&self, play: &Play, step: usize, op: Op) -> StepReply {
        let definition = &play.definition.steps[step];
        let (database, effect): (_, &'static dyn Effect) = match definition.service {
            "article" => (&self.article, &ArticleEffect),
            _ => (&self.user, &likewise::user::UserEffect),
        };
        let request = StepRequest {
            saga: play.id,
            step,
            op,
            fingerprint: definition.args.fingerprint(),
            args: definition.args.clone(),
        };
        let applied = database.write("steps", move |tx| {
            async move { SqlBarrier.apply(tx, effect, NOW, &[request]).await }.boxed()
        });
        applied.await.expect("the step is applied").remove(0)
    }

    async fn state(&self) -> State {
        let users = UserStore::new(self.user.clone());
        let article = ArticleStore::new(self.article.clone()).find(self.id).await;
        let record = |user| users.find(user, self.id);
        (
            article.unwrap().expect("the article").likes,
            record(USER_ID).await.unwrap(),
            record(BYSTANDER).await.unwrap().is_some(),
        )
    }
}

/// One saga on the stage.
struct Play {
    id: SagaId,
    definition: Definition,
}

impl Play {
    fn order(&self, op: Op) -> Vec<usize> {
        let steps = 0..self.definition.steps.len();
        match op {
            Op::Undo => steps.rev().collect(),
            Op::Do | Op::Seal => steps.collect(),
        }
    }
}

fn all_done(replies: &[StepReply]) -> bool {
    replies
        .iter()
        .all(|reply| matches!(reply, StepReply::Done { .. }))
}

fn all_are(replies: &[StepReply], expected: &StepReply) -> bool {
    replies.iter().all(|reply| reply == expected)
}

async fn completes(stage: &Stage, play: &Play, after: State) {
    let replies = stage.play(play, Op::Do).await;
    assert!(all_done(&replies), "{replies:?}");
    assert_eq!(stage.state().await, after);
    assert_eq!(
        stage.play(play, Op::Seal).await,
        replies,
        "a seal tells what was done"
    );
    assert_eq!(stage.state().await, after);
}

/// For every step: the steps before it are done, it is not, and everything is undone.
async fn unwinds_from_each_step(stage: &Stage, play: impl Fn() -> Play) {
    let before = stage.state().await;
    for failed in 0..=play().definition.steps.len() {
        let play = play();
        for step in 0..failed {
            let reply = stage.ask(&play, step, Op::Do).await;
            assert!(matches!(reply, StepReply::Done { .. }), "{reply:?}");
        }
        let replies = stage.play(&play, Op::Undo).await;
        assert!(all_are(&replies, &StepReply::Undone), "{replies:?}");
        assert_eq!(stage.state().await, before, "failed at step {failed}");
    }
}

/// Compensations three times each, before, after and between late actions.
async fn unwinds_idempotently(stage: &Stage, play: impl Fn() -> Play) {
    let before = stage.state().await;
    for done in [true, false] {
        let play = play();
        if done {
            stage.play(&play, Op::Do).await;
        }
        for _ in 0..3 {
            let replies = stage.play(&play, Op::Undo).await;
            assert!(all_are(&replies, &StepReply::Undone), "{replies:?}");
            assert_eq!(stage.state().await, before);
            let late = stage.play(&play, Op::Do).await;
            assert!(all_are(&late, &StepReply::Dead), "{late:?}");
            assert_eq!(stage.state().await, before);
        }
    }
}

async fn every_action_is_idempotent(stage: &Stage, play: &Play) {
    for step in play.order(Op::Do) {
        let first = stage.ask(play, step, Op::Do).await;
        assert!(matches!(first, StepReply::Done { .. }), "{first:?}");
        let once = stage.state().await;
        for _ in 0..2 {
            assert_eq!(stage.ask(play, step, Op::Do).await, first);
            assert_eq!(stage.state().await, once);
        }
    }
}

async fn liked(databases: &Databases) -> (Stage, State) {
    let stage = Stage::set(databases).await;
    stage.play(&stage.like(USER_ID), Op::Do).await;
    let state = stage.state().await;
    assert!(state.0 == 2 && state.1.is_some(), "{state:?}");
    (stage, state)
}

async fn a_like_completes(databases: &Databases) {
    let stage = Stage::set(databases).await;
    let record = UserLikeRecord {
        id: RecordId(Uuid::from_u128(7)),
        user_id: USER_ID,
        article_id: stage.id,
        created_at: NOW,
    };
    completes(&stage, &stage.like(USER_ID), (2, Some(record), true)).await;
}

async fn a_like_unwinds_from_a_failure_at_each_step(databases: &Databases) {
    let stage = Stage::set(databases).await;
    unwinds_from_each_step(&stage, || stage.like(USER_ID)).await;
}

async fn a_like_unwinds_idempotently(databases: &Databases) {
    let stage = Stage::set(databases).await;
    unwinds_idempotently(&stage, || stage.like(USER_ID)).await;
}

async fn every_action_of_a_like_is_idempotent(databases: &Databases) {
    let stage = Stage::set(databases).await;
    every_action_is_idempotent(&stage, &stage.like(USER_ID)).await;
}

async fn an_unlike_completes(databases: &Databases) {
    let (stage, _) = liked(databases).await;
    completes(&stage, &stage.unlike(), (1, None, true)).await;
}

async fn an_unlike_unwinds_from_a_failure_at_each_step(databases: &Databases) {
    let (stage, _) = liked(databases).await;
    unwinds_from_each_step(&stage, || stage.unlike()).await;
}

async fn an_unlike_unwinds_idempotently(databases: &Databases) {
    let (stage, _) = liked(databases).await;
    unwinds_idempotently(&stage, || stage.unlike()).await;
}

async fn every_action_of_an_unlike_is_idempotent(databases: &Databases) {
    let (stage, _) = liked(databases).await;
    every_action_is_idempotent(&stage, &stage.unlike()).await;
}
