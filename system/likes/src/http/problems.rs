//! The problems of likes: a missing article, a repeated like, a like that does not exist.
//!
//! Types, titles and status codes are part of the HTTP interface.

use axum::http::StatusCode;
use likewise_saga::http::{PROBLEM_TYPES, Problem, ProblemType};

use crate::id::{ArticleId, UserId};

const ARTICLE_NOT_FOUND: ProblemType = ProblemType {
    name: "article-not-found",
    status: StatusCode::NOT_FOUND,
    title: "Article not found",
    meaning: "There is no article with this id. Nothing was done.",
    advice: "Nothing to repeat. `GET /v1/articles` lists the articles.",
};

const NOT_LIKED: ProblemType = ProblemType {
    name: "not-liked",
    status: StatusCode::NOT_FOUND,
    title: "Not liked",
    meaning: "The user does not like the article, or there is no such article.",
    advice: "Nothing to repeat.",
};

const ALREADY_LIKED: ProblemType = ProblemType {
    name: "already-liked",
    status: StatusCode::CONFLICT,
    title: "Already liked",
    meaning: "The user likes the article already. Nothing was done.",
    advice: "Nothing to repeat. `PUT /v1/articles/{article_id}/likes/me` answers 200 in this case.",
};

/// Every kind of problem that the services of likes answer, by status.
#[must_use]
pub fn problem_types() -> Vec<ProblemType> {
    let mut all = [
        &[ARTICLE_NOT_FOUND, NOT_LIKED, ALREADY_LIKED],
        PROBLEM_TYPES,
    ]
    .concat();
    all.sort_by_key(|kind| kind.status);
    all
}

/// 404: the article does not exist.
pub(crate) fn article_not_found(article: ArticleId) -> Problem {
    Problem::of(
        &ARTICLE_NOT_FOUND,
        format!("There is no article {article}."),
    )
}

/// 404: the user does not like the article.
pub(crate) fn not_liked(user: UserId, article: ArticleId) -> Problem {
    Problem::of(
        &NOT_LIKED,
        format!("User {user} does not like article {article}."),
    )
}

/// 409: the user likes the article already.
pub(crate) fn already_liked(user: UserId, article: ArticleId) -> Problem {
    Problem::of(
        &ALREADY_LIKED,
        format!("User {user} likes article {article} already."),
    )
}
