//! A service's database under its barrier, and requests to put on it.

use futures::FutureExt;
use likewise::{
    article::{ARTICLE_SCHEMA, ArticleEffect, ArticleStore, CountArgs},
    id::{ArticleId, RecordId, UserId},
    user::{LikeArgs, USER_SCHEMA, UserEffect, UserLikeRecord, UserStore},
};
use likewise_saga::{
    id::SagaId,
    participant::{Barrier, Effect, SqlBarrier},
    protocol::{Document, Op, StepReply, StepRequest},
    store::Database,
    time::Timestamp,
};
use uuid::Uuid;

use crate::common::Databases;

pub const NOW: Timestamp = Timestamp(1_700_000_000_000_000);

/// A service's database under its barrier.
pub struct Bench {
    database: Database,
    effect: &'static dyn Effect,
}

impl Bench {
    pub async fn article(databases: &Databases) -> (Self, ArticleStore) {
        let database = databases.open(ARTICLE_SCHEMA).await;
        let store = ArticleStore::new(database.clone());
        let effect = &ArticleEffect;
        (Self { database, effect }, store)
    }

    pub async fn user(databases: &Databases) -> (Self, UserStore) {
        let database = databases.open(USER_SCHEMA).await;
        let store = UserStore::new(database.clone());
        let effect = &UserEffect;
        (Self { database, effect }, store)
    }

    /// As a service does: in one statement what can be, the rest in a transaction.
    pub async fn ask(&self, batch: Vec<StepRequest>) -> Vec<StepReply> {
        let at_once = self.at_once(&batch).await;
        let left = batch.into_iter().zip(&at_once);
        let left = left.filter(|(_, reply)| reply.is_none());
        let left = left.map(|(request, _)| request).collect();
        let in_steps = self.try_ask(left).await.expect("the batch is applied");
        let mut in_steps = in_steps.into_iter();
        let reply = |reply: Option<StepReply>| reply.or_else(|| in_steps.next());
        at_once.into_iter().filter_map(reply).collect()
    }

    pub async fn at_once(&self, batch: &[StepRequest]) -> Vec<Option<StepReply>> {
        let (database, effect) = (&self.database, self.effect);
        let replies = SqlBarrier.apply_single(database, effect, NOW, batch);
        replies.await.expect("an answer or none")
    }

    pub async fn try_ask(
        &self,
        batch: Vec<StepRequest>,
    ) -> Result<Vec<StepReply>, likewise_saga::store::StoreError> {
        let effect = self.effect;
        self.database
            .write("steps", move |tx| {
                async move { SqlBarrier.apply(tx, effect, NOW, &batch).await }.boxed()
            })
            .await
    }

    pub async fn one(&self, request: StepRequest) -> StepReply {
        self.ask(vec![request]).await.remove(0)
    }
}

pub fn step(saga: u128, op: Op, args: impl Into<Document>) -> StepRequest {
    let args = args.into();
    StepRequest {
        saga: SagaId(Uuid::from_u128(saga)),
        step: 0,
        op,
        fingerprint: args.fingerprint(),
        args,
    }
}

pub fn count(saga: u128, op: Op, article: ArticleId) -> StepRequest {
    let args = CountArgs {
        article_id: article,
        delta: 1,
    };
    step(saga, op, Document::of(&args))
}

pub fn record(id: u128, user: i64, article: i64) -> UserLikeRecord {
    UserLikeRecord {
        id: RecordId(Uuid::from_u128(id)),
        user_id: UserId(user),
        article_id: ArticleId(article),
        created_at: Timestamp(42),
    }
}

pub fn like(saga: u128, op: Op, record: UserLikeRecord) -> StepRequest {
    step(saga, op, Document::of(&LikeArgs::Like(record)))
}

pub fn unlike(saga: u128, op: Op, user: i64, article: i64) -> StepRequest {
    let args = LikeArgs::Unlike {
        user_id: UserId(user),
        article_id: ArticleId(article),
    };
    step(saga, op, Document::of(&args))
}

pub async fn new_article(store: &ArticleStore) -> ArticleId {
    let created = store.create("An article".to_owned(), None, NOW).await;
    created.expect("an article").id
}

pub async fn likes(store: &ArticleStore, article: ArticleId) -> i64 {
    let found = store.find(article).await.expect("a reading");
    found.expect("the article").likes
}
