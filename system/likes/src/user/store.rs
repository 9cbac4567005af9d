//! The like records and the blocked users in the database, outside of sagas.

use futures::FutureExt;
use likewise_saga::{
    store::{Database, Page, Sql, Statement, StoreError, Tx, sql},
    time::Timestamp,
};

use super::{
    BlockError, Pair, UserLikeRecord,
    block_request::{BlockAction, BlockRequest, KeyUse},
    record_batch::{of_pairs, read_record},
};
use crate::id::{ArticleId, UserId};

static FIND: Sql = sql!("like_find");
static FIND_ALL: Sql = sql!("likes_find");
static LIST: Sql = sql!("like_list");
static LIST_OF_ARTICLE: Sql = sql!("like_list_of_article");
static BLOCK: Sql = sql!("user_block");
static UNBLOCK: Sql = sql!("user_unblock");

/// The like records. Cloning shares the database.
#[derive(Clone)]
pub struct UserStore {
    database: Database,
}

impl UserStore {
    /// The records in this database, which must have the schema [`USER_SCHEMA`](super::USER_SCHEMA).
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self { database }
    }

    /// Reads the record of a user and an article; `None` if there is none.
    ///
    /// # Errors
    /// [`StoreError`]: the database did not answer.
    pub async fn find(
        &self,
        user: UserId,
        article: ArticleId,
    ) -> Result<Option<UserLikeRecord>, StoreError> {
        let args = [user.0.into(), article.0.into()];
        let rows = self.database.query("find-like", &FIND, args).await?;
        rows.first().map(read_record).transpose()
    }

    /// Reads the records of many users and articles. Returns those that exist, in any order.
    ///
    /// # Errors
    /// [`StoreError`]: the database did not answer.
    pub async fn find_all(&self, pairs: &[Pair]) -> Result<Vec<UserLikeRecord>, StoreError> {
        let args = [of_pairs(pairs).into()];
        let rows = self.database.query("find-likes", &FIND_ALL, args).await?;
        rows.iter().map(read_record).collect()
    }

    /// Reads one page of a user's records, in the order of the articles.
    ///
    /// # Errors
    /// [`StoreError`]: the database did not answer.
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

    /// Reads one page of an article's records, in the order of the users. An article that does not exist has none.
    ///
    /// # Errors
    /// [`StoreError`]: the database did not answer.
    pub async fn list_of_article(
        &self,
        article: ArticleId,
        page: Page<UserId>,
    ) -> Result<Vec<UserLikeRecord>, StoreError> {
        let after = page.after.map_or(0, |user| user.0);
        let args = [article.0.into(), after.into(), i64::from(page.limit).into()];
        let query = self.database.query("list-likers", &LIST_OF_ARTICLE, args);
        query.await?.iter().map(read_record).collect()
    }

    /// Blocks a user: new likes are refused from now on, existing ones stay. Idempotent. Under a key, it is done once.
    /// Returns whether an earlier request under the key did it.
    ///
    /// # Errors
    /// [`BlockError`]; see its variants.
    pub async fn block(
        &self,
        user: UserId,
        key: Option<String>,
        now: Timestamp,
    ) -> Result<bool, BlockError> {
        let effect = BLOCK.with([user.0.into(), now.0.into()]);
        let action = BlockAction::Block;
        let request = BlockRequest { action, user, key };
        self.run("block-user", request, effect).await
    }

    /// Unblocks a user. Idempotent. Under a key, it is done once. Returns whether an earlier request under the key did it.
    ///
    /// # Errors
    /// [`BlockError`]; see its variants.
    pub async fn unblock(&self, user: UserId, key: Option<String>) -> Result<bool, BlockError> {
        let effect = UNBLOCK.with([user.0.into()]);
        let action = BlockAction::Unblock;
        let request = BlockRequest { action, user, key };
        self.run("unblock-user", request, effect).await
    }

    async fn run(
        &self,
        name: &'static str,
        request: BlockRequest,
        effect: Statement,
    ) -> Result<bool, BlockError> {
        let write = self
            .database
            .write(name, move |tx| run_once(tx, request, effect).boxed());
        match write.await? {
            KeyUse::First => Ok(false),
            KeyUse::Repeat => Ok(true),
            KeyUse::Reused => Err(BlockError::KeyReused),
        }
    }
}

/// Runs the effect of the first request under a key.
async fn run_once(
    tx: &mut Tx<'_>,
    request: BlockRequest,
    effect: Statement,
) -> Result<KeyUse, StoreError> {
    let key_use = request.claim_key(tx).await?;
    if key_use == KeyUse::First {
        tx.run(effect).await?;
    }
    Ok(key_use)
}
