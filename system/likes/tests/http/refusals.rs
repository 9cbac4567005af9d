//! A refusal by a step is answered like the same finding of the checks before the saga: between the checks and the
//! step, another coordinator may have been faster.

use std::sync::Arc;

use async_trait::async_trait;
use likewise::{article::ArticleEffect, refusal::RefusalCode, service::Parts, user::UserEffect};
use likewise_saga::{
    participant::{Effect, Verdict},
    protocol::{Document, StepRequest},
    store::{StoreError, Tx},
};

use crate::{
    common::{
        Databases,
        client::{Client, Reply},
        on_both_engines,
    },
    server::{TestServer, assert_problem},
};

on_both_engines! {
    a_post_refused_as_already_liked_is_a_conflict
    a_put_refused_as_already_liked_returns_the_record
    an_unlike_refused_as_not_liked_is_a_success
    a_step_refused_as_article_not_found_is_404
    any_other_refusal_is_a_failure
    r07_the_failed_like_of_a_blocked_user_says_why
}

/// Refuses every action with this code, with or without doing the work first.
struct Refusing<E> {
    effect: E,
    code: &'static str,
    does_work: bool,
}

#[async_trait]
impl<E: Effect> Effect for Refusing<E> {
    async fn act(
        &self,
        tx: &mut Tx<'_>,
        actions: &[&StepRequest],
    ) -> Result<Vec<Verdict>, StoreError> {
        if self.does_work {
            self.effect.act(tx, actions).await?;
        }
        let refused = Verdict::Refused { code: self.code };
        Ok(vec![refused; actions.len()])
    }

    async fn compensate(&self, tx: &mut Tx<'_>, undo_data: &[Document]) -> Result<(), StoreError> {
        self.effect.compensate(tx, undo_data).await
    }
}

async fn user_service_refuses(
    databases: &Databases,
    code: &'static str,
    does_work: bool,
) -> (TestServer, i64) {
    let user = Arc::new(Refusing {
        effect: UserEffect,
        code,
        does_work,
    });
    let parts = Parts {
        user,
        ..Parts::default()
    };
    let server = TestServer::start_with(databases, parts, |_| {}).await;
    let article = server.client.article("An article").await;
    (server, article)
}

async fn set_liked(client: &Client, article: i64, user: i64) -> Reply {
    let path = format!("/v1/articles/{article}/likes/me");
    client.put(&path).user(user).send().await
}

/// A `PUT` needs the record that was found. It is not there, because the refusal is injected, so the client must ask
/// again.
async fn a_post_refused_as_already_liked_is_a_conflict(databases: &Databases) {
    let (server, article) =
        user_service_refuses(databases, RefusalCode::AlreadyLiked.as_str(), false).await;
    let reply = server.client.like(article, 7).await;
    assert_problem(&reply, 409, "already-liked");
    assert_eq!(server.client.likes(article).await, 0, "compensated");
    let reply = set_liked(&server.client, article, 7).await;
    assert_problem(&reply, 503, "unavailable");
}

async fn a_put_refused_as_already_liked_returns_the_record(databases: &Databases) {
    let (server, article) =
        user_service_refuses(databases, RefusalCode::AlreadyLiked.as_str(), true).await;
    let reply = set_liked(&server.client, article, 7).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    assert_eq!(reply.body["liked"], true, "{reply:?}");
    let shown = server.client.membership(article, 7).await;
    assert_eq!(reply.body["id"], shown.body["id"], "{reply:?} {shown:?}");
}

/// The state that the client wanted is there. Who made it does not matter.
async fn an_unlike_refused_as_not_liked_is_a_success(databases: &Databases) {
    let before = TestServer::start(databases).await;
    let article = before.client.article("An article").await;
    assert_eq!(before.client.like(article, 7).await.status, 200);
    drop(before);
    let (server, _) = user_service_refuses(databases, RefusalCode::NotLiked.as_str(), false).await;
    let reply = server.client.unlike(article, 7).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    assert_eq!(reply.body["liked"], false, "{reply:?}");
    assert!(reply.body["transaction_id"].is_string(), "{reply:?}");
}

async fn a_step_refused_as_article_not_found_is_404(databases: &Databases) {
    let before = TestServer::start(databases).await;
    let article = before.client.article("An article").await;
    assert_eq!(before.client.like(article, 7).await.status, 200);
    drop(before);
    let parts = Parts {
        article: Arc::new(Refusing {
            effect: ArticleEffect,
            code: RefusalCode::ArticleNotFound.as_str(),
            does_work: false,
        }),
        ..Parts::default()
    };
    let server = TestServer::start_with(databases, parts, |_| {}).await;
    let reply = server.client.like(article, 8).await;
    assert_problem(&reply, 404, "article-not-found");
    let reply = server.client.unlike(article, 7).await;
    assert_problem(&reply, 404, "article-not-found");
    let reply = set_liked(&server.client, article, 8).await;
    assert_problem(&reply, 404, "article-not-found");
}

/// A code of a newer service is unknown to this coordinator. It must still be compensated and reported.
async fn any_other_refusal_is_a_failure(databases: &Databases) {
    let (server, article) = user_service_refuses(databases, "other_reason", false).await;
    let reply = server.client.like(article, 7).await;
    assert_problem(&reply, 500, "saga-failed");
    let reply = set_liked(&server.client, article, 7).await;
    assert_problem(&reply, 500, "saga-failed");
    assert_eq!(reply.body.get("code"), None, "an unknown code is not told");
}

async fn r07_the_failed_like_of_a_blocked_user_says_why(databases: &Databases) {
    let server = TestServer::start(databases).await;
    let article = server.client.article("An article").await;
    server.client.put("/v1/users/7/block").send().await;
    let post = server.client.like(article, 7).await;
    let put = set_liked(&server.client, article, 7).await;
    for failed in [post, put] {
        assert_problem(&failed, 500, "saga-failed");
        assert_eq!(failed.body["detail"], "Like record creation failed");
        assert_eq!(failed.body["code"], "user_blocked", "{failed:?}");
    }
    assert_eq!(server.client.likes(article).await, 0);
}
