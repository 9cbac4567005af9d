//! What the coordinator looks up before a saga.

use likewise_saga::{coordinator::BatchedClient, protocol::NoReply};

use super::article_cache::ArticleCache;
use crate::{
    id::{ArticleId, UserId},
    user::{Pair, UserLikeRecord},
};

/// The lookups at both services.
pub(crate) struct Lookups {
    articles: BatchedClient<ArticleId, bool>,
    records: BatchedClient<Pair, Option<UserLikeRecord>>,
    article_cache: ArticleCache,
}

impl Lookups {
    pub(super) fn new(
        articles: BatchedClient<ArticleId, bool>,
        records: BatchedClient<Pair, Option<UserLikeRecord>>,
    ) -> Self {
        Self {
            articles,
            records,
            article_cache: ArticleCache::default(),
        }
    }

    /// Whether the article exists.
    ///
    /// # Errors
    /// [`NoReply`]: no reply in time.
    pub(in crate::coordinator) async fn article_exists(
        &self,
        article: ArticleId,
    ) -> Result<bool, NoReply> {
        if self.article_cache.contains(article) {
            return Ok(true);
        }
        let exists = self.articles.send(article).await?;
        if exists {
            self.article_cache.insert(article);
        }
        Ok(exists)
    }

    /// Reads the like record of a user and an article; `None` if there is none.
    ///
    /// # Errors
    /// [`NoReply`]: no reply in time.
    pub(in crate::coordinator) async fn like_record(
        &self,
        user_id: UserId,
        article_id: ArticleId,
    ) -> Result<Option<UserLikeRecord>, NoReply> {
        let pair = Pair {
            user_id,
            article_id,
        };
        self.records.send(pair).await
    }
}
