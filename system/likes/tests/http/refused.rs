//! What a step refuses is told as if the checks before the saga had found it: between them and the step, another
//! coordinator may have been quicker.

use std::sync::Arc;

use async_trait::async_trait;
use likewise::{article::ArticleEffect, service::Parts, user::UserEffect};
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
    world::{World, assert_problem},
};

on_both_engines! {
    a_like_that_the_user_service_has_already_is_a_conflict
    a_like_that_is_to_be_kept_is_told_as_it_is
    an_unlike_of_what_is_gone_is_settled
    an_article_that_the_count_does_not_find_is_not_found
    another_refusal_is_a_failure
}

/// Does its work, and then says no.
struct Refusing<E> {
    effect: E,
    code: &'static str,
    works: bool,
}

#[async_trait]
impl<E: Effect> Effect for Refusing<E> {
    async fn act(
        &self,
        tx: &mut Tx<'_>,
        actions: &[&StepRequest],
    ) -> Result<Vec<Verdict>, StoreError> {
        if self.works {
            self.effect.act(tx, actions).await?;
        }
        let refused = Verdict::Refused { code: self.code };
        Ok(vec![refused; actions.len()])
    }

    async fn compensate(&self, tx: &mut Tx<'_>, undo_data: &[Document]) -> Result<(), StoreError> {
        self.effect.compensate(tx, undo_data).await
    }
}

async fn user_says(databases: &Databases, code: &'static str, works: bool) -> (World, i64) {
    let user = Arc::new(Refusing {
        effect: UserEffect,
        code,
        works,
    });
    let parts = Parts {
        user,
        ..Parts::default()
    };
    let world = World::start_with(databases, parts, |_| {}).await;
    let article = world.client.article("An article").await;
    (world, article)
}

async fn keep(client: &Client, article: i64, user: i64) -> Reply {
    let path = format!("/v1/articles/{article}/likes/me");
    client.put(&path).user(user).send().await
}

async fn a_like_that_the_user_service_has_already_is_a_conflict(databases: &Databases) {
    let (world, article) = user_says(databases, "already_liked", false).await;
    let reply = world.client.like(article, 7).await;
    assert_problem(&reply, 409, "already-liked");
    assert_eq!(world.client.likes(article).await, 0, "taken back");
    let reply = keep(&world.client, article, 7).await;
    assert_problem(&reply, 503, "unavailable");
}

async fn a_like_that_is_to_be_kept_is_told_as_it_is(databases: &Databases) {
    let (world, article) = user_says(databases, "already_liked", true).await;
    let reply = keep(&world.client, article, 7).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    assert_eq!(reply.body["liked"], true, "{reply:?}");
    let shown = world.client.membership(article, 7).await;
    assert_eq!(reply.body["id"], shown.body["id"], "{reply:?} {shown:?}");
}

async fn an_unlike_of_what_is_gone_is_settled(databases: &Databases) {
    let likes = World::start(databases).await;
    let article = likes.client.article("An article").await;
    assert_eq!(likes.client.like(article, 7).await.status, 200);
    drop(likes);
    let (world, _) = user_says(databases, "not_liked", false).await;
    let reply = world.client.unlike(article, 7).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    assert_eq!(reply.body["liked"], false, "{reply:?}");
    assert!(reply.body["transaction_id"].is_string(), "{reply:?}");
}

async fn an_article_that_the_count_does_not_find_is_not_found(databases: &Databases) {
    let likes = World::start(databases).await;
    let article = likes.client.article("An article").await;
    assert_eq!(likes.client.like(article, 7).await.status, 200);
    drop(likes);
    let parts = Parts {
        article: Arc::new(Refusing {
            effect: ArticleEffect,
            code: "article_not_found",
            works: false,
        }),
        ..Parts::default()
    };
    let world = World::start_with(databases, parts, |_| {}).await;
    let reply = world.client.like(article, 8).await;
    assert_problem(&reply, 404, "article-not-found");
    let reply = world.client.unlike(article, 7).await;
    assert_problem(&reply, 404, "article-not-found");
    let reply = keep(&world.client, article, 8).await;
    assert_problem(&reply, 404, "article-not-found");
}

async fn another_refusal_is_a_failure(databases: &Databases) {
    let (world, article) = user_says(databases, "no_reason", false).await;
    let reply = world.client.like(article, 7).await;
    assert_problem(&reply, 500, "saga-failed");
    let reply = keep(&world.client, article, 7).await;
    assert_problem(&reply, 500, "saga-failed");
}
