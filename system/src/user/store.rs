//! The like records in the database.

use futures::FutureExt;
use serde::Serialize;
use uuid::Uuid;

use super::UserLikeRecord;
use crate::{
    id::{ArticleId, RecordId, UserId},
    saga::Page,
    store::{Database, Row, Sql, StoreError, sql},
    time::Timestamp,
};

static FIND: Sql = sql!("like_find");
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

/// A record as a batch statement takes it: its time as a number.
#[derive(Serialize)]
pub(super) struct RecordJson {
    record_id: Uuid,
    user_id: i64,
    article_id: i64,
    created_at: i64,
}

impl RecordJson {
    pub(super) fn of(record: &UserLikeRecord) -> Self {
        Self {
            record_id: record.id.0,
            user_id: record.user_id.0,
            article_id: record.article_id.0,
            created_at: record.created_at.0,
        }
    }
}
