//! A standby passes wishes on to the holder, one hop, and says when there is none.

use crate::{
    LONG,
    common::{
        Databases,
        client::{Client, Reply},
        on_both_engines,
    },
    world::{Coordinator, World},
};

on_both_engines! {
    r22_a_standby_passes_wishes_on_and_their_answers_back
    r22_a_standby_reads_the_log_itself
    r22_a_wish_is_passed_on_only_once
    r22_without_a_live_holder_a_standby_says_so
    a_body_that_is_too_large_is_refused_by_a_standby_too
}

async fn pair(world: &World<'_>) -> (Coordinator, Coordinator) {
    let holder = world.coordinator(LONG).await;
    holder.until("holder").await;
    let standby = world.coordinator(LONG).await;
    standby.until("standby").await;
    (holder, standby)
}

#[track_caller]
fn assert_comes_back(reply: &Reply, kind: &str) {
    assert_eq!(reply.status, 503, "{reply:?}");
    assert_eq!(reply.headers["retry-after"], "1", "{reply:?}");
    assert_eq!(reply.body["type"], format!("urn:likewise:{kind}"));
}

async fn r22_a_standby_passes_wishes_on_and_their_answers_back(databases: &Databases) {
    let world = World::start(databases).await;
    let article = world.articles.article("An article").await;
    let (holder, standby) = pair(&world).await;
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
    assert_eq!(world.articles.likes(article).await, 0);
}

async fn r22_a_standby_reads_the_log_itself(databases: &Databases) {
    let world = World::start(databases).await;
    let article = world.articles.article("An article").await;
    let (holder, standby) = pair(&world).await;
    let liked = standby.client.like(article, 7).await;
    let path = format!(
        "/v1/transactions/{}",
        liked.body["transaction_id"].as_str().unwrap()
    );
    // Its mark rides with the next commit; the holder knows already.
    let known = holder.client.get(&path).send().await;
    assert_eq!(known.body["status"], "done", "{known:?}");
    standby
        .until_shown(&path, |shown| shown["status"] == "done")
        .await;
    drop(holder);
    let read = standby.client.get(&path).send().await;
    assert_eq!(read.body["status"], "done", "{read:?}");
}

async fn r22_a_wish_is_passed_on_only_once(databases: &Databases) {
    let world = World::start(databases).await;
    let article = world.articles.article("An article").await;
    let (holder, standby) = pair(&world).await;
    let path = format!("/articles/{article}/like");
    let hop = |at: &Coordinator| {
        let (client, path) = (at.client.clone(), path.clone());
        async move {
            client
                .post(&path)
                .user(7)
                .header("likewise-forwarded", "1")
                .send()
                .await
        }
    };
    assert_comes_back(&hop(&standby).await, "unavailable");
    assert_eq!(hop(&holder).await.status, 200);
}

async fn r22_without_a_live_holder_a_standby_says_so(databases: &Databases) {
    let world = World::start(databases).await;
    let article = world.articles.article("An article").await;
    let (holder, standby) = pair(&world).await;
    drop(holder);
    // Its address is known, and nobody is there.
    let refused = standby.client.like(article, 7).await;
    assert_comes_back(&refused, "in-doubt");
    // An address that cannot be one.
    let other = World::start(databases).await;
    other.usurp("somewhere").await;
    let late = other.coordinator(LONG).await;
    let refused = late.client.like(article, 7).await;
    assert_comes_back(&refused, "unavailable");
    let ready = late.client.get("/readyz").send().await;
    assert_eq!(ready.status, 503, "{ready:?}");
    assert_eq!(world.articles.likes(article).await, 0);
}

async fn a_body_that_is_too_large_is_refused_by_a_standby_too(databases: &Databases) {
    let world = World::start(databases).await;
    let (_holder, standby) = pair(&world).await;
    let large = vec![b' '; 65 * 1024];
    let refused = standby.client.post("/articles/1/like").user(7).body(large);
    assert_eq!(refused.send().await.status, 413);
}
