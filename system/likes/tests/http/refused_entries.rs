//! A row that the database of the saga log refuses: only its saga fails, and the others of its batch go on.

use futures::FutureExt;
use likewise_saga::{log::SAGA_LOG_SCHEMA, store::Sql};

use crate::{
    common::{Databases, on_both_engines},
    server::{TestServer, assert_problem},
};

on_both_engines! {
    r18_a_saga_whose_row_is_refused_fails_alone
}

/// The database refuses the row of the saga with the key `poison`.
static REFUSE: Sql = Sql {
    name: "refuse",
    sqlite: "CREATE TRIGGER refuse BEFORE INSERT ON sagas WHEN NEW.request_key LIKE '%poison%'
        BEGIN SELECT RAISE(ABORT, 'refused'); END",
    postgres: "ALTER TABLE sagas ADD CONSTRAINT refuse CHECK (request_key NOT LIKE '%poison%')",
};

/// Twenty likes arrive together, so most of them share a batch of the saga log.
async fn r18_a_saga_whose_row_is_refused_fails_alone(databases: &Databases) {
    let server = TestServer::start(databases).await;
    let article = server.client.article("An article").await;
    let log = databases.open(SAGA_LOG_SCHEMA).await;
    let refuse = log.write("refuse", |tx| {
        async move { tx.execute(&REFUSE, []).await }.boxed()
    });
    refuse.await.expect("the log accepts the constraint");
    let path = format!("/articles/{article}/like");
    let like = |user: i64| {
        let key = match user {
            7 => "poison".to_owned(),
            _ => format!("k{user}"),
        };
        let request = server.client.post(&path).user(user);
        async move { request.key(&key).send().await }
    };
    let replies = futures::future::join_all((1..=20).map(like)).await;
    for (user, reply) in (1..=20).zip(&replies) {
        match user {
            7 => assert_problem(reply, 503, "unavailable"),
            _ => assert_eq!(reply.status, 200, "user {user}: {reply:?}"),
        }
    }
    server.wait_for_transactions("?status=done", 19).await;
    assert_eq!(server.client.likes(article).await, 19);
}
