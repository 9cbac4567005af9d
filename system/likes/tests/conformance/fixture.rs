//! A participant's database with its barrier, and step requests for it.
//!
//! It applies requests through the barrier as a service does, without HTTP between. A test here is about one
//! transaction, and what it leaves in the tables.

use futures::FutureExt;
use likewise::{
    article::{ARTICLE_SCHEMA, ArticleEffect, ArticleStore, CountArgs},
    id::{ArticleId, RecordId, UserId},
    refusal::RefusalCode,
    user::{LikeArgs, USER_SCHEMA, UserEffect, UserLikeRecord, UserStore},
};
use likewise_saga::{
    id::SagaId,
    participant::{Barrier, Effect, SqlBarrier},
    protocol::{Document, Op, StepReply, StepRequest},
    store::Database,
    time::Timestamp,
};
use serde_json::json;
use uuid::Uuid;

use crate::common::Databases;

pub const NOW: Timestamp = Timestamp(1_700_000_000_000_000);

/// A participant's database with its barrier.
pub struct BarrierFixture {
    database: Database,
    effect: &'static dyn Effect,
}

impl BarrierFixture {
    pub async fn article(databases: &Databases) -> (Self, ArticleStore) {
        Self::article_in(databases.open(ARTICLE_SCHEMA).await)
    }

    pub fn article_in(database: Database) -> (Self, ArticleStore) {
        let store = ArticleStore::new(database.clone());
        let effect = &ArticleEffect;
        (Self { database, effect }, store)
    }

    pub async fn user(databases: &Databases) -> (Self, UserStore) {
        let database = databases.open(USER_SCHEMA).await;
        let store = UserStore::new(database.clone());
        (Self::user_in(database), store)
    }

    pub fn user_in(database: Database) -> Self {
        let effect = &UserEffect;
        Self { database, effect }
    }

    /// Applies a batch like a service: first as one statement as far as possible, then the rest in a transaction.
    pub async fn apply(&self, batch: Vec<StepRequest>) -> Vec<StepReply> {
        let replies = self.apply_single(&batch).await;
        let rest = batch.into_iter().zip(&replies);
        let rest = rest.filter(|(_, reply)| reply.is_none());
        let rest = rest.map(|(request, _)| request).collect();
        let rest = self.try_apply(rest).await.expect("the batch is applied");
        let mut rest = rest.into_iter();
        let reply = |reply: Option<StepReply>| reply.or_else(|| rest.next());
        replies.into_iter().filter_map(reply).collect()
    }

    /// Applies what one statement can. `None` for the other requests.
    pub async fn apply_single(&self, batch: &[StepRequest]) -> Vec<Option<StepReply>> {
        let (database, effect) = (&self.database, self.effect);
        let replies = SqlBarrier.apply_single(database, effect, NOW, batch);
        replies.await.expect("replies")
    }

    /// Applies a batch in one transaction.
    pub async fn try_apply(
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

    pub async fn apply_one(&self, request: StepRequest) -> StepReply {
        self.apply(vec![request]).await.remove(0)
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
        traceparent: None,
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
    created.expect("an article").article.id
}

pub async fn likes(store: &ArticleStore, article: ArticleId) -> i64 {
    let found = store.find(article).await.expect("a result");
    found.expect("the article").likes
}

/// The reply of a count step that is done.
pub fn done(likes: i64) -> StepReply {
    StepReply::Done {
        result: json!({ "likes": likes }).into(),
    }
}

/// The reply of a refused step.
pub fn refused(code: RefusalCode) -> StepReply {
    StepReply::Refused {
        code: code.to_string(),
    }
}
