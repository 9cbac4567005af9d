//! A standby forwards requests to the holder, once, and says if there is no holder.

use crate::{
    LONG,
    cluster::{Cluster, Coordinator},
    common::{
        Databases,
        client::{Client, Reply},
        on_both_engines,
    },
};

on_both_engines! {
    r22_a_standby_forwards_requests_and_returns_the_replies
    r22_a_standby_serves_reads_from_the_log
    r22_a_request_is_forwarded_only_once
    r22_without_a_live_holder_a_standby_answers_503
    a_standby_also_refuses_a_body_that_is_too_large
}

async fn holder_and_standby(cluster: &Cluster<'_>) -> (Coordinator, Coordinator) {
    let holder = cluster.coordinator(LONG).await;
    holder.wait_for_role("holder").await;
    let standby = cluster.coordinator(LONG).await;
    standby.wait_for_role("standby").await;
    (holder, standby)
}

#[track_caller]
fn assert_retryable(reply: &Reply, kind: &str) {
    assert_eq!(reply.status, 503, "{reply:?}");
    assert_eq!(reply.headers["retry-after"], "1", "{reply:?}");
    assert_eq!(reply.body["type"], format!("/problems#{kind}"));
}

/// Problems, headers and bodies come back as the holder sent them, so a client cannot tell where it asked.
async fn r22_a_standby_forwards_requests_and_returns_the_replies(databases: &Databases) {
    let cluster = Cluster::start(databases).await;
    let article = cluster.articles.article("An article").await;
    let (holder, standby) = holder_and_standby(&cluster).await;
    let path = format!("/articles/{article}/like");
    let like = |client: Client| {
        let path = path.clone();
        async move { client.post(&path).user(7).key("k").send().await }
    };
    let liked = like(standby.client.clone()).await;
    assert_eq!(
        (liked.status.as_u16(), &liked.body["current_likes"]),
        (200, &1.into()),
        "{liked:?}"
    );
    assert_eq!(like(holder.client.clone()).await.text, liked.text);
    let again = standby.client.like(article, 7).await;
    assert_eq!(again.status, 409);
    assert_eq!(again.headers["content-type"], "application/problem+json");
    let invalid = standby.client.post(&path).send().await;
    assert_eq!(
        invalid.body["errors"][0]["name"], "X-User-ID",
        "{invalid:?}"
    );
    let unliked = standby.client.unlike(article, 7).await;
    assert_eq!(unliked.body["liked"], false, "{unliked:?}");
    assert_eq!(cluster.articles.likes(article).await, 0);
}

/// A read needs no lease, so it goes on without a holder.
async fn r22_a_standby_serves_reads_from_the_log(databases: &Databases) {
    let cluster = Cluster::start(databases).await;
    let article = cluster.articles.article("An article").await;
    let (holder, standby) = holder_and_standby(&cluster).await;
    let liked = standby.client.like(article, 7).await;
    let path = format!(
        "/v1/transactions/{}",
        liked.body["transaction_id"].as_str().unwrap()
    );
    // The end is logged with a later commit, but the holder already knows it.
    let at_holder = holder.client.get(&path).send().await;
    assert_eq!(at_holder.body["status"], "done", "{at_holder:?}");
    standby
        .wait_until(&path, |body| body["status"] == "done")
        .await;
    drop(holder);
    let read = standby.client.get(&path).send().await;
    assert_eq!(read.body["status"], "done", "{read:?}");
}

/// Two coordinators may each take the other for the holder for a moment.
async fn r22_a_request_is_forwarded_only_once(databases: &Databases) {
    let cluster = Cluster::start(databases).await;
    let article = cluster.articles.article("An article").await;
    let (holder, standby) = holder_and_standby(&cluster).await;
    let path = format!("/articles/{article}/like");
    let forwarded = |to: &Coordinator| {
        let (client, path) = (to.client.clone(), path.clone());
        async move {
            client
                .post(&path)
                .user(7)
                .header("likewise-forwarded", "1")
                .send()
                .await
        }
    };
    assert_retryable(&forwarded(&standby).await, "unavailable");
    assert_eq!(forwarded(&holder).await.status, 200);
}

/// The first request may have arrived at the holder, so it is in doubt. The second one was never sent.
async fn r22_without_a_live_holder_a_standby_answers_503(databases: &Databases) {
    let cluster = Cluster::start(databases).await;
    let article = cluster.articles.article("An article").await;
    let (holder, standby) = holder_and_standby(&cluster).await;
    drop(holder);
    // The holder's address is known, but nothing listens there.
    let refused = standby.client.like(article, 7).await;
    assert_retryable(&refused, "in-doubt");
    // The holder's address is not a URL.
    let other = Cluster::start(databases).await;
    other.take_lease("somewhere").await;
    let late = other.coordinator(LONG).await;
    let refused = late.client.like(article, 7).await;
    assert_retryable(&refused, "unavailable");
    let ready = late.client.get("/readyz").send().await;
    assert_eq!(ready.status, 503, "{ready:?}");
    assert_eq!(cluster.articles.likes(article).await, 0);
}

/// It reads the body before it forwards it, so the limit must hold here as well.
async fn a_standby_also_refuses_a_body_that_is_too_large(databases: &Databases) {
    let cluster = Cluster::start(databases).await;
    let (_holder, standby) = holder_and_standby(&cluster).await;
    let large = vec![b' '; 65 * 1024];
    let refused = standby.client.post("/articles/1/like").user(7).body(large);
    assert_eq!(refused.send().await.status, 413);
}
