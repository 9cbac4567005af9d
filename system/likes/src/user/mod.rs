//! The user service: owns the like records, at most one for a user and an article.

mod effect;
mod routes;
mod schema;
mod store;

use serde::{Deserialize, Serialize};

pub use effect::{LikeArgs, Recorded, UserEffect};
pub(crate) use routes::{lookups, routes};
pub use schema::USER_SCHEMA;
pub use store::UserStore;

use crate::id::{ArticleId, RecordId, UserId};
use likewise_saga::time::Timestamp;

/// That a user likes an article.
///
/// The fields are in the order of the alphabet, as in the arguments of steps that versions before have stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserLikeRecord {
    /// What.
    pub article_id: ArticleId,
    /// Since when.
    pub created_at: Timestamp,
    /// Its identity.
    pub id: RecordId,
    /// Who.
    pub user_id: UserId,
}

/// A user and an article.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pair {
    /// Who.
    pub user_id: UserId,
    /// What.
    pub article_id: ArticleId,
}

impl UserLikeRecord {
    /// Whose record of what it is.
    #[must_use]
    pub fn pair(&self) -> Pair {
        Pair {
            user_id: self.user_id,
            article_id: self.article_id,
        }
    }
}
