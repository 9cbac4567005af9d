//! The paths of the document and their methods.

use serde_json::{Value, json};

use super::{
    operation::{Operation, operation},
    schemas::{accepted, article, like, membership, record},
    transactions::{follow_transaction, list_transactions, read_transaction},
};

pub(super) const COORDINATOR: &str = "coordinator";
const ARTICLE: &str = "article service";
const USER: &str = "user service";
const ALL: &str = "every process";

/// The paths.
pub(super) fn paths() -> Value {
    json!({
        "/articles/{article_id}/like": { "post": like_operation("like", "Like an article") },
        "/v1/articles/{article_id}/like": { "post": like_operation("like_v1", "Like an article (the same route)") },
        "/v1/articles/{article_id}/likes/me": {
            "get": read_membership(), "put": put_membership(), "delete": delete_membership(),
        },
        "/v1/articles/{article_id}/likes": { "get": list_likes_of_article() },
        "/v1/articles": { "get": list_articles(), "post": create_article() },
        "/v1/articles/{article_id}": { "get": read_article() },
        "/v1/users/{user_id}/likes": { "get": list_likes() },
        "/v1/users/{user_id}/block": { "put": block("block_user", "Block a user"), "delete": block("unblock_user", "Unblock a user") },
        "/v1/transactions": { "get": list_transactions() },
        "/v1/transactions/{transaction_id}": { "get": read_transaction() },
        "/v1/transactions/{transaction_id}/events": { "get": follow_transaction() },
        "/v1/coordinator": { "get": coordinator() },
        "/livez": { "get": livez() },
        "/readyz": { "get": readyz() },
    })
}

/// What all writes of likes have in common.
fn write(id: &str, summary: &str) -> Operation {
    operation(COORDINATOR, id, summary)
        .takes(&["ArticleId", "XUserId", "IdempotencyKey", "Prefer"])
        .answers(
            202,
            "The saga runs and will be settled, but was not in time. `Location` is its transaction.",
            "Accepted",
            accepted(),
            &["Location", "Preference-Applied"],
        )
        .fails(&[
            "article-not-found",
            "in-progress",
            "payload-too-large",
            "saga-failed",
        ])
        .replays(OUTCOME)
        .stores()
}

/// The headers of an outcome.
const OUTCOME: &[&str] = &["Idempotency-Replayed", "Preference-Applied"];

fn like_operation(id: &str, summary: &str) -> Value {
    write(id, summary)
        .text("Afterwards the user likes the article. A repeated like is 409; with `PUT …/likes/me` it is 200.")
        .answers(200, "The like is settled.", "Like", like(), OUTCOME)
        .fails(&["already-liked"])
        .done()
}

fn put_membership() -> Value {
    write("keep_liked", "Like an article, or keep it liked")
        .answers(
            200,
            "The user likes the article, since now or before.",
            "Membership",
            membership(true),
            OUTCOME,
        )
        .done()
}

fn delete_membership() -> Value {
    write("unlike", "Remove a like")
        .answers(
            200,
            "The user does not like the article, since now or before.",
            "Membership",
            membership(false),
            OUTCOME,
        )
        .done()
}

fn read_membership() -> Value {
    operation(USER, "read_like", "Read the like of a user and an article")
        .takes(&["ArticleId", "XUserId"])
        .answers(200, "The record.", "LikeRecord", record(), &[])
        .fails(&["not-liked"])
        .stores()
        .done()
}

fn list_articles() -> Value {
    operation(ARTICLE, "list_articles", "List the articles")
        .takes(&["AfterId", "Limit"])
        .answers(
            200,
            "One page, in the order of the ids.",
            "ArticlePage",
            json!({ "items": [article()], "next": null }),
            &[],
        )
        .stores()
        .done()
}

fn create_article() -> Value {
    operation(ARTICLE, "create_article", "Create an article")
        .takes(&["Caller", "IdempotencyKey"])
        .body("NewArticle", json!({ "title": "Hello" }))
        .answers(
            201,
            "The article, as it was when it was created.",
            "Article",
            json!({ "id": 1, "title": "Hello", "likes": 0 }),
            &["Location", "Idempotency-Replayed"],
        )
        .stores()
        .done()
}

fn read_article() -> Value {
    operation(ARTICLE, "read_article", "Read an article and its count")
        .takes(&["ArticleId", "IfNoneMatch"])
        .answers(
            200,
            "The article.",
            "Article",
            article(),
            &["ETag", "Cache-Control"],
        )
        .answers_empty(
            304,
            "The answer with this tag is still right.",
            &["ETag", "Cache-Control"],
        )
        .fails(&["article-not-found"])
        .stores()
        .done()
}

fn list_likes() -> Value {
    operation(USER, "list_likes_of_user", "List the likes of a user")
        .takes(&["UserId", "AfterId", "Limit"])
        .answers(
            200,
            "One page, in the order of the articles.",
            "LikePage",
            json!({ "items": [record()], "next": null }),
            &[],
        )
        .stores()
        .done()
}

fn list_likes_of_article() -> Value {
    operation(
        USER,
        "list_likes_of_article",
        "List the likes of an article",
    )
    .text("The user service does not know the articles: one that does not exist has an empty list.")
    .takes(&["ArticleId", "AfterId", "Limit"])
    .answers(
        200,
        "One page, in the order of the users.",
        "LikePage",
        json!({ "items": [record()], "next": null }),
        &[],
    )
    .stores()
    .done()
}

fn block(id: &str, summary: &str) -> Value {
    operation(USER, id, summary)
        .text("A blocked user cannot like anything new. Existing likes stay. Repeating it changes nothing.")
        .takes(&["UserId", "IdempotencyKey"])
        .answers_empty(204, "It is so now.", &["Idempotency-Replayed"])
        .fails(&["payload-too-large"])
        .stores()
        .done()
}

fn coordinator() -> Value {
    operation(
        COORDINATOR,
        "read_coordinator",
        "Which coordinator holds the saga log",
    )
    .answers(
        200,
        "What this coordinator knows.",
        "Coordinator",
        json!({ "role": "holder", "epoch": 3, "holder": null }),
        &[],
    )
    .stores()
    .done()
}

fn livez() -> Value {
    operation(ALL, "livez", "Whether the process runs")
        .answers(200, "It runs.", "Alive", json!({ "status": "alive" }), &[])
        .done()
}

fn readyz() -> Value {
    let verbose = "Run every check, and show what each found. Without a value it is `true`.";
    operation(ALL, "readyz", "Whether the process can do its work")
        .takes_own(json!({
            "name": "verbose", "in": "query", "required": false, "allowEmptyValue": true, "description": verbose,
            "schema": { "type": "string", "enum": ["", "true", "false"] },
        }))
        .answers(200, "It can.", "Ready", json!({ "status": "ready" }), &[])
        .answers(
            503,
            "It cannot, for this reason.",
            "NotReady",
            json!({ "status": "unavailable", "reason": "the user service is away: it did not answer" }),
            &[],
        )
        .done()
}
