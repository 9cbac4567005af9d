//! An article as clients see it.

use serde::{Deserialize, Serialize};

use crate::id::ArticleId;

/// The longest title, in characters.
pub const TITLE_CHARS_MAX: usize = 255;

/// An article.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Article {
    /// The identity.
    pub id: ArticleId,
    /// The title, at most [`TITLE_CHARS_MAX`] characters.
    pub title: String,
    /// The number of users who like the article.
    pub likes: i64,
}
