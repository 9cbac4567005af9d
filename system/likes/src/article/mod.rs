//! The article service: owns the articles and their counters.

mod effect;
mod routes;
mod schema;
mod store;

use serde::{Deserialize, Serialize};

pub use effect::{ArticleEffect, CountArgs, Counted};
pub(crate) use routes::{lookups, routes};
pub use schema::ARTICLE_SCHEMA;
pub use store::{ArticleStore, CreateError, RequestKey};

use crate::id::ArticleId;

/// The longest title, in characters.
pub const TITLE_CHARS_MAX: usize = 255;

/// One article.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Article {
    /// Its identity.
    pub id: ArticleId,
    /// At most [`TITLE_CHARS_MAX`] characters.
    pub title: String,
    /// How many users like it now.
    pub likes: i64,
}
