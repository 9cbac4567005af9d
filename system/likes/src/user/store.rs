//! The like records in the database.

use futures::FutureExt;

use super::{Pair, UserLikeRecord};
use crate::id::{ArticleId, RecordId, UserId};
use likewise_saga::{
    store::Page,
    store::{Batch, Database, Row, Sql, StoreError, sql},
    time::Timestamp,
};

static FIND: Sql = sql!("like_find");
static FIND_ALL: Sql = sql!("likes_find");
static LIST: Sql = sql!("like_list");
static BLOCK: Sql = sql!("user_block");
static UNBLOCK: Sql = sql!("user_unblock");

/// The like records.
#[derive(Clone)]
pub struct UserStore {
    database: Database,
}

impl UserStore {
    /// The records in this database.
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self { database }
    }

    /// Reads the record of a pair.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn find(
        &self,
        user: UserId,
        article: ArticleId,
    ) -> Result<Option<UserLikeRecord>, StoreError> {
        let args = [user.0.into(), article.0.into()];
        let rows = self.database.query("find-like", &FIND, args).await?;
        rows.first().map(read_record).transpose()
    }

    /// Reads the records of many pairs; those that are there, in any order.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn find_all(&self, pairs: &[Pair]) -> Result<Vec<UserLikeRecord>, StoreError> {
        let args = [batch_of_pairs(pairs).into()];
        let rows = self.database.query("find-likes", &FIND_ALL, args).await?;
        rows.iter().map(read_record).collect()
    }

    /// Lists a user's records by article.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn list(
        &self,
        user: UserId,
        page: Page<ArticleId>,
    ) -> Result<Vec<UserLikeRecord>, StoreError> {
        let after = page.after.map_or(0, |article| article.0);
        let args = [user.0.into(), after.into(), i64::from(page.limit).into()];
        let rows = self.database.query("list-likes", &LIST, args).await?;
        rows.iter().map(read_record).collect()
    }

    /// From now on, refuses this user's likes; what they like already stays.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn block(&self, user: UserId, now: Timestamp) -> Result<(), StoreError> {
        self.database
            .write("block-user", move |tx| {
                async move {
                    tx.execute(&BLOCK, [user.0.into(), now.0.into()])
                        .await
                        .map(drop)
                }
                .boxed()
            })
            .await
    }

    /// Lets the user like again.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn unblock(&self, user: UserId) -> Result<(), StoreError> {
        self.database
            .write("unblock-user", move |tx| {
                async move { tx.execute(&UNBLOCK, [user.0.into()]).await.map(drop) }.boxed()
            })
            .await
    }
}

/// Reads the columns record, user, article, time.
pub(super) fn read_record(row: &Row) -> Result<UserLikeRecord, StoreError> {
    Ok(UserLikeRecord {
        id: RecordId(row.uuid(0)?),
        user_id: UserId(row.int(1)?),
        article_id: ArticleId(row.int(2)?),
        created_at: Timestamp(row.int(3)?),
    })
}

/// Records as a batch statement takes them.
pub(super) fn batch_of_records(records: &[UserLikeRecord]) -> Batch {
    Batch::default()
        .uuids("record_id", records.iter().map(|record| record.id.0))
        .ints("user_id", records.iter().map(|record| record.user_id.0))
        .ints(
            "article_id",
            records.iter().map(|record| record.article_id.0),
        )
        .ints(
            "created_at",
            records.iter().map(|record| record.created_at.0),
        )
}

/// KeyedMutex, likewise.
pub(super) fn batch_of_pairs(pairs: &[Pair]) -> Batch {
    Batch::default()
        .ints("user_id", pairs.iter().map(|pair| pair.user_id.0))
        .ints("article_id", pairs.iter().map(|pair| pair.article_id.0))
}
