//! The problems of likes: a missing article, a repeated like, a like that does not exist.
//!
//! Types, titles and status codes are part of the HTTP interface.

use axum::http::StatusCode;
use likewise_saga::http::Problem;

use crate::id::{ArticleId, UserId};

/// 404: the article does not exist.
pub(crate) fn article_not_found(article: ArticleId) -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "article-not-found",
        "Article not found",
        format!("There is no article {article}."),
    )
}

/// 404: the user does not like the article.
pub(crate) fn not_liked(user: UserId, article: ArticleId) -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "not-liked",
        "Not liked",
        format!("User {user} does not like article {article}."),
    )
}

/// 409: the user likes the article already.
pub(crate) fn already_liked(user: UserId, article: ArticleId) -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "already-liked",
        "Already liked",
        format!("User {user} likes article {article} already."),
    )
}
