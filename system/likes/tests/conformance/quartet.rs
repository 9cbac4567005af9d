//! The four tests of every saga: it completes; it unwinds from a failure at each step; its compensations are
//! idempotent; its actions are idempotent.
//!
//! The tests send the steps directly to the two services, in orders that no correct coordinator would use.

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
/// Another user, whose earlier like must stay unchanged.
const OTHER_USER: UserId = UserId(8);

/// The count, the user's record, and whether the other user's record exists.
type State = (i64, Option<UserLikeRecord>, bool);

/// An article with the other user's like.
struct SagaFixture {
    article: Database,
    user: Database,
    id: ArticleId,
    sagas: std::cell::Cell<u128>,
}

impl SagaFixture {
    async fn start(databases: &Databases) -> Self {
        let article = databases.open(ARTICLE_SCHEMA).await;
        let user = databases.open(USER_SCHEMA).await;
        let store = ArticleStore::new(article.clone());
        let created = store.create("An article".to_owned(), None, NOW).await;
        let id = created.expect("an article").article.id;
        let sagas = std::cell::Cell::new(0);
        let fixture = Self {
            article,
            user,
            id,
            sagas,
        };
        fixture.send_all(&fixture.like(OTHER_USER), Op::Do).await;
        fixture
    }

    fn like(&self, user: UserId) -> SagaRun {
        let record = RecordId(Uuid::from_u128(u128::from(user.0.unsigned_abs())));
        self.saga(&LikeSaga::like(user, self.id, record, NOW))
    }

    fn unlike(&self) -> SagaRun {
        self.saga(&LikeSaga::Unlike {
            user_id: USER_ID,
            article_id: self.id,
        })
    }

    fn saga(&self, saga: &LikeSaga) -> SagaRun {
        self.sagas.set(self.sagas.get() + 1);
        SagaRun {
            id: SagaId(Uuid::from_u128(self.sagas.get())),
            definition: saga.definition(),
        }
    }

    /// Sends one operation of every step: compensations in reverse order.
    async fn send_all(&self, run: &SagaRun, op: Op) -> Vec<StepReply> {
        let mut replies = Vec::new();
        for step in run.order(op) {
            replies.push(self.send(run, step, op).await);
        }
        replies
    }

    async fn send(&self, run: &SagaRun, step: usize, op: Op) -> StepReply {
        let definition = &run.definition.steps()[step];
        let (database, effect): (_, &'static dyn Effect) = match definition.service {
            "article" => (&self.article, &ArticleEffect),
            _ => (&self.user, &likewise::user::UserEffect),
        };
        let request = StepRequest {
            saga: run.id,
            step,
            op,
            fingerprint: definition.args.fingerprint(),
            args: definition.args.clone(),
            traceparent: None,
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
            record(OTHER_USER).await.unwrap().is_some(),
        )
    }
}

/// One saga whose steps a test sends.
struct SagaRun {
    id: SagaId,
    definition: Definition,
}

impl SagaRun {
    fn order(&self, op: Op) -> Vec<usize> {
        let steps = 0..self.definition.steps().len();
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

/// The seal afterwards is that of a coordinator that took over and does not know that all is done.
async fn completes(fixture: &SagaFixture, run: &SagaRun, after: State) {
    let replies = fixture.send_all(run, Op::Do).await;
    assert!(all_done(&replies), "{replies:?}");
    assert_eq!(fixture.state().await, after);
    assert_eq!(
        fixture.send_all(run, Op::Seal).await,
        replies,
        "a seal returns the results"
    );
    assert_eq!(fixture.state().await, after);
}

/// For every step: the steps before it are done, the step itself is not, and then everything is undone.
async fn unwinds_from_each_step(fixture: &SagaFixture, run: impl Fn() -> SagaRun) {
    let before = fixture.state().await;
    for failed in 0..=run().definition.steps().len() {
        let run = run();
        for step in 0..failed {
            let reply = fixture.send(&run, step, Op::Do).await;
            assert!(matches!(reply, StepReply::Done { .. }), "{reply:?}");
        }
        let replies = fixture.send_all(&run, Op::Undo).await;
        assert!(all_are(&replies, &StepReply::Undone), "{replies:?}");
        assert_eq!(fixture.state().await, before, "failed at step {failed}");
    }
}

/// Sends every compensation three times, before, after and between late actions.
async fn unwinds_idempotently(fixture: &SagaFixture, run: impl Fn() -> SagaRun) {
    let before = fixture.state().await;
    for done in [true, false] {
        let run = run();
        if done {
            fixture.send_all(&run, Op::Do).await;
        }
        for _ in 0..3 {
            let replies = fixture.send_all(&run, Op::Undo).await;
            assert!(all_are(&replies, &StepReply::Undone), "{replies:?}");
            assert_eq!(fixture.state().await, before);
            let late = fixture.send_all(&run, Op::Do).await;
            assert!(all_are(&late, &StepReply::Dead), "{late:?}");
            assert_eq!(fixture.state().await, before);
        }
    }
}

/// The reply is compared too: it must be the stored one.
async fn every_action_is_idempotent(fixture: &SagaFixture, run: &SagaRun) {
    for step in run.order(Op::Do) {
        let first = fixture.send(run, step, Op::Do).await;
        assert!(matches!(first, StepReply::Done { .. }), "{first:?}");
        let once = fixture.state().await;
        for _ in 0..2 {
            assert_eq!(fixture.send(run, step, Op::Do).await, first);
            assert_eq!(fixture.state().await, once);
        }
    }
}

async fn liked(databases: &Databases) -> (SagaFixture, State) {
    let fixture = SagaFixture::start(databases).await;
    fixture.send_all(&fixture.like(USER_ID), Op::Do).await;
    let state = fixture.state().await;
    assert!(state.0 == 2 && state.1.is_some(), "{state:?}");
    (fixture, state)
}

async fn a_like_completes(databases: &Databases) {
    let fixture = SagaFixture::start(databases).await;
    let record = UserLikeRecord {
        id: RecordId(Uuid::from_u128(7)),
        user_id: USER_ID,
        article_id: fixture.id,
        created_at: NOW,
    };
    completes(&fixture, &fixture.like(USER_ID), (2, Some(record), true)).await;
}

async fn a_like_unwinds_from_a_failure_at_each_step(databases: &Databases) {
    let fixture = SagaFixture::start(databases).await;
    unwinds_from_each_step(&fixture, || fixture.like(USER_ID)).await;
}

async fn a_like_unwinds_idempotently(databases: &Databases) {
    let fixture = SagaFixture::start(databases).await;
    unwinds_idempotently(&fixture, || fixture.like(USER_ID)).await;
}

async fn every_action_of_a_like_is_idempotent(databases: &Databases) {
    let fixture = SagaFixture::start(databases).await;
    every_action_is_idempotent(&fixture, &fixture.like(USER_ID)).await;
}

async fn an_unlike_completes(databases: &Databases) {
    let (fixture, _) = liked(databases).await;
    completes(&fixture, &fixture.unlike(), (1, None, true)).await;
}

async fn an_unlike_unwinds_from_a_failure_at_each_step(databases: &Databases) {
    let (fixture, _) = liked(databases).await;
    unwinds_from_each_step(&fixture, || fixture.unlike()).await;
}

async fn an_unlike_unwinds_idempotently(databases: &Databases) {
    let (fixture, _) = liked(databases).await;
    unwinds_idempotently(&fixture, || fixture.unlike()).await;
}

async fn every_action_of_an_unlike_is_idempotent(databases: &Databases) {
    let (fixture, _) = liked(databases).await;
    every_action_is_idempotent(&fixture, &fixture.unlike()).await;
}
