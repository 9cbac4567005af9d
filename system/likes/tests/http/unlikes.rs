//! R20: unlikes, as clients see them.

use std::sync::Arc;

use async_trait::async_trait;
use futures::future::join_all;
use likewise::service::Parts;
use likewise_saga::{
    participant::{Effect, Verdict},
    protocol::{Document, StepRequest},
    store::{StoreError, Tx},
};
use serde_json::json;

use crate::{
    common::{Databases, on_both_engines},
    server::{TestServer, assert_problem},
};

on_both_engines! {
    r20_unlike_is_the_mirror_image
    r20_like_unlike_like_makes_a_new_record
    r20_an_unlike_that_fails_restores_the_record
    concurrent_likes_and_unlikes_of_one_user_stay_consistent
}

async fn r20_unlike_is_the_mirror_image(databases: &Databases) {
    let server = TestServer::start(databases).await;
    let article = server.client.article("An article").await;
    server.client.like(article, 7).await;
    server.client.like(article, 8).await;
    let reply = server.client.unlike(article, 7).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    assert_eq!(
        (&reply.body["liked"], &reply.body["current_likes"]),
        (&json!(false), &json!(1))
    );
    assert_problem(
        &server.client.membership(article, 7).await,
        404,
        "not-liked",
    );
    assert_eq!(server.client.likes(article).await, 1);
    let again = server.client.unlike(article, 7).await;
    assert_eq!(
        (again.status.as_u16(), &again.body["liked"]),
        (200, &json!(false)),
        "{again:?}"
    );
    assert_eq!(server.client.likes(article).await, 1);
}

/// A record that came back with its old id would be a repeat of a barrier row, not a new like.
async fn r20_like_unlike_like_makes_a_new_record(databases: &Databases) {
    let server = TestServer::start(databases).await;
    let article = server.client.article("An article").await;
    let mut records = Vec::new();
    for _ in 0..3 {
        let like = server.client.like(article, 7).await;
        assert_eq!(
            (like.status.as_u16(), &like.body["current_likes"]),
            (200, &json!(1)),
            "{like:?}"
        );
        records.push(like.body["user_record_id"].clone());
        let unlike = server.client.unlike(article, 7).await;
        assert_eq!(
            (unlike.status.as_u16(), &unlike.body["current_likes"]),
            (200, &json!(0)),
            "{unlike:?}"
        );
    }
    records.dedup();
    assert_eq!(records.len(), 3, "{records:?}");
}

/// The article service refuses the second step of an unlike. The compensation must restore the same record.
async fn r20_an_unlike_that_fails_restores_the_record(databases: &Databases) {
    let server = TestServer::start(databases).await;
    let article = server.client.article("An article").await;
    server.client.like(article, 7).await;
    let before = server.client.membership(article, 7).await.body;
    let parts = Parts {
        article: Arc::new(RefusesUnlikes),
        ..Parts::default()
    };
    drop(server);
    let server = TestServer::start_with(databases, parts, |_| {}).await;
    let reply = server.client.unlike(article, 7).await;
    assert_problem(&reply, 500, "saga-failed");
    assert_eq!(reply.body["detail"], "Like record removal failed");
    assert_eq!(
        server.client.membership(article, 7).await.body,
        before,
        "the same record, the same time"
    );
    assert_eq!(server.client.likes(article).await, 1);
}

/// An article service that refuses every step.
struct RefusesUnlikes;

#[async_trait]
impl Effect for RefusesUnlikes {
    async fn act(
        &self,
        _: &mut Tx<'_>,
        actions: &[&StepRequest],
    ) -> Result<Vec<Verdict>, StoreError> {
        let refused = |_: &_| Verdict::Refused { code: "no_unlikes" };
        Ok(actions.iter().map(refused).collect())
    }

    async fn compensate(&self, _: &mut Tx<'_>, _: &[Document]) -> Result<(), StoreError> {
        panic!("there is nothing to compensate")
    }
}

/// Which of them wins does not matter. Count and record must agree on it.
async fn concurrent_likes_and_unlikes_of_one_user_stay_consistent(databases: &Databases) {
    let server = TestServer::start(databases).await;
    let article = server.client.article("An article").await;
    let click = |number: i64| {
        let client = server.client.clone();
        async move {
            match number % 2 {
                0 => client.like(article, 7).await,
                _ => client.unlike(article, 7).await,
            }
        }
    };
    let replies = join_all((0..30).map(click)).await;
    for reply in &replies {
        assert!([200, 409].contains(&reply.status.as_u16()), "{reply:?}");
    }
    server.wait_for_transactions("?status=pending", 0).await;
    let liked = server.client.membership(article, 7).await.status == 200;
    assert_eq!(server.client.likes(article).await, i64::from(liked));
}
