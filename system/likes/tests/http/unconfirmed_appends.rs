//! What a client sees when the saga log does not confirm an append.

use std::time::Duration;

use crate::{
    common::{Databases, on_both_engines},
    faulty_log::{FaultyLog, LogFaults},
    server::{TestServer, assert_problem},
};

on_both_engines! {
    a_stored_but_unconfirmed_start_is_driven
    a_start_that_was_neither_stored_nor_confirmed_is_repeated
    an_unconfirmed_start_under_a_key_is_driven
    a_stored_start_whose_repeat_is_refused_is_driven
    a_refused_start_has_no_effect
    an_unconfirmed_start_stays_in_doubt_when_the_log_is_lost
    a_stored_but_unconfirmed_status_change_is_driven
    one_key_for_two_concurrent_articles_serves_only_one
    a_saga_log_that_hangs_does_not_hang_its_clients
}

/// Whatever the log did with the first append, the client gets one like, the log has one saga, and the lock is free
/// afterwards.
async fn likes_once(databases: &Databases, faults: LogFaults) {
    let server = TestServer::start_with(databases, FaultyLog::parts(faults), |_| {}).await;
    let article = server.client.article("An article").await;
    let liked = server.client.like(article, 7).await;
    assert_eq!(liked.status, 200, "{liked:?}");
    server.wait_for_transactions("?status=done", 1).await;
    assert_eq!(server.transactions("").await.len(), 1);
    assert_eq!(
        server.client.unlike(article, 7).await.status,
        200,
        "the lock is free"
    );
}

async fn a_stored_but_unconfirmed_start_is_driven(databases: &Databases) {
    likes_once(databases, LogFaults::LoseConfirmation).await;
}

/// The repeat certainly did nothing, but the first attempt may have succeeded. A refusal must not end that doubt.
async fn a_stored_start_whose_repeat_is_refused_is_driven(databases: &Databases) {
    likes_once(databases, LogFaults::LoseConfirmationAndRefuse).await;
}

/// The only case in which the client may be told that nothing was done.
async fn a_refused_start_has_no_effect(databases: &Databases) {
    for faults in [LogFaults::Refuse, LogFaults::Fence] {
        let server = TestServer::start_with(databases, FaultyLog::parts(faults), |_| {}).await;
        let article = server.client.article("An article").await;
        let refused = server.client.like(article, 7).await;
        assert_problem(&refused, 503, "unavailable");
        assert!(server.transactions("").await.is_empty());
    }
}

/// Another coordinator may already drive the saga, so neither success nor failure may be claimed. The client gets the
/// id and can ask.
async fn an_unconfirmed_start_stays_in_doubt_when_the_log_is_lost(databases: &Databases) {
    let parts = FaultyLog::parts(LogFaults::LoseConfirmationAndFence);
    let server = TestServer::start_with(databases, parts, |_| {}).await;
    let article = server.client.article("An article").await;
    let unknown = server.client.like(article, 7).await;
    assert_problem(&unknown, 503, "in-doubt");
    let stored = server.transactions("").await;
    assert_eq!(stored[0]["id"], unknown.body["transaction_id"]);
}

/// The articles differ, so neither request waits for the other. The log takes only one saga under the key.
async fn one_key_for_two_concurrent_articles_serves_only_one(databases: &Databases) {
    let server = TestServer::start(databases).await;
    let articles = [
        server.client.article("One").await,
        server.client.article("Another").await,
    ];
    for user in 1..=20 {
        let like = |article| {
            let path = format!("/articles/{article}/like");
            let client = &server.client;
            async move { client.post(&path).user(user).key("k").send().await }
        };
        let (one, other) = futures::join!(like(articles[0]), like(articles[1]));
        let (liked, refused) = match one.status.as_u16() {
            200 => (one, other),
            _ => (other, one),
        };
        assert_eq!(liked.status, 200, "{liked:?}");
        assert_problem(&refused, 422, "invalid-request");
    }
    let mut likes = 0;
    for article in articles {
        likes += server.client.likes(article).await;
    }
    assert_eq!(likes, 20);
}

/// The change is repeated and finds itself done. That must not be taken for the work of another coordinator.
async fn a_stored_but_unconfirmed_status_change_is_driven(databases: &Databases) {
    let parts = FaultyLog::parts(LogFaults::LoseStatusChangeConfirmation);
    let server = TestServer::start_with(databases, parts, |_| {}).await;
    let article = server.client.article("An article").await;
    server.client.put("/v1/users/7/block").send().await;
    let refused = server.client.like(article, 7).await;
    assert_problem(&refused, 500, "saga-failed");
    server.wait_for_transactions("?status=failed", 1).await;
    assert_eq!(server.client.likes(article).await, 0);
}

async fn a_start_that_was_neither_stored_nor_confirmed_is_repeated(databases: &Databases) {
    likes_once(databases, LogFaults::LoseStart).await;
}

/// The repeat of the append finds its own row under the key. It must not take it for the row of another request.
async fn an_unconfirmed_start_under_a_key_is_driven(databases: &Databases) {
    let server = TestServer::start_with(
        databases,
        FaultyLog::parts(LogFaults::LoseConfirmation),
        |_| {},
    )
    .await;
    let article = server.client.article("An article").await;
    let post = || {
        server
            .client
            .post(&format!("/articles/{article}/like"))
            .user(7)
            .key("k")
            .send()
    };
    let first = post().await;
    assert_eq!(first.status, 200, "{first:?}");
    assert_eq!(post().await.text, first.text);
    // A request that needs no saga is stored under its key, too.
    let second = server
        .client
        .post(&format!("/articles/{article}/like"))
        .user(7)
        .key("other")
        .send()
        .await;
    assert_problem(&second, 409, "already-liked");
    assert_eq!(server.client.likes(article).await, 1);
}

/// A time-out of the client's answer is the last bound, if everything below it has failed to end.
async fn a_saga_log_that_hangs_does_not_hang_its_clients(databases: &Databases) {
    let server = TestServer::start_with(databases, FaultyLog::parts(LogFaults::Hang), |config| {
        config.coordinator.answer_timeout = Duration::from_millis(300);
    })
    .await;
    let article = server.client.article("An article").await;
    let reply = server.client.like(article, 7).await;
    assert_problem(&reply, 503, "in-doubt");
    assert!(
        reply.body["transaction_id"].is_string() && reply.headers.contains_key("retry-after"),
        "{reply:?}"
    );
    assert_eq!(server.client.likes(article).await, 0);
}
