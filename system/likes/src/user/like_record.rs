//! A like record, and the user and article that it belongs to.

use likewise_saga::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{ArticleId, RecordId, UserId};

/// The record that a user likes an article.
///
/// The fields are in alphabetical order. Stored steps of older versions have them in this order, and a step's
/// fingerprint depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserLikeRecord {
    /// The article that is liked.
    pub article_id: ArticleId,
    /// When the like was requested.
    pub created_at: Timestamp,
    /// The identity of the record.
    pub id: RecordId,
    /// The user who likes it.
    pub user_id: UserId,
}

/// A user and an article. There is at most one record of each pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pair {
    /// The user.
    pub user_id: UserId,
    /// The article.
    pub article_id: ArticleId,
}

impl UserLikeRecord {
    /// The user and the article of the record.
    #[must_use]
    pub fn pair(&self) -> Pair {
        Pair {
            user_id: self.user_id,
            article_id: self.article_id,
        }
    }
}
