//! What the reader of likes asks for, and what an answer says: the count of an article, the likes of a user page by page, and
//! whether a user likes an article.

use std::collections::BTreeSet;

use bytes::Bytes;
use http::Request;
use likewise_world::{
    balancer,
    check::{Attempt, Read},
    plan::{Operation, Plan},
};
use serde::{Deserialize, de::DeserializeOwned};

use super::{
    missing,
    names::{ARTICLE_SERVICE, USER_SERVICE},
    operation::LikeOperation,
    set_up::LikeSetUp,
};

/// The items of a page. So few that most reads have several pages.
const PAGE_LIMIT: u32 = 1;

/// What a read says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Said {
    /// The article has so many likes.
    Count(i64, i64),
    /// The user likes these articles, in the order of the pages.
    Likes(i64, Vec<i64>),
    /// Whether the user likes the article.
    Membership((i64, i64), bool),
}

/// The first request of a read: each kind in turn, over all articles and users of the plan.
pub(super) fn read(plan: &Plan, number: u64) -> Option<Request<Bytes>> {
    let user_of = |operation: &Operation| LikeOperation::of(operation).user;
    let users: BTreeSet<i64> = plan.workload.iter().map(user_of).collect();
    let users: Vec<i64> = users.into_iter().collect();
    let turn = usize::try_from(number / 3).unwrap_or(usize::MAX);
    let user = *users.get(turn % users.len().max(1))?;
    let article = turn % LikeSetUp::of(plan).articles as usize + 1;
    let request = match number % 3 {
        0 => {
            let to = balancer(ARTICLE_SERVICE);
            Request::get(format!("http://{to}/v1/articles/{article}"))
        }
        1 => {
            let to = balancer(USER_SERVICE);
            Request::get(format!(
                "http://{to}/v1/users/{user}/likes?limit={PAGE_LIMIT}"
            ))
        }
        _ => {
            let to = balancer(USER_SERVICE);
            let request = Request::get(format!("http://{to}/v1/articles/{article}/likes/me"));
            request.header("X-User-ID", user)
        }
    };
    request.body(Bytes::new()).ok()
}

/// The request for the page after this answer.
pub(super) fn next_page(request: &Request<Bytes>, answer: &Attempt) -> Option<Request<Bytes>> {
    let page: Page = body(answer)?;
    let (to, path) = (request.uri().host()?, request.uri().path());
    let uri = format!("http://{to}{path}?limit={PAGE_LIMIT}&after={}", page.next?);
    Request::get(uri).body(Bytes::new()).ok()
}

/// What a read says. `None` if it says nothing: the service could not answer.
pub(super) fn said(read: &Read) -> Option<Said> {
    let (first, path) = (read.answers.first()?, read.request.uri().path());
    // A read that begins in the middle does not show all.
    if missing::begins_after_an_article(&read.request) {
        return None;
    }
    let id = |part: Option<&str>| -> Option<i64> { part?.parse().ok() };
    let mut parts = path.trim_start_matches("/v1/").split('/');
    match (parts.next()?, id(parts.next())?, parts.next()) {
        ("articles", article, None) => {
            let found: Article = body(first)?;
            Some(Said::Count(article, found.likes))
        }
        ("articles", article, Some(_)) => {
            let user = read.request.headers().get("X-User-ID")?;
            let user = id(user.to_str().ok())?;
            let is_liked = match first.status {
                200 => true,
                404 => false,
                _ => return None,
            };
            Some(Said::Membership((user, article), is_liked))
        }
        (_, user, _) => {
            let pages: Option<Vec<Page>> = read.answers.iter().map(body).collect();
            let items = pages?.into_iter().flat_map(|page| page.items);
            Some(Said::Likes(
                user,
                items.map(|item| item.article_id).collect(),
            ))
        }
    }
}

/// The body of an answer with 200.
fn body<T: DeserializeOwned>(answer: &Attempt) -> Option<T> {
    let is_found = answer.status == 200;
    is_found.then(|| serde_json::from_str(&answer.body).ok())?
}

#[derive(Deserialize)]
struct Article {
    likes: i64,
}

#[derive(Deserialize)]
struct Page {
    items: Vec<Item>,
    next: Option<String>,
}

#[derive(Deserialize)]
struct Item {
    article_id: i64,
}
